/* failures.c - counting failed logins in memory that does not grow.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/failures_private.h"

#include "account/limits.h"
#include "base/mem.h"

#include "base/banned.h"

#define FIRST_DELAY_MS 1000
#define N_SETS         (LIMIT_GUARD_FAILURES / LIMIT_GUARD_WAYS)
#define N_OVER         10u /* counted beyond the free ones: more changes no delay, but leaks for hours */

void failures_init(struct failures *failures, uint32_t n_free, int64_t leak_ms,
		   int64_t max_delay_ms)
{
	*failures = (struct failures){
		.entries = xcalloc(LIMIT_GUARD_FAILURES, sizeof(*failures->entries)),
		.n_free = n_free,
		.leak_ms = leak_ms > 0 ? leak_ms : 1,
		.max_delay_ms = max_delay_ms,
	};
}

void failures_done(struct failures *failures)
{
	free(failures->entries);
}

static void leak(const struct failures *failures, struct failure *entry, int64_t now_ms)
{
	int64_t n = (now_ms - entry->leaked_at_ms) / failures->leak_ms;

	if (n <= 0 || now_ms < entry->blocked_until_ms)
		return;
	entry->n = n >= entry->n ? 0 : entry->n - (uint32_t)n;
	entry->leaked_at_ms += n * failures->leak_ms;
}

/* The entry of the tag, or NULL; ret_victim: which one gives way. */
static struct failure *find(const struct failures *failures, struct tag tag, int64_t now_ms,
			    struct failure **ret_victim)
{
	struct failure *set = &failures->entries[tag.high % N_SETS * LIMIT_GUARD_WAYS];
	struct failure *victim = set;

	for (unsigned i = 0; i < LIMIT_GUARD_WAYS; i++) {
		struct failure *entry = &set[i];
		leak(failures, entry, now_ms);
		if (entry->n && entry->tag.high == tag.high && entry->tag.low == tag.low)
			return entry;
		if (entry->n < victim->n ||
		    (entry->n == victim->n && entry->blocked_until_ms < victim->blocked_until_ms))
			victim = entry;
	}
	if (ret_victim)
		*ret_victim = victim;
	return NULL;
}

int64_t failures_wait(struct failures *failures, struct tag tag, int64_t now_ms, uint32_t *ret_n)
{
	const struct failure *entry = find(failures, tag, now_ms, NULL);

	*ret_n = entry ? entry->n : 0;
	return entry && entry->blocked_until_ms > now_ms ? entry->blocked_until_ms - now_ms : 0;
}

void failures_add(struct failures *failures, struct tag tag, int64_t now_ms)
{
	struct failure *victim = NULL;
	struct failure *entry = find(failures, tag, now_ms, &victim);

	if (!entry) {
		entry = victim;
		*entry = (struct failure){.tag = tag, .n = victim->n};
		entry->leaked_at_ms = now_ms;
	}
	if (entry->n < failures->n_free + N_OVER)
		entry->n++;
	if (entry->n < failures->n_free)
		return;
	uint32_t doublings = entry->n - failures->n_free;
	int64_t delay = doublings < 20 ? (int64_t)FIRST_DELAY_MS << doublings : INT64_MAX;
	entry->blocked_until_ms =
		now_ms + (delay < failures->max_delay_ms ? delay : failures->max_delay_ms);
}

void failures_forget(struct failures *failures, struct tag tag)
{
	struct failure *entry = find(failures, tag, 0, NULL);
	if (entry)
		*entry = (struct failure){0};
}
