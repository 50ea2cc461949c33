/* test_bounds.c - hostile values: circles, depth, and texts that grow.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "value/dict.h"
#include "value/limits.h"
#include "value/list.h"
#include "value/test_expression.h"

#include "base/banned.h"

TEST(circles_print_as_python_prints_them)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	struct list *list = list_new(&heap, 2);
	struct dict *dict = dict_new(&heap);
	bool equal;

	dict_set(&heap, dict, "list", value_of_list(list));
	dict_set(&heap, dict, "self", value_of_dict(dict));
	list_push(&heap, list, value_of_list(list));
	list_push(&heap, list, value_of_dict(dict));
	CHECK_OK(value_print(&heap, value_of_list(list), &buf, &err), &err);
	CHECK_STR(buf_text(&buf), "[[...], {'list': [...], 'self': {...}}]");
	CHECK_OK(value_equal(&heap, value_of_list(list), value_of_list(list), &equal, &err), &err);
	CHECK(equal);
}

/* A list in a list in a list; both items of each are the same one when `wide`. */
static struct value nested(struct heap *heap, int depth, bool wide, bool tuples)
{
	struct value v = value_int(1);

	for (int i = 0; i < depth; i++) {
		struct value items[] = {v, v};

		v = value_tuple(heap, items, wide ? 2 : 1);
		if (!tuples)
			v.kind = VALUE_LIST;
	}
	return v;
}

TEST(depth_is_bounded_in_every_walk)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	struct value a = nested(&heap, 10000, false, true), b = nested(&heap, 10000, false, true);
	uint64_t hash;
	bool equal;
	int order;

	CHECK(value_print(&heap, a, &buf, &err) < 0);
	err_clear(&err);
	CHECK(value_equal(&heap, a, b, &equal, &err) < 0);
	CHECK_STR(err_text(&err), "maximum recursion depth exceeded in comparison");
	err_clear(&err);
	CHECK(value_order(&heap, a, b, &order, &err) < 0);
	err_clear(&err);
	CHECK(value_hash(a, &hash, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);
	CHECK(value_copy(&heap, a, &b, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
}

TEST(values_that_share_their_parts_end_in_time)
{
	autoheap struct heap heap = {.max_steps = 100000};
	autoerr struct err err = {0};
	autobuf struct buf buf = {.max = 1 << 20};
	struct value a = nested(&heap, 100, true, true), b = nested(&heap, 100, true, true), copy;
	uint64_t hash;
	bool equal;

	CHECK(value_equal(&heap, a, b, &equal, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);
	CHECK(!value_same(a, b));
	CHECK(value_hash(a, &hash, &err) < 0);
	err_clear(&err);
	CHECK(value_print(&heap, a, &buf, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);
	heap.steps = 0;
	CHECK_OK(value_copy(&heap, nested(&heap, 100, true, false), &copy, &err), &err);
	CHECK(copy.list->items[0].list == copy.list->items[1].list);
}

TEST(what_would_be_too_large_is_refused_before_it_is_made)
{
	static const char *const expressions[] = {
		"'a' * 99999999999",
		"'ab' * 9223372036854775807",
		"[1] * 99999999999",
		"'a'.center(99999999999)",
		"'a'.ljust(9223372036854775807)",
		"'a'.zfill(99999999999)",
		"'\\t\\t\\t'.expandtabs(9223372036854775807)",
		"'{:99999999999}'.format(1)",
		"'{:.99999999999f}'.format(1.0)",
		"'{:{}}'.format(1, 99999999999)",
		"'%99999999999d' % 1",
		"'%.99999999999f' % 1.5",
		"'%*d' % (99999999999, 1)",
		"('a' * 8000000).replace('a', 'aa')",
		"('a' * 8000000).replace('', 'aa')",
		"('a' * 8000000).join(['a', 'b', 'c'])",
		"('a' * 8000000) + ('a' * 8000000)",
		"('{0}' * 1000).format('a' * 100000)",
		"9223372036854775807 + 1",
		"2 ** 64",
		"-(-9223372036854775807 - 1)",
		"(-9223372036854775807 - 1) // -1",
	};

	for (size_t i = 0; i < ARRAY_LEN(expressions); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		struct value v;

		if (!expression_evaluate(&heap, expressions[i], &v, &err) || err.kind != ERR_LIMIT)
			test_fail(__FILE__, __LINE__, "%s: %s", expressions[i], err_text(&err));
	}
}

TEST(a_dict_that_grows_meanwhile_is_an_error)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct dict *dict = dict_new(&heap);
	struct value_iter iter;
	struct value key;

	dict_set(&heap, dict, "a", value_none());
	CHECK_OK(value_iterate(&heap, value_of_dict(dict), &iter, &err), &err);
	CHECK_INT(value_next(&iter, &key, &err), 1);
	dict_set(&heap, dict, "b", value_none());
	CHECK_INT(value_next(&iter, &key, &err), -1);
	CHECK_STR(err_text(&err), "dictionary changed size during iteration");
}
