/* test_arena.c - memory that dies together.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>

#include "testing/test.h"

TEST(an_unused_arena_is_done_at_once)
{
	struct arena arena = {0};
	arena_done(&arena);
	arena_done(&arena);
}

TEST(pieces_are_zeroed_aligned_and_apart)
{
	autoarena struct arena arena = {0};
	unsigned char *pieces[600];
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		arena_strdup(&arena, "x"); /* texts are not aligned: what follows must be */
		pieces[i] = arena_alloc(&arena, i);
		CHECK_INT((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t byte = 0; byte < i; byte++)
			CHECK_INT(pieces[i][byte], 0);
		memset(pieces[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		for (size_t byte = 0; byte < i; byte++)
			CHECK_INT(pieces[i][byte], i & 0xff);
	}
}

TEST(a_large_piece_does_not_end_the_current_chunk)
{
	autoarena struct arena arena = {0};
	char *small = arena_strdup(&arena, "small");
	char *large = arena_alloc(&arena, (size_t)1 << 20);
	memset(large, 'x', (size_t)1 << 20);
	char *next = arena_strdup(&arena, "next");
	CHECK_STR(small, "small");
	CHECK_STR(next, "next");
	CHECK_INT(large[((size_t)1 << 20) - 1], 'x');
}

TEST(texts_are_copied)
{
	autoarena struct arena arena = {0};
	CHECK_STR(arena_str(&arena, (struct str){"hull and", 4}), "hull");
	CHECK_STR(arena_str(&arena, (struct str){0}), "");
	CHECK_STR(arena_strdup(&arena, NULL), NULL);
	CHECK_STR(arena_printf(&arena, "%s:%d", "line", 7), "line:7");
}
