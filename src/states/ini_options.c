/* ini_options.c - ini.options_present: options in the sections of a file of settings.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Comments, blank lines and the order of what is there stay. What stands before the first section
 * has the section "". */
#include "states/ini_options.h"

#include "states/file_edit.h"
#include "states/file_text.h"
#include "states/text_file.h"

#include "base/banned.h"

struct options_args {
	struct dict *sections;
	struct str separator;
};

static const struct state_arg options_args[] = {
	{"sections", ARG_DICT, offsetof(struct options_args, sections), .is_required = true},
	{"separator", ARG_STR, offsetof(struct options_args, separator), "="},
	{"strict", ARG_IGNORED},
	{"encoding", ARG_IGNORED},
	{0},
};

struct option {
	struct str section, name, value;
	bool is_done, is_changed;
	struct str before; /* ptr NULL: it was not there */
};

struct ini {
	struct state_call *call;
	struct option *options;
	size_t n, cap;
	struct str separator;
	struct buf new;
};

static bool is_comment(struct str line)
{
	return !line.len || *line.ptr == '#' || *line.ptr == ';';
}

/* "[name]"; false: no section begins here. */
static bool section_of(struct str line, struct str *ret_name)
{
	line = str_trim(line);
	if (line.len < 2 || line.ptr[0] != '[' || line.ptr[line.len - 1] != ']')
		return false;
	*ret_name = str_trim((struct str){line.ptr + 1, line.len - 2});
	return true;
}

static bool option_of(const struct ini *ini, struct str line, struct str *ret_name,
		      struct str *ret_value)
{
	struct str text = str_trim(line);
	struct str mark = str_trim(ini->separator);
	const char *at;

	if (is_comment(text))
		return false;
	at = mark.len ? memmem(text.ptr, text.len, mark.ptr, mark.len)
		      : memchr(text.ptr, ' ', text.len);
	if (!at)
		return false;
	size_t behind = (size_t)(at - text.ptr) + (mark.len ? mark.len : 1);
	*ret_name = str_trim((struct str){text.ptr, (size_t)(at - text.ptr)});
	*ret_value = str_trim((struct str){text.ptr + behind, text.len - behind});
	return true;
}

static void put_option(struct ini *ini, struct option *option)
{
	struct str mark = ini->separator;
	bool spaced = str_is(mark, "=") || str_is(mark, ":");

	option->is_done = option->is_changed = true;
	buf_append_str(&ini->new, option->name);
	buf_puts(&ini->new, spaced ? " " : "");
	buf_append_str(&ini->new, mark);
	buf_puts(&ini->new, spaced ? " " : "");
	buf_append_str(&ini->new, option->value);
	buf_putc(&ini->new, '\n');
}

/* What the section still lacks, in front of the blank lines that end it. */
static void put_rest(struct ini *ini, struct str section)
{
	size_t end = ini->new.len;

	for (size_t i = 0; i < ini->n; i++) {
		struct option *option = &ini->options[i];
		if (option->is_done || !str_eq(option->section, section))
			continue;
		while (end > 1 && ini->new.ptr[end - 1] == '\n' && ini->new.ptr[end - 2] == '\n')
			end--;
		if (end == 1 && ini->new.ptr[0] == '\n')
			end = 0;
		autobuf struct buf blank = {0};
		buf_append(&blank, ini->new.ptr ? ini->new.ptr + end : "", ini->new.len - end);
		buf_truncate(&ini->new, end);
		if (end && ini->new.ptr[end - 1] != '\n')
			buf_putc(&ini->new, '\n');
		put_option(ini, option);
		end = ini->new.len;
		buf_append_str(&ini->new, buf_str(&blank));
	}
}

static void put_line(struct ini *ini, struct str section, struct str line)
{
	struct str name, value;

	if (option_of(ini, line, &name, &value)) {
		for (size_t i = 0; i < ini->n; i++) {
			struct option *option = &ini->options[i];
			if (option->is_done || !str_eq(option->section, section) ||
			    !str_eq(option->name, name))
				continue;
			option->before = value;
			option->is_done = true;
			if (str_eq(value, option->value))
				break;
			put_option(ini, option);
			return;
		}
	}
	buf_append_str(&ini->new, line);
}

static void make_new(struct ini *ini, struct str old)
{
	struct str line, section = STR("");

	while (line_next(&old, &line)) {
		struct str next;
		if (section_of(line, &next)) {
			put_rest(ini, section);
			section = next;
			buf_append_str(&ini->new, line);
		} else {
			put_line(ini, section, line);
		}
	}
	put_rest(ini, section);
	for (size_t i = 0; i < ini->n; i++) {
		struct str missing = ini->options[i].section;
		if (ini->options[i].is_done)
			continue;
		if (missing.len)
			buf_printf(&ini->new, "%s[%.*s]\n", ini->new.len ? "\n" : "",
				   STR_ARG(missing));
		put_rest(ini, missing);
	}
}

static bool option_add(struct ini *ini, struct str section, struct value name, struct value v,
		       struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct heap *heap = ini->call->heap;
	struct value texts[2];

	if (value_str(heap, name, &texts[0], &err) || value_str(heap, v, &texts[1], &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (!text_is_line(section) || !text_is_line(value_bytes(texts[0])) ||
	    !text_is_line(value_bytes(texts[1]))) {
		outcome_fail(outcome, "The value of '%.*s' holds a line's end",
			     STR_ARG(value_bytes(texts[0])));
		return false;
	}
	if (ini->n == ini->cap) {
		size_t cap = ini->cap ? ini->cap * 2 : 8;
		struct option *more = heap_alloc(heap, cap * sizeof(*more));
		if (ini->n)
			memcpy(more, ini->options, ini->n * sizeof(*more));
		ini->options = more;
		ini->cap = cap;
	}
	ini->options[ini->n++] = (struct option){.section = section,
						 .name = str_trim(value_bytes(texts[0])),
						 .value = str_trim(value_bytes(texts[1]))};
	return true;
}

static bool options_of(struct ini *ini, const struct dict *sections, struct outcome *outcome)
{
	autoerr struct err err = {0};

	dict_foreach(entry, sections)
	{
		struct value name;
		if (entry->value.kind != VALUE_DICT) {
			if (!option_add(ini, STR(""), entry->key, entry->value, outcome))
				return false;
			continue;
		}
		if (value_str(ini->call->heap, entry->key, &name, &err)) {
			outcome_fail_err(outcome, &err);
			return false;
		}
		dict_foreach(option, entry->value.dict) if (!option_add(ini, value_bytes(name),
									option->key, option->value,
									outcome)) return false;
	}
	return true;
}

static void tell(struct ini *ini, struct outcome *outcome)
{
	struct heap *heap = ini->call->heap;
	struct dict *changes = outcome_changes(ini->call, outcome);

	for (size_t i = 0; i < ini->n; i++) {
		const struct option *option = &ini->options[i];
		if (!option->is_changed)
			continue;
		struct dict *pair = dict_new(heap);
		dict_set(heap, pair, "before",
			 option->before.ptr ? value_text(heap, option->before) : value_none());
		dict_set(heap, pair, "after", value_text(heap, option->value));
		struct dict *into = changes;
		if (option->section.len) {
			const struct value *found = dict_get_str(changes, option->section);
			into = found ? found->dict : dict_new(heap);
			if (!found)
				dict_put(heap, changes, value_text(heap, option->section),
					 value_of_dict(into));
		}
		dict_put(heap, into, value_text(heap, option->name), value_of_dict(pair));
	}
}

static void tell_test(struct ini *ini, struct outcome *outcome)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct option *option = &ini->options[i];
		struct str section = option->section;
		const char *in = section.len ? " in section " : "";
		if (option->is_changed)
			outcome_pending(outcome, "Changed key %.*s%s%.*s.", STR_ARG(option->name),
					in, STR_ARG(section));
		else
			outcome_say(outcome, "Key %.*s%s%.*s unchanged.", STR_ARG(option->name), in,
				    STR_ARG(section));
	}
}

static void ini_done(struct ini *ini)
{
	buf_done(&ini->new);
}

static void options_apply(struct state_call *call, struct outcome *outcome)
{
	const struct options_args *args = call->args;
	autoerr struct err err = {0};
	autobuf struct buf old = {0};
	const char *path = place_name(call->world, call->name);
	const struct look kept = {LOOK_KEPT, LOOK_KEPT, false, 0};
	cleanup(ini_done) struct ini ini = {.call = call, .separator = args->separator};

	if (place_read(call->world, path, &old, NULL, &err) && err.kind != ERR_MISSING) {
		outcome_fail_err(outcome, &err);
		return;
	}
	err_clear(&err);
	if (args->sections && !options_of(&ini, args->sections, outcome))
		return;
	make_new(&ini, buf_str(&old));
	tell(&ini, outcome);
	if (call->is_test) {
		tell_test(&ini, outcome);
	} else if (!outcome_has_changes(outcome)) {
		outcome_say(outcome, "No anomaly detected");
	} else if (place_write(call->world, path, LINKS_FOLLOWED, buf_str(&ini.new), &kept, &err)) {
		outcome->changes = (struct value){0};
		outcome_fail_err(outcome, &err);
	} else {
		outcome_say(outcome, "Changes take effect");
	}
}

const struct state_def state_ini_options_present = {.name = "ini.options_present",
						    .args = options_args,
						    .args_size = sizeof(struct options_args),
						    .apply = options_apply};
