/* iterator.h - what can be gone through once: Python's generators and their kin.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Its items were made beforehand; what failed while they were made fails when somebody comes to
 * that place, as if they were made then. It is true, has no length and no items by number. */
#pragma once

#include "value/call.h"

extern const struct object_type generator_type, reversed_type, zip_type, product_type,
	zip_longest_type, compress_type, combinations_type, combinations_again_type,
	permutations_type;

/* `items` is taken; `name` is a generator's function, as it is shown. `why` NULL: nothing failed;
 * its text is kept. */
struct value value_iterator(struct heap *heap, const struct object_type *type, const char *name,
			    struct list *items, const struct err *why);
