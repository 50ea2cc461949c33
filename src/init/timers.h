/* timers.h - a pairing heap of timers: set and cancel at once, the next one in sight.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/events.h"

struct timers { /* zeroed: none */
	struct timer *root;
};
void timers_add(struct timers *timers, struct timer *timer);    /* due_ns is set, active is not */
void timers_remove(struct timers *timers, struct timer *timer); /* active */
static inline struct timer *timers_first(const struct timers *timers)
{
	return timers->root;
}
