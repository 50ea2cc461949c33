/* dict.c - dicts: a dense array in the order of insertion, and an index once it is large.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Small dicts are searched one by one and their hashes are not computed: most dicts of a pillar
 * stay small. Entries get their hashes when the index is made. */
#include "value/dict.h"

#include <assert.h>
#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

#define CAPACITY_FIRST 4
#define SMALL          8 /* entries without an index: one look at each costs less than a hash */
#define SLOT_FREE      0
#define NOWHERE        UINT32_MAX

struct dict *dict_new(struct heap *heap)
{
	return heap_alloc(heap, sizeof(struct dict));
}

static bool key_same(struct value a, struct value b)
{
	if (a.kind == VALUE_STRING && b.kind == VALUE_STRING)
		return a.len == b.len && (a.text == b.text || memcmp(a.text, b.text, a.len) == 0);
	return value_same(a, b);
}

static uint32_t slot_search(const struct dict *dict, struct value key, uint64_t hash)
{
	uint32_t mask = dict->index_size - 1;

	for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
		uint32_t slot = dict->index[i];

		if (slot == SLOT_FREE)
			return NOWHERE;
		if (dict->entries[slot - 1].hash == hash &&
		    key_same(dict->entries[slot - 1].key, key))
			return i;
	}
}

/* The entry's number, or NOWHERE. *ret_hash is filled when there is an index. */
static uint32_t entry_search(const struct dict *dict, struct value key, uint64_t *ret_hash)
{
	if (dict->index) {
		uint32_t slot;

		if (hash_try(key, ret_hash))
			return NOWHERE;
		slot = slot_search(dict, key, *ret_hash);
		return slot == NOWHERE ? NOWHERE : dict->index[slot] - 1;
	}
	for (uint32_t i = 0; i < dict->n_entries; i++)
		if (dict->entries[i].key.kind != VALUE_UNDEFINED &&
		    key_same(dict->entries[i].key, key))
			return i;
	return NOWHERE;
}

struct value *dict_find(const struct dict *dict, struct value key)
{
	uint64_t hash;
	uint32_t at = entry_search(dict, key, &hash);

	return at == NOWHERE ? NULL : &dict->entries[at].value;
}

struct value *dict_get_str(const struct dict *dict, struct str key)
{
	return dict_find(dict, value_view(key));
}

struct value *dict_get(const struct dict *dict, const char *key)
{
	return dict_get_str(dict, str_of(key));
}

static void index_add(struct dict *dict, uint32_t at)
{
	uint32_t mask = dict->index_size - 1, i = (uint32_t)dict->entries[at].hash & mask;

	while (dict->index[i] != SLOT_FREE)
		i = (i + 1) & mask;
	dict->index[i] = at + 1;
}

/* Twice the room, without the holes; with an index when there are many. */
static void dict_grow(struct heap *heap, struct dict *dict)
{
	bool had_index = dict->index;
	uint32_t cap = dict->n < CAPACITY_FIRST / 2 ? CAPACITY_FIRST : dict->n * 2;
	struct dict_entry *entries = heap_alloc(heap, cap * sizeof(*entries));
	uint32_t n = 0;

	for (uint32_t i = 0; i < dict->n_entries; i++)
		if (dict->entries[i].key.kind != VALUE_UNDEFINED)
			entries[n++] = dict->entries[i];
	dict->entries = entries;
	dict->n_entries = n;
	dict->cap = cap;
	dict->index = NULL;
	if (cap <= SMALL)
		return;
	/* At most half full. */
	for (dict->index_size = 4 * SMALL; dict->index_size < cap * 2;)
		dict->index_size *= 2;
	dict->index = heap_alloc(heap, dict->index_size * sizeof(*dict->index));
	for (uint32_t i = 0; i < n; i++) {
		int failed = had_index ? 0 : hash_try(entries[i].key, &entries[i].hash);

		assert(!failed);
		index_add(dict, i);
	}
}

void dict_put(struct heap *heap, struct dict *dict, struct value key, struct value v)
{
	uint64_t hash = 0;
	uint32_t at = entry_search(dict, key, &hash);

	if (at != NOWHERE) {
		assert(dict->entries);
		dict->entries[at].value = v;
		return;
	}
	if (dict->n_entries == dict->cap)
		dict_grow(heap, dict);
	assert(dict->entries);
	if (dict->index) {
		int failed = hash_try(key, &hash);

		assert(!failed);
	}
	dict->entries[dict->n_entries] = (struct dict_entry){key, v, hash};
	if (dict->index)
		index_add(dict, dict->n_entries);
	dict->n_entries++;
	dict->n++;
}

void dict_set(struct heap *heap, struct dict *dict, const char *key, struct value v)
{
	struct value *found = dict_get(dict, key);

	if (found)
		*found = v;
	else
		dict_put(heap, dict, value_cstr(heap, key), v);
}

int dict_assign(struct heap *heap, struct dict *dict, struct value key, struct value v,
		struct err *err)
{
	uint64_t hash;

	if (key.kind != VALUE_STRING && value_hash(key, &hash, err))
		return -1;
	/* An undefined key would be a hole. */
	if (key.kind == VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "%s", key.why->message);
	if (dict->n_entries == dict->cap &&
	    heap_room(heap,
		      (size_t)2 * dict->cap * (sizeof(struct dict_entry) + 2 * sizeof(uint32_t)),
		      err))
		return -1;
	dict_put(heap, dict, key, v);
	return 0;
}

/* Fills the hole from behind, so that no probe stops too early (Knuth 6.4, algorithm R). */
static void slot_remove(struct dict *dict, uint32_t hole)
{
	uint32_t mask = dict->index_size - 1;

	for (uint32_t i = (hole + 1) & mask; dict->index[i] != SLOT_FREE; i = (i + 1) & mask) {
		uint32_t home = (uint32_t)dict->entries[dict->index[i] - 1].hash & mask;

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			dict->index[hole] = dict->index[i];
			hole = i;
		}
	}
	dict->index[hole] = SLOT_FREE;
}

bool dict_remove(struct dict *dict, struct value key, struct value *ret_old)
{
	uint64_t hash = 0;
	uint32_t at = entry_search(dict, key, &hash);

	if (at == NOWHERE)
		return false;
	if (dict->index)
		slot_remove(dict, slot_search(dict, key, hash));
	if (ret_old)
		*ret_old = dict->entries[at].value;
	dict->entries[at] = (struct dict_entry){.key = {.kind = VALUE_UNDEFINED}};
	dict->n--;
	/* Holes at the end are given back: popitem in a loop stays quick. */
	while (dict->n_entries && dict->entries[dict->n_entries - 1].key.kind == VALUE_UNDEFINED)
		dict->n_entries--;
	return true;
}

void dict_clear(struct dict *dict)
{
	*dict = (struct dict){.is_ordered = dict->is_ordered};
}

struct dict *dict_copy(struct heap *heap, const struct dict *dict)
{
	struct dict *copy = dict_new(heap);

	copy->is_ordered = dict->is_ordered;
	dict_update(heap, copy, dict);
	return copy;
}

void dict_update(struct heap *heap, struct dict *dict, const struct dict *other)
{
	if (dict == other)
		return;
	dict_foreach(entry, other)
	{
		dict_put(heap, dict, entry->key, entry->value);
	}
}

static struct dict *merge_deep(struct heap *heap, const struct dict *under, const struct dict *over,
			       unsigned depth)
{
	struct dict *merged = dict_copy(heap, under);
	uint64_t max_steps = heap->max_steps ? heap->max_steps : LIMIT_STEPS;

	dict_foreach(entry, over)
	{
		struct value *old = dict_find(merged, entry->key), v = entry->value;

		/* What is too deep or too much is replaced; the next heap_step says so. */
		if (old && old->kind == VALUE_DICT && v.kind == VALUE_DICT && old->dict != v.dict &&
		    depth < LIMIT_DEPTH && heap->steps++ < max_steps)
			v = value_of_dict(merge_deep(heap, old->dict, v.dict, depth + 1));
		dict_put(heap, merged, entry->key, v);
	}
	return merged;
}

struct dict *dict_merge(struct heap *heap, const struct dict *under, const struct dict *over)
{
	return merge_deep(heap, under, over, 0);
}
