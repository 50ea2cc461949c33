/* arguments.h - a state's arguments into its own struct, by its table.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/chunk.h"

const struct state_arg *state_arg_find(const struct state_def *def, const char *name);

struct argument { /* as given */
	const char *name;
	struct value value;
	struct src_pos at;
};

struct arguments {
	const struct argument *items;
	size_t n;
	struct src_pos at; /* of the state */
};

/* Fills a new struct of the def's size, and the extra arguments of states that take them (NULL when
 * there are none). Findings are told: wrong types, missing and refused arguments are errors;
 * unknown ones warnings, or errors when the world is strict or one typo away. Returns -1 after an
 * error. */
int arguments_decode(struct world *world, const struct state_def *def,
		     const struct arguments *arguments, struct diags *findings,
		     const void **ret_decoded, struct dict **ret_extra) must_check;
