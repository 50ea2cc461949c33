/* test_node.c - trees: looking up, building, sorting.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/node.h"

#include "base/strlist.h"
#include "doc/json.h"
#include "testing/test.h"

static const char *written(struct arena *arena, const struct node *root)
{
	autobuf struct buf buf = {0};

	json_write(&buf, root, JSON_COMPACT);
	return arena_strdup(arena, buf_text(&buf));
}

static struct node *parsed(struct arena *arena, const char *text)
{
	autoerr struct err err = {0};
	struct node *root = NULL;

	CHECK_OK(json_parse(arena, "test", str_of(text), &root, &err), &err);
	return root;
}

TEST(lookup_walks_maps_by_dotted_names)
{
	autoarena struct arena arena = {0};
	const struct node *root =
		parsed(&arena, "{\"a\":{\"b\":{\"c\":\"deep\",\"n\":7,\"t\":true}},\"l\":[1]}");

	CHECK_STR(node_text(node_lookup(root, "a.b.c")), "deep");
	CHECK_INT(node_get_int(node_lookup(root, "a.b"), "n", -1), 7);
	CHECK(node_get_bool(node_lookup(root, "a.b"), "t", false));
	CHECK(!node_lookup(root, "a.x.c"));
	CHECK(!node_lookup(root, "l.0"));
	CHECK(!node_lookup(root, ""));
	CHECK(!node_text(node_lookup(root, "a.b")));
}

TEST(absent_or_unfit_values_give_the_fallback)
{
	autoarena struct arena arena = {0};
	const struct node *root = parsed(&arena, "{\"s\":\"x\"}");

	CHECK_INT(node_get_int(root, "s", 5), 5);
	CHECK_INT(node_get_int(root, "none", 6), 6);
	CHECK(node_get_bool(root, "s", true));
	CHECK(!node_get_text(root, "none"));
	CHECK(!node_get(NULL, "s"));
	CHECK(!node_text(NULL));
}

TEST(setting_a_key_again_replaces_it_in_place)
{
	autoarena struct arena arena = {0};
	struct node *map = node_new(&arena, NODE_MAP);

	node_set(&arena, map, "a", node_new_int(&arena, 1));
	node_set(&arena, map, "b", node_new_bool(&arena, true));
	node_set(&arena, map, "c", node_new_null(&arena, NODE_LIST));
	node_set_text(&arena, map, "a", "first");
	node_set_text(&arena, map, "c", NULL);
	node_set_text(&arena, map, "d", "last");
	CHECK_STR(written(&arena, map), "{\"a\":\"first\",\"b\":true,\"c\":null,\"d\":\"last\"}");
	CHECK_INT(map->children.n, 4);
}

TEST(texts_become_a_list)
{
	autoarena struct arena arena = {0};
	autostrlist struct strlist texts = {0};

	strlist_add(&texts, "one");
	strlist_add(&texts, "");
	CHECK_STR(written(&arena, node_new_texts(&arena, &texts)), "[\"one\",\"\"]");
}

TEST(sorting_orders_keys_by_bytes_and_nothing_else)
{
	autoarena struct arena arena = {0};
	struct node *map = parsed(&arena, "{\"b\":1,\"a-b\":2,\"a\":{\"z\":1,\"y\":2},\"B\":3}");
	autofree const struct node **sorted = node_sorted(map);

	CHECK_STR(sorted[0]->key.ptr, "B");
	CHECK_STR(map->children.first->key.ptr, "b");
	node_sort(map);
	CHECK_STR(written(&arena, map), "{\"B\":3,\"a\":{\"z\":1,\"y\":2},\"a-b\":2,\"b\":1}");
	node_set_text(&arena, map, "c", "last");
	CHECK_STR(map->children.last->key.ptr, "c");
}

TEST(every_kind_has_a_name)
{
	for (enum node_kind kind = NODE_NULL; kind <= NODE_MAP; kind++)
		CHECK(node_kind_name(kind) && *node_kind_name(kind));
}
