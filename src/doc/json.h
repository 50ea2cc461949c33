/* json.h - RFC 8259 text to a tree and back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Strict: no comments, no trailing commas, no duplicate keys, valid UTF-8, no NUL in a string,
 * depth and size bounded (limits.h). Integers that fit int64 stay exact. Writing is canonical: the
 * order of the tree, no needless escapes, so that equal trees give equal bytes; bytes that are not
 * UTF-8 are written as U+FFFD. */
#pragma once

#include "base/buf.h"
#include "base/json_text.h"
#include "doc/node.h"

/* `file` names the text in errors; borrowed as long as the tree. The text may be dropped after.
 * ERR_INPUT with the place, ERR_LIMIT. */
int json_parse(struct arena *arena, const char *file, struct str text, struct node **ret_root,
	       struct err *err) must_check;

enum json_style {
	JSON_COMPACT, /* {"a":1} */
	JSON_INDENT,  /* four spaces, as docker inspect prints */
};
void json_write(struct buf *buf, const struct node *root, enum json_style style);
