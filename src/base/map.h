/* map.h - a hash table from strings to pointers; keys are copied, values borrowed.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct map_slot {
	char *key; /* NULL: free slot */
	void *value;
	size_t hash;
};

/* A zeroed map is empty and valid. The hash is seeded per process: hostile keys do not help. */
struct map {
	struct map_slot *slots;
	size_t n;
	size_t n_slots;
};

void *map_get(const struct map *map, const char *key); /* NULL: absent (or a NULL value) */
bool map_has(const struct map *map, const char *key);
void *map_set(struct map *map, const char *key, void *value); /* returns the old value or NULL */
void *map_remove(struct map *map, const char *key);           /* returns the value or NULL */
void map_done(struct map *map);                               /* frees keys, not values */
/* Visits in no order: `for (size_t i = 0; map_next(&map, &i, &key, &value);)`. No change meanwhile.
 */
bool map_next(const struct map *map, size_t *i, const char **ret_key, void **ret_value);
#define automap cleanup(map_done)
