/* filters.h - the filters, tests and global functions that exist.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A filter is a call_fn whose args[0] is what is piped into it; a test the same, giving a bool. */
#pragma once

#include "value/call.h"

struct native_table {
	const struct native_row *rows; /* sorted by name */
	size_t n;
};

/* NULL: there is none. `nearest` (may be NULL) is told what was meant. */
const struct native_row *filter_find(struct str name);
const struct native_row *test_find(struct str name);
const char *filter_nearest(struct str name);
const char *test_nearest(struct str name);
/* Every name, sorted, for `list`. */
struct strlist;
void filter_names(struct strlist *ret_names);
void test_names(struct strlist *ret_names);
/* range, dict, namespace, cycler, joiner, lipsum, and Salt's raise, odict, ifelse,
 * show_full_context: set into `globals`. */
void globals_add(struct heap *heap, struct dict *globals);

/* namespace(): what `set ns.x` assigns to. */
extern const struct object_type namespace_type;
struct dict *namespace_dict(struct object *object);
