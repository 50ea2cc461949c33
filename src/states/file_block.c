/* file_block.c - file.blockreplace: the part of a file between two marks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/chunk.h"
#include "states/file_edit.h"
#include "states/file_states.h"
#include "states/file_text.h"
#include "value/list.h"
#include "value/regex.h"

#include "base/banned.h"

struct block_args {
	struct text_request text;
	struct str marker_start, marker_end;
	struct str content;
	bool append_if_not_found, prepend_if_not_found;
	struct str backup;
	struct value show_changes, append_newline;
	struct str insert_before_match, insert_after_match;
};

#define A(field) offsetof(struct block_args, field)
static const struct state_arg block_args[] = {
	{"marker_start", ARG_STR, A(marker_start), "#-- start managed zone --"},
	{"marker_end", ARG_STR, A(marker_end), "#-- end managed zone --"},
	{"content", ARG_STR, A(content)},
	{"source", ARG_LIST, A(text.source)},
	{"sources", ARG_LIST, A(text.sources)},
	{"source_hash", ARG_STR, A(text.source_hash)},
	{"source_hashes", ARG_VALUE, A(text.source_hashes)},
	{"template", ARG_STR, A(text.template), "jinja"},
	{"context", ARG_VALUE, A(text.context)},
	{"defaults", ARG_VALUE, A(text.defaults)},
	{"append_if_not_found", ARG_BOOL, A(append_if_not_found)},
	{"prepend_if_not_found", ARG_BOOL, A(prepend_if_not_found)},
	{"backup", ARG_STR, A(backup), ".bak"},
	{"show_changes", ARG_VALUE, A(show_changes)},
	{"append_newline", ARG_VALUE, A(append_newline)},
	{"insert_before_match", ARG_STR, A(insert_before_match)},
	{"insert_after_match", ARG_STR, A(insert_after_match)},
	{0},
};
#undef A

static bool contains(struct str line, struct str mark)
{
	return mark.len && line.len && memmem(line.ptr, line.len, mark.ptr, mark.len);
}

/* ---- what the block holds ---- */

static void add_text(struct heap *heap, struct buf *content, struct value text)
{
	autoerr struct err err = {0};

	if (content->len)
		buf_putc(content, '\n');
	if (value_is_string(text))
		buf_append_str(content, value_bytes(text));
	else if (value_print(heap, text, content, &err))
		err_clear(&err); /* an undefined one prints nothing */
}

/* Whether this state waits for that accumulator: then it takes only those. */
static bool waits_for(const struct chunk *chunk, struct str name)
{
	for (size_t i = 0; chunk && i < chunk->requisites.n; i++) {
		const struct requisite *requisite = &chunk->requisites.items[i];
		for (size_t j = 0; j < requisite->targets.n; j++) {
			const struct chunk *target = requisite->targets.items[j];
			if (text_eq(target->fun, "accumulated") && target->name &&
			    str_is(name, target->name))
				return true;
		}
	}
	return false;
}

static void add_accumulated(struct state_call *call, const char *path, struct buf *content)
{
	const struct dict *all = call->world->accumulators;
	const struct value *found = all ? dict_get(all, path) : NULL;
	bool some = false;

	if (!found || found->kind != VALUE_DICT)
		return;
	dict_foreach(entry, found->dict) some =
		some || waits_for(call->chunk, value_bytes(entry->key));
	dict_foreach(entry, found->dict)
	{
		if (some && !waits_for(call->chunk, value_bytes(entry->key)))
			continue;
		for (size_t i = 0; i < entry->value.list->n; i++)
			add_text(call->heap, content, entry->value.list->items[i]);
	}
}

static bool block_content(struct state_call *call, const char *path, struct buf *content,
			  struct outcome *outcome)
{
	const struct block_args *args = call->args;
	struct text_list texts;

	buf_append_str(content, args->content);
	add_accumulated(call, path, content);
	if (!args->text.source && !args->text.sources)
		return true;
	if (!edit_texts(call, &args->text, &texts, outcome))
		return false;
	for (size_t i = 0; i < texts.n; i++)
		buf_append_str(content, texts.items[i]);
	return true;
}

/* ---- the file ---- */

struct block {
	const struct block_args *args;
	struct str content;
	bool appends_newline;
	const char *line_end;
};

/* The content's lines and what ends the block: `end` from its mark on, with its own line end. */
static void write_content(const struct block *block, struct str end, struct buf *new)
{
	struct str rest = block->content;

	for (;;) {
		const char *cut = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
		struct str line = {rest.ptr, cut ? (size_t)(cut - rest.ptr) : rest.len};
		if (cut && line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		buf_append_str(new, line);
		if (!cut)
			break;
		buf_puts(new, block->line_end);
		rest.len -= (size_t)(cut - rest.ptr) + 1;
		rest.ptr = cut + 1;
	}
	if (block->appends_newline)
		buf_puts(new, block->line_end);
	buf_append_str(new, line_without_end(end));
	buf_puts(new, block->line_end);
}

static void write_block(const struct block *block, struct buf *new)
{
	buf_append_str(new, block->args->marker_start);
	buf_puts(new, block->line_end);
	write_content(block, block->args->marker_end, new);
}

/* ret_found: a block was there. false: it has no end. */
static bool write_between(const struct block *block, struct str old, struct buf *new,
			  bool *ret_found)
{
	struct str line, mark = block->args->marker_end;
	bool inside = false;

	*ret_found = false;
	while (line_next(&old, &line)) {
		if (contains(line, block->args->marker_start)) {
			inside = true;
		} else if (inside) {
			const char *at = memmem(line.ptr, line.len, mark.ptr, mark.len);
			if (!at)
				continue;
			inside = false;
			*ret_found = true;
			write_content(block, (struct str){at, line.len - (size_t)(at - line.ptr)},
				      new);
			continue;
		}
		buf_append_str(new, line);
	}
	return !inside;
}

/* Before or behind the first line that matches; ret_found: there is one. */
static int write_beside(struct state_call *call, const struct block *block, struct str old,
			struct buf *new, bool *ret_found, struct err *err)
{
	const struct block_args *args = block->args;
	bool before = args->insert_before_match.len > 0;
	struct regex *regex;
	struct str line;

	*ret_found = false;
	if (regex_compile(call->heap, before ? args->insert_before_match : args->insert_after_match,
			  0, &regex, err))
		return -1;
	while (line_next(&old, &line)) {
		struct regex_match match;
		int found = *ret_found ? 0 : regex_search(regex, line, 0, false, &match, err);
		if (found < 0)
			return -1;
		if (found && before)
			write_block(block, new);
		buf_append_str(new, line);
		if (found && !before) {
			if (line.ptr[line.len - 1] != '\n')
				buf_puts(new, block->line_end);
			write_block(block, new);
		}
		*ret_found = *ret_found || found;
	}
	return 0;
}

static int write_new(struct state_call *call, const struct block *block, struct str old,
		     struct buf *new, struct err *err)
{
	const struct block_args *args = block->args;
	bool found;

	if (!write_between(block, old, new, &found))
		return err_set(err, ERR_INPUT,
			       "Unterminated marked block. End of file reached before marker_end.");
	if (found)
		return 0;
	buf_truncate(new, 0);
	if (args->prepend_if_not_found) {
		write_block(block, new);
		buf_append_str(new, old);
		return 0;
	}
	if (args->append_if_not_found) {
		buf_append_str(new, old);
		if (old.len && old.ptr[old.len - 1] != '\n')
			buf_puts(new, block->line_end);
		write_block(block, new);
		return 0;
	}
	if ((args->insert_before_match.len || args->insert_after_match.len) &&
	    write_beside(call, block, old, new, &found, err))
		return -1;
	if (!found)
		return err_set(err, ERR_INPUT,
			       "Cannot edit marked block. Markers were not found in file.");
	return 0;
}

static const char *block_fault(const struct block_args *args)
{
	int ways = args->append_if_not_found + args->prepend_if_not_found +
		   (args->insert_before_match.len > 0) + (args->insert_after_match.len > 0);

	if (ways > 1)
		return "Only one of append_if_not_found, prepend_if_not_found, "
		       "insert_before_match, and insert_after_match is permitted";
	if (!args->marker_start.len || !args->marker_end.len)
		return "marker_start and marker_end must not be empty";
	return NULL;
}

static void block_failed(struct outcome *outcome, const char *why)
{
	outcome_fail(outcome, "Encountered error managing block: %s. See the log for details.",
		     why);
}

static void block_apply(struct state_call *call, struct outcome *outcome)
{
	const struct block_args *args = call->args;
	cleanup(edit_done) struct edit edit = {.path = place_name(call->world, call->name)};
	autobuf struct buf new = {.max = SIZE_MAX / 2}, content = {0};
	autoerr struct err err = {0};
	const char *fault = block_fault(args);

	if (!edit_begin(call, &edit, outcome) || !block_content(call, edit.path, &content, outcome))
		return;
	if (fault) {
		block_failed(outcome, fault);
		return;
	}
	struct block block = {.args = args,
			      .content = buf_str(&content),
			      .line_end = edit_line_end(buf_str(&edit.old))};
	block.appends_newline = args->append_newline.kind == VALUE_BOOL
					? args->append_newline.boolean
					: !str_ends(block.content, STR("\n"));
	if (write_new(call, &block, buf_str(&edit.old), &new, &err)) {
		block_failed(outcome, err_text(&err));
		return;
	}
	if (!edit_end(call, &edit, buf_str(&new), args->show_changes, args->backup, outcome))
		return;
	edit_hide(call, args->show_changes, outcome);
	if (call->is_test && outcome_has_changes(outcome))
		outcome_pending(outcome, "Changes would be made");
	else
		edit_say(call, outcome);
}

const struct state_def state_file_blockreplace = {.name = "file.blockreplace",
						  .args = block_args,
						  .args_size = sizeof(struct block_args),
						  .apply = block_apply};
