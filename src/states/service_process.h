/* service_process.h - a service known by the command line of its process.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/world.h"

/* Whether a process has `pattern` (a regular expression) in its command line: the words with a
 * blank between two, "[name]" of one that has none. We ourselves do not count. ERR_INPUT: no
 * regular expression; ERR_*: there is no /proc. */
int process_runs(struct world *world, struct str pattern, bool *ret_runs,
		 struct err *err) must_check;
