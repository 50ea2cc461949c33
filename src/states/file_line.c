/* file_line.c - file.line: one line ensured, inserted, replaced or deleted.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Salt's documentation, "salt.states.file", line: modes ensure, insert, replace, delete. What is
 * looked for (before, after, match) is a text within a line, or a regular expression. */
#include <time.h>

#include "states/file_edit.h"
#include "states/file_states.h"
#include "states/file_text.h"
#include "value/regex.h"

#include "base/banned.h"

struct line_args {
	struct str content, match, mode, location, before, after;
	struct value show_changes;
	struct str backup;
	bool quiet, indent, create;
	struct str user, group;
	struct file_mode file_mode;
};

#define A(field) offsetof(struct line_args, field)
static const struct state_arg line_args[] = {
	{"content", ARG_STR, A(content)},
	{"match", ARG_STR, A(match)},
	{"mode", ARG_STR, A(mode)},
	{"location", ARG_STR, A(location)},
	{"before", ARG_STR, A(before)},
	{"after", ARG_STR, A(after)},
	{"show_changes", ARG_VALUE, A(show_changes)},
	{"backup", ARG_STR, A(backup)},
	{"quiet", ARG_BOOL, A(quiet)},
	{"indent", ARG_BOOL, A(indent), "true"},
	{"create", ARG_BOOL, A(create)},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"file_mode", ARG_MODE, A(file_mode)},
	{0},
};
#undef A

struct lines {
	struct str *items; /* without their ends */
	size_t n;
};

struct line_edit {
	struct state_call *call;
	const struct line_args *args;
	struct lines old;
	struct buf *new;
	const char *line_end;
	bool has_new_last; /* what was the last line is not: what is now ends with an end */
};

static bool line_has(struct line_edit *edit, struct str line, struct str wanted)
{
	autoerr struct err err = {0};
	struct regex *regex;
	struct regex_match match;

	if (!wanted.len)
		return false;
	if (line.len && memmem(line.ptr, line.len, wanted.ptr, wanted.len))
		return true;
	return regex_compile(edit->call->heap, wanted, 0, &regex, &err) == 0 &&
	       regex_search(regex, line, 0, false, &match, &err) > 0;
}

/* The first line that has it; n: none. */
static size_t line_find(struct line_edit *edit, struct str wanted)
{
	size_t i = 0;

	while (i < edit->old.n && !line_has(edit, edit->old.items[i], wanted))
		i++;
	return i;
}

static size_t line_count(struct line_edit *edit, struct str wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < edit->old.n; i++)
		n += line_has(edit, edit->old.items[i], wanted);
	return n;
}

static void put_line(struct line_edit *edit, struct str line)
{
	buf_append_str(edit->new, line);
	buf_puts(edit->new, edit->line_end);
}

/* With the blanks that the line beside it begins with. */
static void put_content(struct line_edit *edit, struct str beside)
{
	struct str content = line_without_end(edit->args->content);

	if (edit->args->indent) {
		size_t blanks = 0;
		while (blanks < beside.len && strchr(" \t", beside.ptr[blanks]))
			blanks++;
		buf_append_str(edit->new, (struct str){beside.ptr, blanks});
		while (content.len && strchr(" \t", *content.ptr))
			content = (struct str){content.ptr + 1, content.len - 1};
	}
	put_line(edit, content);
}

static bool is_content(const struct line_edit *edit, struct str line)
{
	return str_eq(str_trim(line), str_trim(edit->args->content));
}

/* ---- the modes ---- */

/* The content stands for itself where no line is named at all. */
static struct str match_of(const struct line_args *args)
{
	bool stands_for_itself = !args->match.len && !args->before.len && !args->after.len;

	return stands_for_itself ? args->content : args->match;
}

/* The first line that matches, and those that are the same. */
static int mode_delete(struct line_edit *edit, struct err *err)
{
	const struct lines *old = &edit->old;
	size_t first = line_find(edit, match_of(edit->args));

	for (size_t i = 0; i < old->n; i++) {
		edit->has_new_last = first < old->n && str_eq(old->items[i], old->items[first]);
		if (!edit->has_new_last)
			put_line(edit, old->items[i]);
	}
	return 0;
}

/* The first line that matches, alone: "each pass replacing the first line found". */
static int mode_replace(struct line_edit *edit, struct err *err)
{
	size_t first = line_find(edit, match_of(edit->args));

	for (size_t i = 0; i < edit->old.n; i++) {
		struct str line = edit->old.items[i];
		if (i == first && !is_content(edit, line))
			put_content(edit, line);
		else
			put_line(edit, line);
	}
	return 0;
}

/* The one line that has it; n: none, or nothing is wanted. Who asks for a line that stands there
 * twice asks for an accident. */
static int find_only(struct line_edit *edit, struct str wanted, const char *what, size_t *ret_at,
		     struct err *err)
{
	if (line_count(edit, wanted) > 1)
		return err_set(err, ERR_INPUT,
			       "Found more than expected occurrences in \"%s\" expression", what);
	*ret_at = line_find(edit, wanted);
	return 0;
}

/* Everything, with the content in front of line `at` (n: at the end), looking like `beside`. */
static int put_at(struct line_edit *edit, size_t at, struct str beside)
{
	edit->has_new_last = at == edit->old.n;
	for (size_t i = 0; i <= edit->old.n; i++) {
		if (i == at)
			put_content(edit, beside);
		if (i < edit->old.n)
			put_line(edit, edit->old.items[i]);
	}
	return 0;
}

static int put_all(struct line_edit *edit)
{
	for (size_t i = 0; i < edit->old.n; i++)
		put_line(edit, edit->old.items[i]);
	return 0;
}

/* Beside the one line: it is there already, or is put there. */
static int put_beside(struct line_edit *edit, bool before, size_t at)
{
	const struct lines *old = &edit->old;
	size_t neighbour = before ? at - 1 : at + 1; /* of line 0: no line */

	if (neighbour < old->n && is_content(edit, old->items[neighbour]))
		return put_all(edit);
	return put_at(edit, before ? at : at + 1, old->items[at]);
}

static int insert_at_end(struct line_edit *edit, bool at_start)
{
	const struct lines *old = &edit->old;
	struct str beside = STR("");

	if (old->n)
		beside = old->items[at_start ? 0 : old->n - 1];
	if (old->n && is_content(edit, beside))
		return put_all(edit);
	return put_at(edit, at_start ? 0 : old->n, beside);
}

/* Where only one of before and after is found, it is the place. */
static int mode_insert(struct line_edit *edit, struct err *err)
{
	const struct line_args *args = edit->args;
	size_t before, after, n = edit->old.n;

	if (str_is(args->location, "start") || str_is(args->location, "end"))
		return insert_at_end(edit, str_is(args->location, "start"));
	if (args->location.len || (!args->before.len && !args->after.len))
		return err_set(err, ERR_INPUT,
			       "On insert either \"location\" or \"before/after\" conditions are "
			       "required.");
	if (find_only(edit, args->before, "before", &before, err) ||
	    find_only(edit, args->after, "after", &after, err))
		return -1;
	if (before == n && after == n)
		return err_set(err, ERR_INPUT, "Neither before or after was found in file");
	return put_beside(edit, before < n, before < n ? before : after);
}

/* Between the two: what is the only line there is replaced. */
static int ensure_between(struct line_edit *edit, size_t after, size_t before, struct err *err)
{
	const struct lines *old = &edit->old;

	for (size_t i = after + 1; i < before; i++)
		if (is_content(edit, old->items[i]))
			return put_all(edit);
	if (before <= after || before - after > 2)
		return err_set(err, ERR_INPUT,
			       "Found more than one line between boundaries \"before\" and "
			       "\"after\".");
	for (size_t i = 0; i < old->n; i++) {
		if (i > after && i < before)
			continue;
		put_line(edit, old->items[i]);
		if (i == after)
			put_content(edit, old->items[after]);
	}
	return 0;
}

static int mode_ensure(struct line_edit *edit, struct err *err)
{
	const struct line_args *args = edit->args;
	size_t before, after, n = edit->old.n;

	if (find_only(edit, args->after, "after", &after, err) ||
	    find_only(edit, args->before, "before", &before, err))
		return -1;
	if (before == n && after == n)
		return err_set(err, ERR_INPUT,
			       "Wrong conditions? Unable to ensure line without knowing where to "
			       "put it before and/or after.");
	if (before < n && after < n)
		return ensure_between(edit, after, before, err);
	return put_beside(edit, before < n, before < n ? before : after);
}

static const struct {
	const char *name;
	int (*run)(struct line_edit *edit, struct err *err);
} modes[] = {{"delete", mode_delete},
	     {"ensure", mode_ensure},
	     {"insert", mode_insert},
	     {"replace", mode_replace}};

/* ---- the state ---- */

static struct lines split(struct heap *heap, struct str text)
{
	struct lines lines = {0};
	struct str rest = text, line;
	size_t n = 0;

	while (line_next(&rest, &line))
		n++;
	lines.items = heap_alloc(heap, n * sizeof(*lines.items));
	while (line_next(&text, &line))
		lines.items[lines.n++] = line_without_end(line);
	return lines;
}

static bool line_run(struct state_call *call, struct str old, struct buf *new,
		     struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct line_args *args = call->args;
	struct line_edit edit = {.call = call,
				 .args = args,
				 .new = new,
				 .old = split(call->heap, old),
				 .line_end = edit_line_end(old)};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (!str_is_nocase(args->mode, modes[i].name))
			continue;
		if (modes[i].run(&edit, &err)) {
			outcome_fail_err(outcome, &err);
			return false;
		}
		/* A last line without an end keeps being one. */
		if (old.len && old.ptr[old.len - 1] != '\n' && !edit.has_new_last && new->len)
			buf_truncate(new, new->len - strlen(edit.line_end));
		return true;
	}
	outcome_fail(outcome, "Unknown mode: %.*s", STR_ARG(args->mode));
	return false;
}

/* Whatever is asked for: when it was. */
static struct str backup_name(struct state_call *call)
{
	const struct line_args *args = call->args;
	char stamp[32];
	time_t now = time(NULL);
	struct tm parts;

	if (!backup_of(args->backup).len)
		return STR("");
	localtime_r(&now, &parts);
	strftime(stamp, sizeof(stamp), ".%Y-%m-%d-%H-%M-%S", &parts);
	return str_of(heap_strdup(call->heap, str_of(stamp)));
}

static void line_apply(struct state_call *call, struct outcome *outcome)
{
	const struct line_args *args = call->args;
	cleanup(edit_done) struct edit edit = {.path = place_name(call->world, call->name)};
	autobuf struct buf new = {.max = SIZE_MAX / 2};
	bool is_delete = str_is_nocase(args->mode, "delete");
	struct perms perms;

	if (!perms_resolve(call, args->user, args->group, args->file_mode, &perms, outcome))
		return;
	edit.is_new = args->create && *edit.path == '/' &&
		      !place_stat(call->world, edit.path, LINKS_FOLLOWED, NULL);
	if (!edit.is_new && !edit_begin(call, &edit, outcome)) {
		if (args->quiet)
			outcome->result = RESULT_TRUE;
		return;
	}
	if (!args->mode.len) {
		outcome_fail(outcome, "Mode was not defined. How to process the file?");
		return;
	}
	if (!args->content.len && !(is_delete && args->match.len)) {
		outcome_fail(outcome, "Content can only be empty if mode is ['delete']");
		return;
	}
	if (!line_run(call, buf_str(&edit.old), &new, outcome) ||
	    !edit_end(call, &edit, buf_str(&new), args->show_changes, backup_name(call), outcome))
		return;
	if (!call->is_test && !perms_apply(call, edit.path, LINKS_FOLLOWED, &perms,
					   outcome_changes(call, outcome), outcome))
		return;
	edit_hide(call, args->show_changes, outcome);
	if (call->is_test && outcome_has_changes(outcome))
		outcome_pending(outcome, "Changes would be made");
	else
		edit_say(call, outcome);
}

const struct state_def state_file_line = {.name = "file.line",
					  .args = line_args,
					  .args_size = sizeof(struct line_args),
					  .apply = line_apply};
