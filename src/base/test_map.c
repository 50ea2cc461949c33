/* test_map.c - the hash table against a plain array.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <stdio.h>

#include "testing/test.h"

#define N_KEYS 3000

static int values[N_KEYS];

static const char *key_of(int i, char text[32])
{
	/* Lengths around the eight bytes that are hashed at once. */
	snprintf(text, 32, "%.*s%d", i % 20, "abcdefghijklmnopqrst", i);
	return text;
}

TEST(an_empty_map_has_nothing)
{
	automap struct map map = {0};
	size_t i = 0;
	const char *key;
	void *value;
	CHECK(map_get(&map, "a") == NULL && !map_has(&map, "a") && !map_remove(&map, "a"));
	CHECK(!map_next(&map, &i, &key, &value));
}

TEST(setting_again_returns_the_old_value)
{
	automap struct map map = {0};
	CHECK(map_set(&map, "a", &values[0]) == NULL);
	CHECK(map_set(&map, "a", &values[1]) == &values[0]);
	CHECK_INT(map.n, 1);
	CHECK(map_get(&map, "a") == &values[1]);
}

TEST(a_null_value_is_there)
{
	automap struct map map = {0};
	map_set(&map, "", NULL);
	CHECK(map_has(&map, "") && map_get(&map, "") == NULL);
}

TEST(keys_are_copied)
{
	automap struct map map = {0};
	char key[] = "one";
	map_set(&map, key, &values[1]);
	key[0] = 'x';
	CHECK(map_get(&map, "one") == &values[1] && !map_has(&map, "xne"));
}

static void check_present(const struct map *map, bool (*is_present)(int))
{
	char key[32];
	for (int i = 0; i < N_KEYS; i++) {
		void *want = is_present(i) ? &values[i] : NULL;
		if (map_get(map, key_of(i, key)) != want)
			test_fail(__FILE__, __LINE__, "key %d", i);
	}
}

static bool all(int i)
{
	return i >= 0;
}

static bool odd(int i)
{
	return i % 2 == 1;
}

TEST(many_keys_come_and_go)
{
	automap struct map map = {0};
	char key[32];
	for (int i = 0; i < N_KEYS; i++)
		map_set(&map, key_of(i, key), &values[i]);
	CHECK_INT(map.n, N_KEYS);
	check_present(&map, all);
	for (int i = 0; i < N_KEYS; i += 2)
		CHECK(map_remove(&map, key_of(i, key)) == &values[i]);
	CHECK_INT(map.n, N_KEYS / 2);
	check_present(&map, odd);
	for (int i = 0; i < N_KEYS; i += 2)
		map_set(&map, key_of(i, key), &values[i]);
	check_present(&map, all);
}

TEST(a_visit_sees_each_key_once)
{
	automap struct map map = {0};
	char key[32];
	int n_seen[100] = {0};
	for (int i = 0; i < 100; i++)
		map_set(&map, key_of(i, key), &n_seen[i]);
	const char *seen;
	void *value;
	size_t n = 0;
	for (size_t i = 0; map_next(&map, &i, &seen, &value); n++) {
		++*(int *)value;
		CHECK(map_get(&map, seen) == value);
	}
	CHECK_INT(n, 100);
	for (int i = 0; i < 100; i++)
		CHECK_INT(n_seen[i], 1);
}
