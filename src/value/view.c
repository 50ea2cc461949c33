/* view.c - d.keys(), d.values() and d.items().
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/value_private.h"

#include "base/banned.h"

struct value value_of_view(struct heap *heap, struct dict *dict, enum view_kind kind)
{
	struct view *view = heap_alloc(heap, sizeof(*view));

	*view = (struct view){dict, kind};
	return (struct value){.kind = VALUE_VIEW, .view = view};
}
