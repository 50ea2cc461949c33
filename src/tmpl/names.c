/* names.c - one pointer for equal names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse.h"

#include "base/banned.h"

const char *names_intern(struct names *names, struct heap *heap, struct str name)
{
	char *copy = heap_strdup(heap, name);
	const char *known = map_get(&names->map, copy);

	if (known)
		return known;
	map_set(&names->map, copy, copy);
	return copy;
}

void names_done(struct names *names)
{
	map_done(&names->map);
}
