/* secrets.h - texts that are never shown.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Values are registered where they come from: below a pillar's `secrets:`, under keys that look
 * secret, generated passwords, secret files. Whatever is printed for people or machines (diffs,
 * comments, errors, changes, logs) goes through secrets_mask, which replaces each of them by ***,
 * also in the forms that JSON, Python's repr and URLs give them. Each line of a text of several
 * lines is a secret of its own. Texts shorter than SECRET_MIN bytes are not looked for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"
#include "value/value.h"

#define SECRET_MIN 4 /* bytes: "abc" would mask half of the output */

struct secrets {
	struct {
		struct str *items; /* owned bytes, longest first */
		size_t n, cap;
	} texts;
	bool is_sorted;
	const char *key_pattern; /* words of keys, '|' between them; NULL: the default */
};

void secrets_add(struct secrets *secrets, struct str text);
/* All strings (and numbers) in it. */
void secrets_add_value(struct secrets *secrets, struct value v);
/* "password", "db_passwd", "ssl_key", "api-token": by words of the key. */
bool secrets_is_key(const struct secrets *secrets, struct str key);
/* Every value under a key that looks secret, anywhere in v; and all below a key `secrets`. */
void secrets_scan(struct secrets *secrets, struct value v);
/* Appends text with the secrets in it as "***". */
void secrets_mask(struct secrets *secrets, struct str text, struct buf *buf);
/* A copy of v with all strings masked, and values under secret keys as "***". */
struct value secrets_mask_value(struct secrets *secrets, struct heap *heap, struct value v);
void secrets_done(struct secrets *secrets);
