/* census.c - how many connections each address has.
 * SPDX-License-Identifier: Apache-2.0
 *
 * An IPv6 host has a whole /64 to itself, so that is what is counted. There are never more entries
 * than connections. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "http/server_private.h"

#include "base/banned.h"

struct census_entry {
	struct census_entry *next;
	size_t n;
	unsigned char address[16];
};

void census_init(struct census *census)
{
	pthread_mutex_init(&census->lock, NULL);
	random_bytes(&census->seed, sizeof(census->seed));
}

void census_done(struct census *census)
{
	pthread_mutex_destroy(&census->lock);
}

/* The seed keeps a stranger from choosing addresses that meet in one bucket. */
static struct census_entry **census_find(struct census *census, const unsigned char address[16])
{
	uint64_t words[2];
	memcpy(words, address, sizeof(words));
	uint64_t hash = (words[0] ^ census->seed) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ (hash >> 29) ^ words[1]) * UINT64_C(0xbf58476d1ce4e5b9);

	struct census_entry **at = &census->buckets[(hash >> 32) % CENSUS_BUCKETS];
	while (*at && memcmp((*at)->address, address, 16) != 0)
		at = &(*at)->next;
	return at;
}

bool census_enter(struct census *census, const unsigned char address[16], size_t max)
{
	pthread_mutex_lock(&census->lock);
	struct census_entry **at = census_find(census, address);
	if (!*at) {
		*at = xcalloc(1, sizeof(**at));
		memcpy((*at)->address, address, 16);
	}
	bool is_welcome = (*at)->n < max;
	if (is_welcome)
		(*at)->n++;
	pthread_mutex_unlock(&census->lock);
	return is_welcome;
}

void census_leave(struct census *census, const unsigned char address[16])
{
	pthread_mutex_lock(&census->lock);
	struct census_entry **at = census_find(census, address);
	struct census_entry *entry = *at;
	if (entry && --entry->n == 0) {
		*at = entry->next;
		free(entry);
	}
	pthread_mutex_unlock(&census->lock);
}
