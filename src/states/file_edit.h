/* file_edit.h - a file's text read, changed and put back: what the states that edit share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "states/file_put.h"

struct edit {
	const char *path;
	struct buf old; /* owned */
	struct stat st;
	bool is_new; /* it was not there */
};
void edit_done(struct edit *edit);

/* "X: file not found", "Specified file X is not an absolute path", a binary one: told, false. */
bool edit_begin(struct state_call *call, struct edit *edit, struct outcome *outcome);
/* Writes the new text when it differs, with a diff in changes; false: failed, told. */
bool edit_end(struct state_call *call, const struct edit *edit, struct str new,
	      struct value show_changes, struct str backup, struct outcome *outcome);
/* `show_changes: false` of replace and blockreplace: the difference is only told to be one. */
void edit_hide(struct state_call *call, struct value show_changes, struct outcome *outcome);
/* "Changes were made", "Changes would have been made", "No changes needed to be made". */
void edit_say(struct state_call *call, struct outcome *outcome);
/* The line's end in this text: "\r\n" when its first line has it. */
const char *edit_line_end(struct str text);
/* "None", "False" and "" are no backup. */
struct str backup_of(struct str word);

/* Texts out of an argument `text`, or of sources, rendered when `template` says so. */
struct text_request {
	struct value text;
	struct list *source, *sources;
	struct str source_hash;
	struct value source_hashes;
	struct str template;
	struct value context, defaults;
};
struct text_list;
bool edit_texts(struct state_call *call, const struct text_request *request,
		struct text_list *ret_list, struct outcome *outcome);
