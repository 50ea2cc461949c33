/* file_text.h - contents of files: text or binary, lines, and what changed.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

/* As the reference guesses by the first bytes. */
bool text_is_binary(struct str text);
/* A unified diff, or "Replace binary file" and its kin, or that it is too large to be shown. */
struct value text_change(struct heap *heap, struct str old, struct str new);

/* The next line with its end ("\n"); false at the end of the text. */
bool line_next(struct str *rest, struct str *ret_line);
struct str line_without_end(struct str line); /* neither "\n" nor "\r\n" */

/* Python's str.splitlines: also \r, \v, \f, U+001C…1E, U+0085, U+2028, U+2029 end a line. */
bool python_line_next(struct str *rest, struct str *ret_line);

/* A string, or a list of things: each as text. ERR_INPUT for a mapping. */
struct text_list {
	struct str *items; /* in the heap */
	size_t n;
};
int text_list_of(struct heap *heap, struct value v, struct text_list *ret_list,
		 struct err *err) must_check;
