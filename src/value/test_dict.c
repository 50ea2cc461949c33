/* test_dict.c - dicts keep their order and find their keys, small and large.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "value/dict.h"
#include "value/list.h"

#include "base/banned.h"

TEST(a_dict_keeps_the_order_of_insertion_through_growth_and_holes)
{
	autoheap struct heap heap = {0};
	struct dict *dict = dict_new(&heap);
	int64_t expected = 1;

	for (int i = 0; i < 1000; i++)
		dict_put(&heap, dict, value_int(i), value_int(i * 2));
	for (int i = 0; i < 1000; i += 2)
		CHECK(dict_remove(dict, value_int(i), NULL));
	CHECK(!dict_remove(dict, value_int(0), NULL));
	CHECK_INT(dict->n, 500);
	for (int i = 1001; i < 1500; i += 2)
		dict_put(&heap, dict, value_int(i), value_int(i * 2));
	dict_foreach(entry, dict)
	{
		CHECK_INT(entry->key.integer, expected);
		CHECK_INT(dict_find(dict, entry->key)->integer, expected * 2);
		expected += 2;
	}
	CHECK_INT(expected, 1501);
}

TEST(the_last_entry_can_be_taken_and_put_back_for_ever)
{
	autoheap struct heap heap = {0};
	struct dict *dict = dict_new(&heap);
	size_t used;

	for (int i = 0; i < 20; i++)
		dict_put(&heap, dict, value_int(i), value_none());
	used = heap.used;
	for (int i = 0; i < 100000; i++) {
		CHECK(dict_remove(dict, value_int(19 + i), NULL));
		dict_put(&heap, dict, value_int(20 + i), value_none());
	}
	CHECK_INT(dict->n, 20);
	CHECK_INT(heap.used, used);
}

TEST(keys_that_are_equal_are_the_same_key)
{
	autoheap struct heap heap = {0};

	for (int extra = 0; extra < 50; extra += 49) { /* without and with an index */
		struct dict *dict = dict_new(&heap);
		struct value pair[] = {value_literal("a"), value_float(2.0)},
			     twin[] = {value_cstr(&heap, "a"), value_int(2)};

		for (int i = 0; i < extra; i++)
			dict_put(&heap, dict, value_printf(&heap, "key %d", i), value_none());
		dict_put(&heap, dict, value_int(1), value_literal("one"));
		dict_put(&heap, dict, value_bool(true), value_literal("true"));
		dict_put(&heap, dict, value_float(1.0), value_literal("float"));
		dict_put(&heap, dict, value_tuple(&heap, pair, 2), value_none());
		CHECK_INT(dict->n, extra + 2);
		CHECK(str_is(value_bytes(*dict_find(dict, value_int(1))), "float"));
		CHECK(dict_find(dict, value_tuple(&heap, twin, 2)));
		CHECK(!dict_find(dict, value_literal("1")));
		CHECK(!dict_find(dict, value_of_list(list_new(&heap, 0))));
	}
}

TEST(merging_leaves_both_sides_alone)
{
	autoheap struct heap heap = {0};
	struct dict *under = dict_new(&heap), *over = dict_new(&heap), *inner = dict_new(&heap),
		    *other = dict_new(&heap), *merged;

	dict_set(&heap, inner, "a", value_int(1));
	dict_set(&heap, inner, "b", value_int(2));
	dict_set(&heap, under, "x", value_of_dict(inner));
	dict_set(&heap, under, "y", value_int(3));
	dict_set(&heap, other, "b", value_int(4));
	dict_set(&heap, over, "x", value_of_dict(other));
	dict_set(&heap, over, "y", value_of_dict(other));
	merged = dict_merge(&heap, under, over);
	CHECK_INT(dict_get(dict_get(merged, "x")->dict, "a")->integer, 1);
	CHECK_INT(dict_get(dict_get(merged, "x")->dict, "b")->integer, 4);
	CHECK(dict_get(merged, "y")->kind == VALUE_DICT);
	CHECK_INT(dict_get(inner, "b")->integer, 2);
	CHECK_INT(other->n, 1);
}
