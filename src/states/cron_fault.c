/* cron_fault.c - what crontab(1) would not take: one bad field, and cron reads none of the file.
 * SPDX-License-Identifier: Apache-2.0
 * Source: crontab(5).
 *
 *   field = item { "," item }
 *   item  = ( "*" | value [ ( "-" | "~" ) value ] ) [ "/" NUMBER ] */
#include "states/crontab.h"

#include "base/banned.h"

static const struct time_field {
	const char *fault;
	unsigned min, max;
	const char *names; /* three letters each, from the field's first number on */
} fields[CRON_TIMES] = {
	[CRON_MINUTE] = {"bad minute", 0, 59, ""},
	[CRON_HOUR] = {"bad hour", 0, 23, ""},
	[CRON_DAY] = {"bad day-of-month", 1, 31, ""},
	[CRON_MONTH] = {"bad month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
	[CRON_WEEKDAY] = {"bad day-of-week", 0, 7, "sunmontuewedthufrisat"},
};

static bool value_of(const struct time_field *field, struct str text, uint64_t *ret_value)
{
	if (text.len == 3)
		for (const char *name = field->names; *name; name += 3)
			if (!strncasecmp(name, text.ptr, 3)) {
				*ret_value = field->min + (size_t)(name - field->names) / 3;
				return true;
			}
	return str_to_u64(text, ret_value) && *ret_value >= field->min && *ret_value <= field->max;
}

static bool is_item(const struct time_field *field, struct str item)
{
	uint64_t first, last, step;
	struct str rest = item, range = str_cut(&rest, '/');

	if (rest.ptr && (!str_to_u64(rest, &step) || !step))
		return false;
	if (str_is(range, "*"))
		return true;
	struct str end = range,
		   begin = str_cut(&end, memchr(range.ptr, '~', range.len) ? '~' : '-');
	return value_of(field, begin, &first) &&
	       (!end.ptr || (value_of(field, end, &last) && first <= last));
}

static bool is_special(const char *word)
{
	static const char *const words[] = {"@reboot", "@yearly", "@annually", "@monthly",
					    "@weekly", "@daily",  "@midnight", "@hourly"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_eq(word, words[i]))
			return true;
	return false;
}

const char *cron_job_fault(const struct cron_job *job)
{
	if (job->special)
		return is_special(job->special) ? NULL : "bad time specifier";
	for (int i = 0; i < CRON_TIMES; i++) {
		struct str rest = str_of(job->times[i]);
		do
			if (!rest.len || !is_item(&fields[i], str_cut(&rest, ',')))
				return fields[i].fault;
		while (rest.ptr);
	}
	return *job->command ? NULL : "bad command";
}

/* Words of a line have any number of blanks between them. */
static struct str next_word(struct str *rest)
{
	size_t len = 0;

	while (rest->len && (*rest->ptr == ' ' || *rest->ptr == '\t'))
		*rest = (struct str){rest->ptr + 1, rest->len - 1};
	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
		len++;
	struct str word = {rest->ptr, len};
	*rest = (struct str){rest->ptr + len, rest->len - len};
	return word;
}

const char *crontab_line_fault(struct heap *heap, struct str line)
{
	struct str rest = str_trim(line);
	struct cron_job job = {0};

	if (!rest.len || *rest.ptr == '#')
		return NULL;
	bool is_time = strchr("*@", *rest.ptr) || (*rest.ptr >= '0' && *rest.ptr <= '9');
	if (!is_time && memchr(rest.ptr, '=', rest.len))
		return NULL;
	if (*rest.ptr == '@')
		job.special = heap_strdup(heap, next_word(&rest));
	for (int i = 0; !job.special && i < CRON_TIMES; i++)
		job.times[i] = heap_strdup(heap, next_word(&rest));
	job.command = heap_strdup(heap, str_trim(rest));
	return cron_job_fault(&job);
}
