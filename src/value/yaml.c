/* yaml.c - values from the reader of state files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/yaml.h"

#include "base/banned.h"

struct value value_from_marked(struct heap *heap, struct marked *node)
{
	return value_none();
}

int value_from_yaml(struct heap *heap, struct str text, const char *file, struct value *ret_value,
		    struct err *err)
{
	struct marked_options options = {.file = file};
	struct diag diag cleanup(diag_clear) = {0};
	struct marked *root = NULL;

	if (marked_parse(&heap->arena, text, &options, &root, &diag))
		return diag_to_err(&diag, err);
	*ret_value = value_from_marked(heap, root);
	return 0;
}

int value_to_yaml(struct heap *heap, struct value v, bool flow, struct buf *buf, struct err *err)
{
	return value_print_repr(heap, v, buf, err);
}
