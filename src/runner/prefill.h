/* prefill.h - an empty directory filled from another, whole or not at all.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The copy grows in TARGET/.hull-copy; when it is complete and on the disk that becomes
 * TARGET/.hull-copied and its entries are moved up, then it goes. Whoever is killed on the way
 * leaves one of the two names: an unfinished copy is thrown away and made anew, a finished one is
 * moved up to the end. Both names, and the lost+found of a fresh file system, count as nothing. */
#pragma once

#include <stdbool.h>

#include "runner/tree.h"

/* source -1: fills with nothing. `given`: owner and mode of the target itself when it is filled,
 * -1: those of the source. *ret_filled false: it had content and was left alone. */
int prefill(int source, int target, const struct tree_options *options,
	    const struct ownership *given, bool *ret_filled, struct err *err) must_check;
/* One writer in a directory at a time, also between containers that share it; waits. Where the file
 * system has no such lock, nothing. Freed with the descriptor. */
void target_lock(int dir);
