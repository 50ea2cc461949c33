/* variables.h - names and values of an environment, each with where it came from.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "ini/model.h"

struct variable {
	const char *assignment; /* NAME=value */
	size_t name_len;
	struct src_pos pos; /* line 0: inherited */
};
/* `below` is asked for what is not there, but is not part of it. Texts live where the caller says.
 */
struct variables {
	struct arena *arena; /* of the items */
	struct variable *items;
	size_t n, cap;
	const struct variables *below;
};

/* texts: where NAME=value is kept. */
void variables_set(struct arena *texts, struct variables *env, const char *name, const char *value,
		   struct src_pos pos);
void variables_add(struct variables *env, const char *assignment, struct src_pos pos);
/* Of a whole environment, which has each name once. */
void variables_append(struct variables *env, const char *assignment, struct src_pos pos);
void variables_copy(struct arena *arena, struct variables *dst, const struct variables *src);
void variables_unset(struct variables *env, const char *glob);
/* NULL: not set. Borrowed. */
const char *variables_get(const struct variables *env, struct str name);
const char *variables_get_nocase(const struct variables *env, struct str name);
/* Ends with NULL; *ret_origins goes with it, and ends nowhere. */
const char **variables_array(struct arena *arena, const struct variables *env,
			     const struct src_pos **ret_origins);
bool is_variable_name(struct str name); /* a letter or _, then letters, digits and _ */

/* Native: ${NAME}, ${NAME:-text}, ${NAME-text}, ${NAME:?text}; $${ stands for ${. A name that is
 * not set is an error. */
int variables_fill(const char *text, const struct variables *env, struct buf *out,
		   struct err *err) must_check;
/* Circus: $(circus.env.NAME) and ((circus.env.NAME)) in any case; unknown names stay. */
void circus_env_fill(const char *text, const struct variables *env, struct buf *out);
/* Circus, in values of variables: $NAME in upper case; unset is empty. */
void circus_dollar_fill(const char *text, const struct variables *env, struct buf *out);
