/* verbs_stats.h - figures of processes, as circus tells them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/control_private.h"

/* In a copy of us (call_aside): members of the answer, or 1 with call->reason. */
int work_stats(struct call *call);
int work_dstats(struct call *call);
void bytes_human(uint64_t bytes, char out[32]); /* "12B", "3.50M": powers of 1024 */
void ticks_human(double seconds, char out[32]); /* "1:02.34": minutes, seconds */
