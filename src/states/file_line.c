/* file_line.c - file.line: one line ensured, inserted, replaced or deleted.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Salt's documentation, "salt.states.file", line: modes ensure, insert, replace, delete. What is
 * looked for (before, after, match) is a text within a line, or a regular expression. */
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

static int mode_delete(struct line_edit *edit, struct err *err)
{
	struct str match = edit->args->match.len ? edit->args->match : edit->args->content;

	for (size_t i = 0; i < edit->old.n; i++)
		if (!line_has(edit, edit->old.items[i], match))
			put_line(edit, edit->old.items[i]);
	return 0;
}

static int mode_replace(struct line_edit *edit, struct err *err)
{
	struct str match = edit->args->match.len ? edit->args->match : edit->args->content;

	for (size_t i = 0; i < edit->old.n; i++) {
		struct str line = edit->old.items[i];
		if (line_has(edit, line, match) && !is_content(edit, line))
			put_content(edit, line);
		else
			put_line(edit, line);
	}
	return 0;
}

/* One place, not many: who asks for a line that stands there twice asks for an accident. */
static int find_only(struct line_edit *edit, struct str wanted, const char *what, size_t *ret_at,
		     struct err *err)
{
	size_t n = line_count(edit, wanted);

	if (n > 1)
		return err_set(err, ERR_INPUT,
			       "Found more than expected occurrences in \"%s\" expression", what);
	if (n == 0)
		return err_set(err, ERR_INPUT, "Cannot find line matching \"%s\" expression", what);
	*ret_at = line_find(edit, wanted);
	return 0;
}

/* Everything, with the content in front of line `at` (n: at the end), looking like `beside`. */
static int put_at(struct line_edit *edit, size_t at, struct str beside)
{
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

static int mode_insert(struct line_edit *edit, struct err *err)
{
	const struct line_args *args = edit->args;
	const struct lines *old = &edit->old;
	size_t at;

	if (str_is(args->location, "start") || str_is(args->location, "end")) {
		at = str_is(args->location, "start") ? 0 : old->n;
		struct str beside = STR("");
		if (old->n)
			beside = old->items[at ? old->n - 1 : 0];
		bool has = old->n && is_content(edit, beside);
		return has ? put_all(edit) : put_at(edit, at, beside);
	}
	if (!args->before.len && !args->after.len)
		return err_set(err, ERR_INPUT,
			       "On insert either 'location' or 'before/after' conditions are "
			       "required.");
	if (find_only(edit, args->before.len ? args->before : args->after,
		      args->before.len ? "before" : "after", &at, err))
		return -1;
	struct str beside = old->items[at];
	at += args->before.len ? 0 : 1;
	size_t neighbour = args->before.len ? at - 1 : at;
	if (neighbour < old->n && is_content(edit, old->items[neighbour]))
		return put_all(edit);
	return put_at(edit, at, beside);
}

/* Beside the one line: it is there already, or is put there. */
static int ensure_beside(struct line_edit *edit, bool before, size_t at)
{
	const struct lines *old = &edit->old;
	size_t neighbour = before ? at - 1 : at + 1; /* of line 0: no line */

	if (neighbour < old->n && is_content(edit, old->items[neighbour]))
		return put_all(edit);
	return put_at(edit, before ? at : at + 1, old->items[at]);
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
	size_t before = 0, after = 0;

	if (!args->before.len && !args->after.len)
		return err_set(err, ERR_INPUT,
			       "Wrong conditions? Unable to ensure line without knowing where to "
			       "put it before and/or after.");
	if (args->after.len && find_only(edit, args->after, "after", &after, err))
		return -1;
	if (args->before.len && find_only(edit, args->before, "before", &before, err))
		return -1;
	if (args->after.len && args->before.len)
		return ensure_between(edit, after, before, err);
	return ensure_beside(edit, args->before.len > 0, args->before.len ? before : after);
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
		/* A last line without an end keeps being one, unless it was touched. */
		size_t len = new->len;
		if (old.len && old.ptr[old.len - 1] != '\n' && len > old.len &&
		    len - old.len == strlen(edit.line_end) &&
		    memcmp(new->ptr, old.ptr, old.len) == 0)
			buf_truncate(new, old.len);
		return true;
	}
	outcome_fail(outcome,
		     args->mode.len ? "Unknown mode: \"%.*s\"" : "How to process the file?%.*s",
		     STR_ARG(args->mode));
	return false;
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
	if (!args->content.len && !(is_delete && args->match.len)) {
		outcome_fail(outcome, "Content can only be empty if mode is ['delete']");
		return;
	}
	if (!line_run(call, buf_str(&edit.old), &new, outcome) ||
	    !edit_end(call, &edit, buf_str(&new), args->show_changes, args->backup, outcome))
		return;
	if (!call->is_test && !perms_apply(call, edit.path, LINKS_FOLLOWED, &perms,
					   outcome_changes(call, outcome), outcome))
		return;
	if (call->is_test && outcome_has_changes(outcome))
		outcome_pending(outcome, "Changes would be made");
	else
		edit_say(call, outcome);
}

const struct state_def state_file_line = {.name = "file.line",
					  .args = line_args,
					  .args_size = sizeof(struct line_args),
					  .apply = line_apply};
