/* filter_group.c - groupby, and the pairs that it makes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"

#include "base/banned.h"

/* A tuple of two whose parts have names: .grouper and .list. */
struct group {
	struct object object;
	struct value parts[2];
};

static struct value *group_part(struct object *object, size_t i)
{
	return &((struct group *)object)->parts[i];
}

static int group_attribute(struct heap *heap, struct object *object, struct str name,
			   struct value *ret_value, struct err *err)
{
	bool is_list = str_is(name, "list");

	if (!is_list && !str_is(name, "grouper"))
		return 0;
	*ret_value = *group_part(object, is_list);
	return 1;
}

static int group_at(struct heap *heap, struct object *object, size_t i, struct value *ret_value,
		    struct err *err)
{
	if (i > 1)
		return 0;
	*ret_value = *group_part(object, i);
	return 1;
}

static int group_item(struct heap *heap, struct object *object, struct value key,
		      struct value *ret_value, struct err *err)
{
	if (value_is_string(key))
		return group_attribute(heap, object, value_bytes(key), ret_value, err);
	if (key.kind != VALUE_INT || key.integer < -2 || key.integer > 1)
		return 0;
	return group_at(heap, object, (size_t)(key.integer + (key.integer < 0 ? 2 : 0)), ret_value,
			err);
}

static int group_print(struct heap *heap, struct object *object, struct buf *buf, struct err *err)
{
	return value_print_repr(heap, value_tuple(heap, group_part(object, 0), 2), buf, err);
}

static int64_t group_length(struct object *object)
{
	return 2;
}

static bool group_equal(struct object *a, struct object *b)
{
	return a->type == b->type && value_same(*group_part(a, 0), *group_part(b, 0)) &&
	       value_same(*group_part(a, 1), *group_part(b, 1));
}

static const struct object_type group_type = {
	.name = "_GroupTuple",
	.attribute = group_attribute,
	.item = group_item,
	.print = group_print,
	.at = group_at,
	.length = group_length,
	.equal = group_equal,
};

static struct value group_new(struct heap *heap, struct value grouper, struct list *list)
{
	struct group *group = heap_alloc(heap, sizeof(*group));

	group->object.type = &group_type;
	group->parts[0] = grouper;
	group->parts[1] = value_of_list(list);
	return value_of_object(&group->object);
}

/* The groups of what is sorted: a group's name is as its first item writes it. */
static int groups_of(struct call *call, const struct sort_key *key, const struct list *sorted,
		     struct list *groups, struct err *err)
{
	struct heap *heap = call->heap;
	struct list *group = NULL;
	struct value last = value_none(), part, name;
	bool is_same = false;

	for (size_t i = 0; i < sorted->n; i++) {
		if (key_get(call, key, sorted->items[i], &part, err) ||
		    (group && value_equal(heap, last, part, &is_same, err)))
			return -1;
		if (!group || !is_same) {
			if (path_get(heap, &key->path, sorted->items[i], key->fallback, &name, err))
				return -1;
			group = list_new(heap, 0);
			list_push(heap, groups, group_new(heap, name, group));
		}
		list_push(heap, group, sorted->items[i]);
		last = part;
	}
	return 0;
}

int filter_groupby(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"attribute", PARAM_REQUIRED},
					      {"default", PARAM_OPTIONAL},
					      {"case_sensitive", PARAM_OPTIONAL},
					      {NULL}};
	struct heap *heap = call->heap;
	struct sort_key key = {.fallback = value_none()};
	struct list *items, *keys = list_new(heap, 0), *sorted, *groups = list_new(heap, 0);
	struct value v[4], part;

	if (call_bind(call, "do_groupby", params, v, err) ||
	    path_parse(heap, v[1], &key.path, err) || value_to_list(heap, v[0], &items, err) ||
	    arg_bool(heap, v[3], false, &key.is_case_sensitive, err))
		return -1;
	key.fallback = v[2];
	for (size_t i = 0; i < items->n; i++) {
		if (heap_step(heap, err) || key_get(call, &key, items->items[i], &part, err))
			return -1;
		list_push(heap, keys, part);
	}
	if (sort_by_keys(heap, keys, items, false, &sorted, err) ||
	    groups_of(call, &key, sorted, groups, err))
		return -1;
	*ret_value = value_of_list(groups);
	return 0;
}
