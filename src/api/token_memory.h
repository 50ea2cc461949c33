/* token_memory.h - tokens that were believed once, by the digest of their text.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Bounded: a token has eight places where it may be, and takes the one that was least wanted.
 * Whoever knows the digest knows the token: nothing is gained from the timing of a look-up. */
#pragma once

#include <stdatomic.h>

#include "account/token.h"

struct known_token {
	atomic_uint refs;
	struct subject subject;
	bool is_own; /* issued here, so that our rules know its account */
};
struct known_token *known_token_ref(struct known_token *token);
void known_token_unref(struct known_token *token); /* NULL is fine */

struct token_memory;
struct token_memory *token_memory_new(void);
void token_memory_free(struct token_memory *memory); /* NULL is fine */
/* A reference to what is known and not expired at now_s; NULL: none. */
struct known_token *token_memory_get(struct token_memory *memory, struct str text, int64_t now_s);
/* Takes the subject; a reference to what is remembered now, unless it is too large for that. */
struct known_token *token_memory_put(struct token_memory *memory, struct str text,
				     struct subject *subject, bool is_own, int64_t now_s);
