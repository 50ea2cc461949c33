/* program.h - other programs, found and run below the world's root.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/run.h"

/* Where PATH, or else the usual directories, has an executable of that name; in the world's heap.
 * NULL: nowhere. A name with a slash is looked at as it stands. */
const char *program_find(struct world *world, const char *name);
/* Runs the words (they end with NULL) as they are: no shell reads them. options NULL: root, in
 * "/". ERR_MISSING: no such program. ret_outcome is the caller's to be done. */
int program_run(struct world *world, const char *const *words,
		const struct command_options *options, struct command_outcome *ret_outcome,
		struct err *err) must_check;
/* The same for those who only ask whether it worked: ERR_SYSTEM with what it said on stderr (or
 * stdout) and its status. */
int program_must(struct world *world, const char *const *words,
		 const struct command_options *options, struct err *err) must_check;
/* What it said, for messages: stderr, else stdout, else "exit status N"; in the heap. */
const char *program_complaint(struct heap *heap, const struct command_outcome *outcome);
