/* parse_cron.c - cron(8)'s time tables: five or six fields, or a name like @daily.
 * SPDX-License-Identifier: Apache-2.0
 *
 * field = part *("," part);  part = ("*" / "?" / value ["-" value]) ["/" step]
 * A range may wrap: fri-mon, 22-2. "7" is Sunday. A value with a step goes to the field's end. */
#include <limits.h>

#include "ini/parse.h"

#include "base/banned.h"

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
					  "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

struct cron_field {
	const char *name;
	unsigned min, max;
	const char *const *names; /* of min, min + 1, …; NULL: none */
};
enum { SECONDS, MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS, N_FIELDS };
static const struct cron_field fields[N_FIELDS] = {
	[SECONDS] = {"second", 0, 59, NULL},
	[MINUTES] = {"minute", 0, 59, NULL},
	[HOURS] = {"hour", 0, 23, NULL},
	[DAYS] = {"day of the month", 1, 31, NULL},
	[MONTHS] = {"month", 1, 12, month_names},
	[WEEKDAYS] = {"day of the week", 0, 6, weekday_names},
};

static const struct {
	const char *name, *table;
} nicknames[] = {
	{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
	{"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
	{"@hourly", "0 * * * *"},
};

static int value_parse(const struct cron_field *field, struct str text, unsigned *ret_value,
		       struct err *err)
{
	for (unsigned i = 0; field->names && field->names[i]; i++) {
		if (str_is_nocase(text, field->names[i])) {
			*ret_value = field->min + i;
			return 0;
		}
	}
	uint64_t value;
	if (!str_to_u64(text, &value))
		return err_set(err, ERR_INPUT, "the %s '%.*s' is no number%s", field->name,
			       STR_ARG(text), field->names ? " and no name" : "");
	if (field->max == 6 && value == 7)
		value = 0;
	if (value < field->min || value > field->max)
		return err_set(err, ERR_INPUT, "the %s '%.*s' is not from %u to %u", field->name,
			       STR_ARG(text), field->min, field->max);
	*ret_value = (unsigned)value;
	return 0;
}

static int part_parse(const struct cron_field *field, struct str part, uint64_t *bits,
		      struct err *err)
{
	struct str step_text = part, range = str_cut(&step_text, '/');
	uint64_t step = 1;
	if (step_text.ptr && (!str_to_u64(step_text, &step) || !step || step > field->max))
		return err_set(err, ERR_INPUT, "the %s '%.*s' has a step that is not from 1 to %u",
			       field->name, STR_ARG(part), field->max);
	unsigned first = field->min, last = field->max;
	if (!str_is(range, "*") && !str_is(range, "?")) {
		struct str last_text = range, first_text = str_cut(&last_text, '-');
		if (value_parse(field, first_text, &first, err))
			return -1;
		if (last_text.ptr) {
			if (value_parse(field, last_text, &last, err))
				return -1;
			/* "mon-7" ends on Sunday, which is 0: it wraps. */
		} else if (!step_text.ptr) {
			last = first;
		}
	}
	unsigned size = field->max - field->min + 1;
	unsigned length = (last + size - first) % size;
	for (unsigned i = 0; i <= length; i += (unsigned)step)
		*bits |= UINT64_C(1) << (field->min + (first - field->min + i) % size);
	return 0;
}

static int field_parse(const struct cron_field *field, struct str text, uint64_t *ret_bits,
		       struct err *err)
{
	uint64_t bits = 0;
	struct str rest = text;
	do {
		struct str part = str_cut(&rest, ',');
		if (!part.len)
			return err_set(err, ERR_INPUT, "the %s '%.*s' has an empty part",
				       field->name, STR_ARG(text));
		if (part_parse(field, part, &bits, err))
			return -1;
	} while (rest.ptr);
	*ret_bits = bits;
	return 0;
}

/* 31 June and 30 February never come, whatever the year. */
static bool days_exist(const struct cron_table *table)
{
	static const uint8_t last_days[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	for (unsigned month = 1; month <= 12; month++) {
		if ((table->months >> month & 1) &&
		    (table->days & ((UINT64_C(1) << (last_days[month] + 1)) - 1)))
			return true;
	}
	return !table->weekdays_any && !table->days_any;
}

static const char *nickname_table(const char *text, struct err *err)
{
	const char *names[ARRAY_LEN(nicknames) + 2];
	size_t n = 0;
	for (; n < ARRAY_LEN(nicknames); n++) {
		if (str_is_nocase(str_of(text), nicknames[n].name))
			return nicknames[n].table;
		names[n] = nicknames[n].name;
	}
	names[n++] = "@reboot";
	names[n] = NULL;
	const char *nearest = str_nearest(text, names);
	err_set(err, ERR_INPUT, "'%s' is no name of a time table, nearest '%s'", text,
		nearest ? nearest : "@daily");
	return NULL;
}

int parse_cron(const char *text, struct cron_table *ret_table, struct err *err)
{
	if (str_is_nocase(str_of(text), "@reboot")) {
		*ret_table = (struct cron_table){.at_boot = true};
		return 0;
	}
	if (text[0] == '@') {
		text = nickname_table(text, err);
		if (!text)
			return -1;
	}
	struct str words[N_FIELDS];
	size_t n = 0;
	for (const char *p = text + strspn(text, " \t\n"); *p; p += strspn(p, " \t\n")) {
		size_t len = strcspn(p, " \t\n");
		if (n < N_FIELDS)
			words[n] = (struct str){p, len};
		n++;
		p += len;
	}
	if (n != N_FIELDS && n != N_FIELDS - 1)
		return err_set(
			err, ERR_INPUT,
			"'%s' has %zu fields instead of 5 (minute hour day month weekday) or 6 "
			"(with seconds in front)",
			text, n);
	uint64_t bits[N_FIELDS] = {[SECONDS] = 1};
	size_t first = N_FIELDS - n;
	for (size_t i = first; i < N_FIELDS; i++) {
		if (field_parse(&fields[i], words[i - first], &bits[i], err))
			return -1;
	}
	struct cron_table table = {
		.seconds = bits[SECONDS],
		.minutes = bits[MINUTES],
		.hours = (uint32_t)bits[HOURS],
		.days = (uint32_t)bits[DAYS],
		.months = (uint16_t)bits[MONTHS],
		.weekdays = (uint8_t)bits[WEEKDAYS],
		/* Vixie's cron: a field that begins with a star, also "*" "/2". */
		.days_any = words[DAYS - first].ptr[0] == '*' || words[DAYS - first].ptr[0] == '?',
		.weekdays_any = words[WEEKDAYS - first].ptr[0] == '*' ||
				words[WEEKDAYS - first].ptr[0] == '?',
	};
	if (!days_exist(&table))
		return err_set(err, ERR_INPUT, "'%s': that day never comes", text);
	*ret_table = table;
	return 0;
}
