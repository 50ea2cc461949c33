/* hash.c - hashes of values: what is equal hashes alike, and nobody outside can foresee them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The multiplications are those of wyhash (Wang Yi, public domain): 64 by 64 to 128 bits, both
 * halves folded together. The seed is the kernel's random bytes for this process. */
#include <math.h>
#include <string.h>
#include <sys/auxv.h>

#include "value/value_private.h"

#include "base/banned.h"

#define SECRET_0 0xa0761d6478bd642fULL
#define SECRET_1 0xe7037ed1a0b428dbULL

/* Written before main, then constant. */
static uint64_t seed = SECRET_0;

__attribute__((constructor)) static void seed_fill(void)
{
	/* AT_RANDOM, getauxval(3): 16 bytes */
	const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);
	uint64_t words[2] = {0};

	if (random)
		memcpy(words, random, sizeof(words));
	seed ^= words[0] * SECRET_1 ^ words[1];
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t read_64(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static uint64_t read_32(const char *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

uint64_t hash_bytes(struct str s)
{
	const char *p = s.ptr;
	size_t left = s.len;
	uint64_t state = seed, a = 0, b = 0;

	for (; left > 16; p += 16, left -= 16)
		state = fold(read_64(p) ^ SECRET_1, read_64(p + 8) ^ state);
	if (left >= 8) {
		a = read_64(p);
		b = read_64(p + left - 8);
	} else if (left >= 4) {
		a = read_32(p);
		b = read_32(p + left - 4);
	} else if (left) {
		a = (uint64_t)(unsigned char)p[0] << 16 |
		    (uint64_t)(unsigned char)p[left / 2] << 8 | (unsigned char)p[left - 1];
	}
	return fold(SECRET_1 ^ s.len, fold(a ^ SECRET_1, b ^ state));
}

static uint64_t hash_word(uint64_t word)
{
	return fold(word ^ seed, SECRET_1);
}

static uint64_t hash_number(double number)
{
	uint64_t bits;

	/* 1.0 is 1: they are the same key. 2^63 itself is no int. */
	if (number >= -BEYOND_INT && number < BEYOND_INT && floor(number) == number)
		return hash_word((uint64_t)(int64_t)number);
	memcpy(&bits, &number, sizeof(bits));
	return hash_word(bits);
}

/* *budget bounds tuples that share tuples that share tuples. */
static int hash_deep(struct value v, unsigned depth, unsigned *budget, uint64_t *ret_hash)
{
	uint64_t hash = SECRET_0;

	switch ((enum value_kind)v.kind) {
	case VALUE_NONE: *ret_hash = hash_word(SECRET_0); return 0;
	case VALUE_BOOL:
	case VALUE_INT: *ret_hash = hash_word((uint64_t)value_integer(v)); return 0;
	case VALUE_FLOAT: *ret_hash = hash_number(v.number); return 0;
	case VALUE_STRING: *ret_hash = hash_bytes(value_bytes(v)); return 0;
	case VALUE_TUPLE:
		if (depth == LIMIT_DEPTH)
			return -1;
		for (size_t i = 0; i < v.list->n; i++) {
			uint64_t item;

			if (!*budget || !--*budget ||
			    hash_deep(v.list->items[i], depth + 1, budget, &item))
				return -1;
			hash = fold(hash ^ item, SECRET_1);
		}
		*ret_hash = hash_word(hash);
		return 0;
	case VALUE_OBJECT: *ret_hash = hash_word((uint64_t)(uintptr_t)v.object); return 0;
	case VALUE_RANGE: *ret_hash = hash_word((uint64_t)v.range->start); return 0;
	case VALUE_UNDEFINED: *ret_hash = hash_word(SECRET_1); return 0;
	case VALUE_LIST:
	case VALUE_DICT:
	case VALUE_VIEW: break;
	}
	return -1;
}

int hash_try(struct value key, uint64_t *ret_hash)
{
	unsigned budget = LIMIT_HASH_ITEMS;

	return hash_deep(key, 0, &budget, ret_hash);
}

/* What stands in the way: the first item of a tuple that has no hash, or itself. */
static struct value unhashable_part(struct value v, unsigned depth)
{
	uint64_t hash;

	if (v.kind == VALUE_TUPLE && depth < LIMIT_DEPTH)
		for (size_t i = 0; i < v.list->n; i++)
			if (hash_try(v.list->items[i], &hash))
				return unhashable_part(v.list->items[i], depth + 1);
	return v;
}

int value_hash(struct value v, uint64_t *ret_hash, struct err *err)
{
	struct value part;

	if (!hash_try(v, ret_hash))
		return 0;
	part = unhashable_part(v, 0);
	if (part.kind == VALUE_TUPLE)
		return err_set(err, ERR_LIMIT, "a tuple with too many items in it as a key");
	return err_set(err, ERR_INPUT, "unhashable type: '%s'", value_type_name(part));
}
