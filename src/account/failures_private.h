/* failures_private.h - how often whom, in memory that does not grow.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sets of a few entries, chosen by a keyed digest. In a full set the one with the fewest failures
 * gives way, and the newcomer takes its count along ("space saving", Metwally and others 2005):
 * flooding the table with new names forgives nobody. Failures leak away with time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tag { /* what is counted: 128 bits of a keyed digest */
	uint64_t high, low;
};
struct failure {
	struct tag tag;
	uint32_t n;
	int64_t leaked_at_ms, blocked_until_ms;
};
struct failures {
	struct failure *entries; /* LIMIT_GUARD_FAILURES */
	uint32_t n_free;         /* failures before waiting begins */
	int64_t leak_ms;         /* one failure is forgotten after so long */
	int64_t max_delay_ms;
};
void failures_init(struct failures *failures, uint32_t n_free, int64_t leak_ms,
		   int64_t max_delay_ms);
void failures_done(struct failures *failures);
/* How long it must wait, in ms; 0: not at all. ret_n: how many failures are left. */
int64_t failures_wait(struct failures *failures, struct tag tag, int64_t now_ms, uint32_t *ret_n);
void failures_add(struct failures *failures, struct tag tag, int64_t now_ms);
void failures_forget(struct failures *failures, struct tag tag);
