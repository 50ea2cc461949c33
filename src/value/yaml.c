/* yaml.c - values from the reader of state files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/yaml.h"

#include "base/banned.h"

struct maker {
	struct heap *heap;
	bool copies; /* the tree goes before the heap */
};

static struct value make(const struct maker *maker, struct marked *node);

static struct value make_text(const struct maker *maker, const struct marked *node)
{
	struct value text =
		maker->copies ? value_text(maker->heap, node->text) : value_view(node->text);

	if (node->is_binary)
		text.flags |= VALUE_RAW;
	return text;
}

static struct value make_tuple(const struct maker *maker, const struct marked *pair)
{
	struct value both[2] = {make(maker, pair->list.items[0]), make(maker, pair->list.items[1])};

	return value_tuple(maker->heap, both, ARRAY_LEN(both));
}

static struct value make_list(const struct maker *maker, struct marked *node)
{
	if (node->is_tuple)
		return make_tuple(maker, node);
	if (!node->converted) {
		struct list *list = list_new(maker->heap, node->list.n);
		node->converted = list;
		for (size_t i = 0; i < node->list.n; i++)
			list_push(maker->heap, list, make(maker, node->list.items[i]));
	}
	return value_of_list(node->converted);
}

static struct value make_dict(const struct maker *maker, struct marked *node)
{
	if (!node->converted) {
		struct dict *dict = dict_new(maker->heap);
		node->converted = dict;
		dict->is_ordered = !maker->copies; /* load_yaml and its kin give plain ones */
		for (size_t i = 0; i < node->map.n; i++)
			dict_put(maker->heap, dict, make(maker, node->map.items[i].key),
				 make(maker, node->map.items[i].value));
	}
	return value_of_dict(node->converted);
}

/* The depth is bounded by the reader. */
static struct value make(const struct maker *maker, struct marked *node)
{
	switch (node->kind) {
	case MARKED_BOOL: return value_bool(node->boolean);
	case MARKED_INT: return value_int(node->integer);
	case MARKED_FLOAT: return value_float(node->number);
	case MARKED_STRING: return make_text(maker, node);
	case MARKED_LIST: return make_list(maker, node);
	case MARKED_MAP: return make_dict(maker, node);
	case MARKED_NULL: break;
	}
	return value_none();
}

struct value value_from_marked(struct heap *heap, struct marked *node)
{
	struct maker maker = {.heap = heap};

	return make(&maker, node);
}

int value_parse_yaml(struct heap *heap, struct str text, const char *file, struct value *ret_value,
		     struct diag *diag)
{
	/* A tree of its own that goes at once: what stays is counted by the heap. */
	autoarena struct arena arena = {0};
	struct maker maker = {.heap = heap, .copies = true};
	struct marked_options options = {.file = file};
	autoerr struct err err = {0};
	struct marked *root = NULL;

	if (heap_room(heap, text.len, &err))
		return diag_take(diag, (struct src_pos){.file = file}, &err);
	if (marked_parse(&arena, text, &options, &root, diag)) {
		diag_quote(diag, text);
		return -1;
	}
	*ret_value = make(&maker, root);
	return 0;
}

int value_from_yaml(struct heap *heap, struct str text, const char *file, struct value *ret_value,
		    struct err *err)
{
	autodiag struct diag diag = {0};

	return value_parse_yaml(heap, text, file, ret_value, &diag) ? diag_to_err(&diag, err) : 0;
}
