/* file_append.c - file.append, prepend and accumulated: text that must be in a file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/chunk.h"
#include "state/limits.h"
#include "state/report.h"
#include "states/file_edit.h"
#include "states/file_states.h"
#include "states/file_text.h"
#include "value/list.h"

#include "base/banned.h"

struct append_args {
	struct text_request text;
	bool makedirs, ignore_whitespace, header;
};

#define A(field) offsetof(struct append_args, field)
static const struct state_arg append_args[] = {
	{"text", ARG_VALUE, A(text.text)},
	{"source", ARG_LIST, A(text.source)},
	{"sources", ARG_LIST, A(text.sources)},
	{"source_hash", ARG_STR, A(text.source_hash)},
	{"source_hashes", ARG_VALUE, A(text.source_hashes)},
	{"template", ARG_STR, A(text.template), "jinja"},
	{"context", ARG_VALUE, A(text.context)},
	{"defaults", ARG_VALUE, A(text.defaults)},
	{"makedirs", ARG_BOOL, A(makedirs)},
	{"ignore_whitespace", ARG_BOOL, A(ignore_whitespace), "true"},
	{"header", ARG_BOOL, A(header)},
	{"verify_ssl", ARG_IGNORED},
	{0},
};
#undef A

static bool is_space(char c)
{
	return c && strchr(" \t\n\r\v\f", c) != NULL;
}

static size_t skip_space(struct str text, size_t at, bool lines_too)
{
	while (at < text.len && is_space(text.ptr[at]) && (lines_too || text.ptr[at] != '\n'))
		at++;
	return at;
}

/* Whether the words of `chunk` follow each other at `at`, up to the end of a line. */
static bool words_at(struct str text, size_t at, struct str chunk)
{
	size_t pos = skip_space(chunk, 0, true);

	while (pos < chunk.len) {
		if (at >= text.len || text.ptr[at] != chunk.ptr[pos])
			return false;
		at++;
		pos++;
		if (pos == chunk.len || is_space(chunk.ptr[pos])) {
			pos = skip_space(chunk, pos, true);
			at = skip_space(text, at, pos < chunk.len);
		}
	}
	return at >= text.len || text.ptr[at] == '\n';
}

/* As whole lines, blanks aside (or exactly, anywhere). */
static bool has_chunk(struct str text, struct str chunk, bool blanks_aside)
{
	if (blanks_aside && skip_space(chunk, 0, true) == chunk.len)
		return true; /* no words at all: they are everywhere */
	if (!blanks_aside)
		return !chunk.len || (text.len && memmem(text.ptr, text.len, chunk.ptr, chunk.len));
	for (size_t at = 0; at < text.len;) {
		if (words_at(text, skip_space(text, at, false), chunk))
			return true;
		const char *end = memchr(text.ptr + at, '\n', text.len - at);
		at = end ? (size_t)(end - text.ptr) + 1 : text.len;
	}
	return false;
}

/* The lines that are missing, each with its end; their number. */
static size_t missing_lines(const struct append_args *args, struct str old,
			    const struct text_list *chunks, struct buf *buf)
{
	size_t n = 0;

	for (size_t i = 0; i < chunks->n; i++) {
		struct str rest = chunks->items[i], line;
		if (has_chunk(old, rest, args->ignore_whitespace))
			continue;
		while (python_line_next(&rest, &line)) {
			buf_append_str(buf, line);
			buf_putc(buf, '\n');
			n++;
		}
	}
	return n;
}

/* A missing file is made; false: told, or (in a test run) there is nothing more to be said. */
static bool begin(struct state_call *call, struct edit *edit, struct outcome *outcome)
{
	const struct append_args *args = call->args;
	struct file_put parents = {.path = edit->path,
				   .makedirs = args->makedirs,
				   .perms.look = {LOOK_KEPT, LOOK_KEPT, false, 0}};

	if (!file_is_absolute(call, edit->path, outcome))
		return false;
	if (place_stat(call->world, edit->path, LINKS_FOLLOWED, NULL))
		return edit_begin(call, edit, outcome);
	edit->is_new = true;
	if (call->is_test) {
		outcome_change_text(call->heap, outcome, "new", edit->path);
		outcome_pending(outcome, "File %s is set to be created", edit->path);
		return false;
	}
	if (!args->makedirs && !place_is_dir(call->world, place_dir(call->heap, edit->path))) {
		outcome_fail(outcome, "%s: file not found", edit->path);
		return false;
	}
	return file_make_parents(call, &parents, outcome);
}

/* With `header` the texts must be the very beginning. */
static bool is_at_head(struct str old, const struct text_list *chunks, struct buf *all)
{
	for (size_t i = 0; i < chunks->n; i++) {
		struct str rest = chunks->items[i], line;
		while (python_line_next(&rest, &line)) {
			buf_append_str(all, line);
			buf_putc(all, '\n');
		}
	}
	return str_starts(old, buf_str(all));
}

static void normalise(struct str text, struct buf *buf)
{
	struct str line;

	while (python_line_next(&text, &line)) {
		buf_append_str(buf, line);
		buf_putc(buf, '\n');
	}
}

/* The reference's difference of an appended text: made of lines without their ends, so that only
 * the heads have one of their own. */
static struct value appended_diff(struct heap *heap, struct str old, struct str new)
{
	autobuf struct buf before = {0}, behind = {0}, diff = {0}, shown = {0};
	struct str rest, line;
	int n = 0;

	if (text_is_binary(new))
		return value_literal("Replace binary file");
	if (old.len > LIMIT_DIFF || new.len > LIMIT_DIFF)
		return text_change(heap, old, new);
	normalise(old, &before);
	normalise(new, &behind);
	diff_unified(buf_str(&before), buf_str(&behind), &diff);
	rest = buf_str(&diff);
	while (line_next(&rest, &line)) {
		buf_append_str(&shown, line);
		if (n++ < 2 || line.ptr[0] == '@')
			buf_putc(&shown, '\n');
	}
	return value_text(heap, line_without_end(buf_str(&shown)));
}

static size_t lines_in(struct str text)
{
	struct str line;
	size_t n = 0;

	while (line_next(&text, &line))
		n++;
	return n;
}

static void finish(struct state_call *call, const struct edit *edit, struct str new, size_t n,
		   bool prepends, struct outcome *outcome)
{
	struct str old = buf_str(&edit->old);

	if (!n && !edit->is_new) {
		outcome_say(outcome, "File %s is in correct state", edit->path);
		return;
	}
	if (!edit_end(call, edit, new, value_bool(true), STR(""), outcome))
		return;
	if (!n) { /* made, and nothing is in it */
		outcome->changes = (struct value){0};
		outcome_say(outcome, "File %s is in correct state", edit->path);
		return;
	}
	if (!prepends)
		outcome_change(call->heap, outcome, "diff", appended_diff(call->heap, old, new));
	if (call->is_test)
		outcome_pending(outcome, "File %s is set to be updated", edit->path);
	else
		outcome_say(outcome, "%s %zu lines", prepends ? "Prepended" : "Appended", n);
}

static bool texts_given(struct state_call *call, struct outcome *outcome)
{
	const struct text_request *text = &((const struct append_args *)call->args)->text;
	bool is_nothing = text->text.kind == VALUE_UNDEFINED || text->text.kind == VALUE_NONE;

	if (text->source && text->sources)
		outcome_fail(outcome, "source and sources are mutually exclusive");
	else if (text->source_hash.len && value_is_sequence(text->source_hashes))
		outcome_fail(outcome, "source_hash and source_hashes are mutually exclusive");
	else if (is_nothing && !text->source && !text->sources)
		outcome_fail(outcome, "No text found to append. Nothing appended");
	else
		return true;
	return false;
}

static void apply(struct state_call *call, bool prepends, struct outcome *outcome)
{
	const struct append_args *args = call->args;
	cleanup(edit_done) struct edit edit = {.path = place_name(call->world, call->name)};
	autobuf struct buf lines = {0}, new = {.max = SIZE_MAX / 2};
	struct text_list chunks;
	size_t n;

	if (!texts_given(call, outcome) || !begin(call, &edit, outcome) ||
	    !edit_texts(call, &args->text, &chunks, outcome))
		return;
	struct str old = buf_str(&edit.old);
	if (prepends && args->header)
		n = is_at_head(old, &chunks, &lines) ? 0 : lines_in(buf_str(&lines));
	else
		n = missing_lines(args, old, &chunks, &lines);
	if (prepends)
		buf_append_str(&new, buf_str(&lines));
	buf_append_str(&new, old);
	if (!prepends && old.len && old.ptr[old.len - 1] != '\n' && n)
		buf_putc(&new, '\n');
	if (!prepends)
		buf_append_str(&new, buf_str(&lines));
	finish(call, &edit, buf_str(&new), n, prepends, outcome);
}

static void append_apply(struct state_call *call, struct outcome *outcome)
{
	apply(call, false, outcome);
}

static void prepend_apply(struct state_call *call, struct outcome *outcome)
{
	apply(call, true, outcome);
}

const struct state_def state_file_append = {.name = "file.append",
					    .args = append_args,
					    .args_size = sizeof(struct append_args),
					    .apply = append_apply};
const struct state_def state_file_prepend = {.name = "file.prepend",
					     .args = append_args,
					     .args_size = sizeof(struct append_args),
					     .apply = prepend_apply};

/* ---- accumulated: texts for a later state that writes the file ---- */

struct accumulated_args {
	struct str filename;
	struct value text;
};

static const struct state_arg accumulated_args[] = {
	{"filename", ARG_STR, offsetof(struct accumulated_args, filename), .is_required = true},
	{"text", ARG_VALUE, offsetof(struct accumulated_args, text), .is_required = true},
	{0},
};

static struct dict *dict_of(struct heap *heap, struct dict *dict, const char *key)
{
	const struct value *found = dict_get(dict, key);

	if (found && found->kind == VALUE_DICT)
		return found->dict;
	struct dict *made = dict_new(heap);
	dict_set(heap, dict, key, value_of_dict(made));
	return made;
}

/* Some file state takes it. */
static bool is_waited_for(const struct chunk *chunk)
{
	for (size_t i = 0; i < chunk->needed_by.n; i++)
		if (text_eq(chunk->needed_by.items[i]->state, "file"))
			return true;
	return false;
}

static void accumulated_apply(struct state_call *call, struct outcome *outcome)
{
	const struct accumulated_args *args = call->args;
	struct heap *heap = call->heap;
	struct world *world = call->world;
	const char *file = args->filename.ptr;

	if (args->text.kind == VALUE_NONE) {
		outcome_fail(outcome, "No text supplied for accumulator");
		return;
	}
	if (call->chunk && !is_waited_for(call->chunk)) {
		outcome_fail(outcome, "Orphaned accumulator %s in %s:%s", call->name, call->sls,
			     call->id);
		return;
	}
	if (!world->accumulators)
		world->accumulators = dict_new(heap);
	struct dict *of_file = dict_of(heap, world->accumulators, file);
	const struct value *found = dict_get(of_file, call->name);
	struct list *list = found ? found->list : list_new(heap, 4);
	if (!found)
		dict_set(heap, of_file, call->name, value_of_list(list));
	bool is_list = value_is_sequence(args->text);
	for (size_t i = 0; i < (is_list ? args->text.list->n : 1); i++) {
		struct value chunk = is_list ? args->text.list->items[i] : args->text;
		bool has = false;
		for (size_t j = 0; j < list->n; j++)
			has = has || value_same(list->items[j], chunk);
		if (has)
			continue;
		list_push(heap, list, chunk);
		if (!outcome->comment.len)
			outcome_say(outcome, "Accumulator %s for file %s was charged by text",
				    call->name, file);
	}
}

const struct state_def state_file_accumulated = {.name = "file.accumulated",
						 .args = accumulated_args,
						 .args_size = sizeof(struct accumulated_args),
						 .apply = accumulated_apply};
