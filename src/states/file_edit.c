/* file_edit.c - a file's text read, changed and put back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_edit.h"

#include "states/file_source.h"
#include "states/file_states.h"
#include "states/file_template.h"
#include "states/file_text.h"
#include "value/list.h"

#include "base/banned.h"

void edit_done(struct edit *edit)
{
	buf_done(&edit->old);
}

bool edit_begin(struct state_call *call, struct edit *edit, struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (!file_is_absolute(call, edit->path, outcome))
		return false;
	if (!place_stat(call->world, edit->path, LINKS_FOLLOWED, NULL)) {
		outcome_fail(outcome, "%s: file not found", edit->path);
		return false;
	}
	if (place_read(call->world, edit->path, &edit->old, &edit->st, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	return true;
}

/* An edit's backup is an extension, whatever it is. Of a link: beside the file that it leads to,
 * and a link to that beside the link. */
static bool edit_backup(struct state_call *call, const struct edit *edit, struct str extension,
			struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct stat *st = &edit->st;
	const struct look look = {st->st_uid, st->st_gid, true, st->st_mode & 07777};
	struct heap *heap = call->heap;
	const char *target = NULL, *path = edit->path;

	if (!extension.len)
		return true;
	const char *beside = heap_printf(heap, "%s%.*s", path, STR_ARG(extension));
	if (place_link_read(call->world, path, &target, &err) == 0)
		beside = heap_printf(heap, "%s%.*s", place_behind_links(call->world, path),
				     STR_ARG(extension));
	err_clear(&err);
	if (place_write(call->world, beside, LINKS_KEPT, buf_str(&edit->old), &look, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (target &&
	    place_link_make(call->world, heap_printf(heap, "%s%.*s", target, STR_ARG(extension)),
			    heap_printf(heap, "%s%.*s", path, STR_ARG(extension)), &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	return true;
}

bool edit_end(struct state_call *call, const struct edit *edit, struct str new,
	      struct value show_changes, struct str backup, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct str old = buf_str(&edit->old);
	const struct look kept = {LOOK_KEPT, LOOK_KEPT, false, 0};

	if (str_eq(old, new) && !edit->is_new)
		return true;
	if (!call->is_test) {
		if (!edit->is_new && !edit_backup(call, edit, backup_of(backup), outcome))
			return false;
		if (place_write(call->world, edit->path, LINKS_FOLLOWED, new, &kept, &err)) {
			outcome_fail_err(outcome, &err);
			return false;
		}
	}
	bool is_shown = changes_are_shown(show_changes, edit->is_new ? 0644 : edit->st.st_mode);
	outcome_change(call->heap, outcome, "diff",
		       is_shown ? text_change(call->heap, old, new)
				: value_literal("<show_changes=False>"));
	return true;
}

void edit_hide(struct state_call *call, struct value show_changes, struct outcome *outcome)
{
	if (show_changes.kind == VALUE_BOOL && !show_changes.boolean &&
	    outcome_has_changes(outcome))
		outcome_change(call->heap, outcome, "diff", value_bool(true));
}

void edit_say(struct state_call *call, struct outcome *outcome)
{
	if (!outcome_has_changes(outcome))
		outcome_say(outcome, "No changes needed to be made");
	else if (call->is_test)
		outcome_pending(outcome, "Changes would have been made");
	else
		outcome_say(outcome, "Changes were made");
}

const char *edit_line_end(struct str text)
{
	const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;

	return end && end > text.ptr && end[-1] == '\r' ? "\r\n" : "\n";
}

struct str backup_of(struct str word)
{
	if (str_is(word, "None") || str_is(word, "False"))
		return STR("");
	return word;
}

static bool source_text(struct state_call *call, const struct text_request *request,
			struct value source, struct value hash, struct str *ret_text,
			struct outcome *outcome)
{
	cleanup(source_found_done) struct source_found found = {0};
	struct list *one = list_new(call->heap, 1);
	struct source_request wanted = {.sources = one, .hash = request->source_hash};
	struct template_request template = {.engine = request->template,
					    .context = request->context,
					    .defaults = request->defaults,
					    .name = place_name(call->world, call->name)};

	list_push(call->heap, one, source);
	if (value_is_string(hash))
		wanted.hash = value_bytes(hash);
	if (!file_template_check(&template, outcome) || !source_get(call, &wanted, &found, outcome))
		return false;
	template.source = found.name;
	template.file = found.file;
	struct str text = buf_str(&found.text);
	if (template_wanted(&template))
		return template_render(call, &template, text, ret_text, outcome);
	*ret_text = (struct str){heap_strdup(call->heap, text), text.len};
	return true;
}

bool edit_texts(struct state_call *call, const struct text_request *request,
		struct text_list *ret_list, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct list *sources = request->sources ? request->sources : request->source;
	bool has_hashes = value_is_sequence(request->source_hashes);

	if (!sources) {
		if (text_list_of(call->heap, request->text, ret_list, &err) == 0)
			return true;
		outcome_fail_err(outcome, &err);
		return false;
	}
	struct text_list list = {heap_alloc(call->heap, sources->n * sizeof(struct str)),
				 sources->n};
	for (size_t i = 0; i < sources->n; i++) {
		struct value hash = {0};
		if (has_hashes && i < request->source_hashes.list->n)
			hash = request->source_hashes.list->items[i];
		if (!source_text(call, request, sources->items[i], hash, &list.items[i], outcome))
			return false;
	}
	*ret_list = list;
	return true;
}
