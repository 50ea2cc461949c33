/* names.c - one pointer for equal names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse.h"

#include <stdlib.h>

#include "base/random.h"
#include "tmpl/words.h"

#include "base/banned.h"

#define SLOTS_FIRST 256 /* a power of two, as every later size; the words fill a quarter */

#define TMPL_WORD_TEXT(name, text) STR(text),
static const struct str words[] = {{NULL, 0}, TMPL_WORDS(TMPL_WORD_TEXT)};
#undef TMPL_WORD_TEXT

/* Multiply and fold, eight bytes a turn, from a start that nobody can guess. */
static uint32_t name_hash(uint64_t seed, struct str name)
{
	uint64_t hash = seed ^ name.len;

	for (; name.len > 0;) {
		uint64_t bytes = 0;
		size_t n = name.len < sizeof(bytes) ? name.len : sizeof(bytes);

		memcpy(&bytes, name.ptr, n);
		hash = (hash ^ bytes) * 0x9e3779b97f4a7c15; /* 2^64 over the golden ratio */
		hash ^= hash >> 32;
		name.ptr += n;
		name.len -= n;
	}
	return (uint32_t)hash;
}

/* Where the name is, or where it belongs. */
static struct name_slot *slot_of(const struct names *names, struct str name, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		struct name_slot *slot = &names->slots[i & (names->n_slots - 1)];
		if (!slot->text || (slot->hash == hash && slot->len == name.len &&
				    !memcmp(slot->text, name.ptr, name.len)))
			return slot;
	}
}

static void names_grow(struct names *names)
{
	struct names old = *names;

	names->n_slots = old.n_slots ? old.n_slots * 2 : SLOTS_FIRST;
	names->slots = xcalloc(names->n_slots, sizeof(*names->slots));
	for (size_t i = 0; i < old.n_slots; i++) {
		const struct name_slot *slot = &old.slots[i];
		if (slot->text)
			*slot_of(names, (struct str){slot->text, slot->len}, slot->hash) = *slot;
	}
	free(old.slots);
}

static void names_begin(struct names *names)
{
	random_bytes(&names->seed, sizeof(names->seed));
	names_grow(names);
	for (uint32_t i = 1; i < N_WORDS; i++) {
		uint32_t hash = name_hash(names->seed, words[i]);
		*slot_of(names, words[i], hash) = (struct name_slot){.text = words[i].ptr,
								     .len = (uint32_t)words[i].len,
								     .hash = hash,
								     .word = i};
		names->n++;
	}
}

struct name_slot *names_slot(struct names *names, struct heap *heap, struct str name)
{
	if (!names->n_slots)
		names_begin(names);
	uint32_t hash = name_hash(names->seed, name);
	struct name_slot *slot = slot_of(names, name, hash);
	if (slot->text)
		return slot;
	if (names->n * 2 >= names->n_slots) {
		names_grow(names);
		slot = slot_of(names, name, hash);
	}
	names->n++;
	*slot = (struct name_slot){
		.text = heap_strdup(heap, name), .len = (uint32_t)name.len, .hash = hash};
	return slot;
}

const char *names_intern(struct names *names, struct heap *heap, struct str name)
{
	return names_slot(names, heap, name)->text;
}

void names_done(struct names *names)
{
	free(names->slots);
	*names = (struct names){0};
}

const char *word_text(enum word word)
{
	return words[word].ptr;
}
