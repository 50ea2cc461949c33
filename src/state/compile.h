/* compile.h - SLS files to the list of states to be run: includes, extend, exclude, order.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/chunk.h"

/* All SLS named, as one run (one name space of IDs). Every finding is told, with file and line;
 * with an error among them the list is of no use for running. Missing requisites and cycles are
 * findings only when `for_check` (apply reports them as results).
 * Returns -1 only when nothing at all could be compiled. */
struct compile_options {
	const struct state_table *const *states; /* ends with NULL */
	bool for_check;
	bool arguments_too; /* check functions of states are called */
};
int sls_compile(struct world *world, const struct compile_options *options, const char *const *sls,
		size_t n_sls, struct low_list *ret_low, struct diags *findings) must_check;
void low_list_done(struct low_list *low);

/* What the reference puts in front of a fault of a template: "Jinja variable ", "Jinja syntax
 * error: ", "Jinja error: ". */
const char *jinja_phrase(const char *message);

/* state.show_highstate, show_lowstate: as values. */
struct value chunk_to_value(struct heap *heap, const struct chunk *chunk);
struct value low_to_value(struct heap *heap, const struct low_list *low);

const struct state_def *state_find(const struct state_table *const *states, const char *name);
/* Known to Salt but not here, or NULL: the message differs ("known to Salt, not implemented here").
 */
bool state_is_known_elsewhere(const char *name);
const char *state_nearest(const struct state_table *const *states, const char *name);
void state_names(const struct state_table *const *states, struct strlist *ret_names);
