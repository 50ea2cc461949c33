/* map.c - open addressing with linear probing over SipHash-1-3.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"

#include "base/banned.h"

#define SLOTS_FIRST 16 /* a power of two, as every later size */

/* The seed of the process: written once, then constant. */
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;
static uint64_t seed[2];

static void seed_fill(void)
{
	random_bytes(seed, sizeof(seed));
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

/* SipHash (Aumasson, Bernstein 2012) with one round a word and three at the end. */
static size_t key_hash(const char *key)
{
	pthread_once(&seed_once, seed_fill);
	uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
			 seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573};
	size_t len = strlen(key);
	for (size_t left = len;; key += sizeof(uint64_t), left -= sizeof(uint64_t)) {
		bool last = left < sizeof(uint64_t);
		uint64_t word = last ? (uint64_t)len << 56 : 0;
		for (size_t i = 0; i < (last ? left : sizeof(uint64_t)); i++)
			word |= (uint64_t)(unsigned char)key[i] << (8 * i);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
		if (last)
			break;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return (size_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/* The slot of the key, or the free one where it belongs. The map has slots. */
static struct map_slot *slot_find(const struct map *map, const char *key, size_t hash)
{
	size_t mask = map->n_slots - 1;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct map_slot *slot = &map->slots[i];
		if (!slot->key || (slot->hash == hash && strcmp(slot->key, key) == 0))
			return slot;
	}
}

static const struct map_slot *slot_get(const struct map *map, const char *key)
{
	const struct map_slot *slot = map->n ? slot_find(map, key, key_hash(key)) : NULL;
	return slot && slot->key ? slot : NULL;
}

void *map_get(const struct map *map, const char *key)
{
	const struct map_slot *slot = slot_get(map, key);
	return slot ? slot->value : NULL;
}

bool map_has(const struct map *map, const char *key)
{
	return slot_get(map, key) != NULL;
}

static void map_grow(struct map *map)
{
	struct map grown = {.n = map->n, .n_slots = map->n_slots ? map->n_slots * 2 : SLOTS_FIRST};
	grown.slots = xcalloc(grown.n_slots, sizeof(*grown.slots));
	for (size_t i = 0; i < map->n_slots; i++) {
		const struct map_slot *slot = &map->slots[i];
		if (slot->key)
			*slot_find(&grown, slot->key, slot->hash) = *slot;
	}
	free(map->slots);
	*map = grown;
}

void *map_set(struct map *map, const char *key, void *value)
{
	if (map->n + 1 > map->n_slots / 4 * 3)
		map_grow(map);
	size_t hash = key_hash(key);
	struct map_slot *slot = slot_find(map, key, hash);
	void *old = slot->value;
	if (!slot->key) {
		*slot = (struct map_slot){.key = xstrdup(key), .hash = hash};
		map->n++;
	}
	slot->value = value;
	return old;
}

/* Fills the hole from behind, so that no probe stops too early (Knuth 6.4, algorithm R). */
static void hole_close(struct map *map, size_t hole)
{
	size_t mask = map->n_slots - 1;
	for (size_t i = (hole + 1) & mask; map->slots[i].key; i = (i + 1) & mask) {
		size_t home = map->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->slots[hole] = (struct map_slot){0};
}

void *map_remove(struct map *map, const char *key)
{
	const struct map_slot *slot = slot_get(map, key);
	if (!slot)
		return NULL;
	void *value = slot->value;
	free(slot->key);
	hole_close(map, (size_t)(slot - map->slots));
	map->n--;
	return value;
}

void map_done(struct map *map)
{
	for (size_t i = 0; i < map->n_slots; i++)
		free(map->slots[i].key);
	free(map->slots);
	*map = (struct map){0};
}

bool map_next(const struct map *map, size_t *i, const char **ret_key, void **ret_value)
{
	for (; *i < map->n_slots; ++*i) {
		const struct map_slot *slot = &map->slots[*i];
		if (!slot->key)
			continue;
		*ret_key = slot->key;
		*ret_value = slot->value;
		++*i;
		return true;
	}
	return false;
}
