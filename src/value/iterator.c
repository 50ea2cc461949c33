/* iterator.c - what can be gone through once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/iterator.h"

#include "base/banned.h"

struct iterator {
	struct object object;
	const char *name; /* NULL: its type says all */
	struct list *items;
	size_t i;
	const char *why; /* what stands behind the last item; NULL: the end */
};

static int iterator_at(struct heap *heap, struct object *object, size_t i, struct value *ret_value,
		       struct err *err)
{
	struct iterator *iterator = (void *)object;

	if (iterator->i < iterator->items->n) {
		*ret_value = iterator->items->items[iterator->i++];
		return 1;
	}
	if (!iterator->why)
		return 0;
	err_set(err, ERR_INPUT, "%s", iterator->why);
	iterator->why = NULL; /* a generator that failed is at its end */
	return -1;
}

/* Without an address: what a template prints is the same every time. */
static int iterator_print(struct heap *heap, struct object *object, struct buf *buf,
			  struct err *err)
{
	const struct iterator *iterator = (const void *)object;

	buf_printf(buf, "<%s object%s%s at 0x7f0000000000>", object->type->name,
		   iterator->name ? " " : "", iterator->name ? iterator->name : "");
	return 0;
}

#define ITERATOR_TYPE(symbol, type_name)    \
	const struct object_type symbol = { \
		.name = (type_name),        \
		.at = iterator_at,          \
		.print = iterator_print,    \
	}

ITERATOR_TYPE(generator_type, "generator");
ITERATOR_TYPE(reversed_type, "list_reverseiterator");
ITERATOR_TYPE(zip_type, "zip");
ITERATOR_TYPE(product_type, "itertools.product");
ITERATOR_TYPE(zip_longest_type, "itertools.zip_longest");
ITERATOR_TYPE(compress_type, "itertools.compress");
ITERATOR_TYPE(combinations_type, "itertools.combinations");
ITERATOR_TYPE(combinations_again_type, "itertools.combinations_with_replacement");
ITERATOR_TYPE(permutations_type, "itertools.permutations");

struct value value_iterator(struct heap *heap, const struct object_type *type, const char *name,
			    struct list *items, const struct err *why)
{
	struct iterator *iterator = heap_alloc(heap, sizeof(*iterator));

	iterator->object.type = type;
	iterator->name = name;
	iterator->items = items;
	iterator->why = why && err_is_set(why) ? heap_strdup(heap, str_of(err_text(why))) : NULL;
	return value_of_object(&iterator->object);
}
