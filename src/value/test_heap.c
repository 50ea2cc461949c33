/* test_heap.c - the bounds of a run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "value/heap.h"
#include "value/limits.h"

#include "base/banned.h"

TEST(a_heap_counts_and_refuses_what_is_too_large)
{
	autoheap struct heap heap = {.max = 1000};
	autoerr struct err err = {0};

	CHECK_STR(heap_printf(&heap, "%d bottles", 99), "99 bottles");
	CHECK_OK(heap_room(&heap, 900, &err), &err);
	CHECK(heap_room(&heap, 1000, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);
	CHECK(heap_room(&heap, LIMIT_VALUE_BYTES + 1, &err) < 0);
}

TEST(evaluation_ends_after_its_steps)
{
	autoheap struct heap heap = {.max_steps = 3};
	autoerr struct err err = {0};

	for (int i = 0; i < 3; i++)
		CHECK_OK(heap_step(&heap, &err), &err);
	CHECK(heap_step(&heap, &err) < 0);
	CHECK_STR(err_text(&err), "more than 3 steps of evaluation");
}
