/* format_resolve.c - {placeholders} of a project's configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/project.h"

#include "base/banned.h"

void format_resolve(struct heap *heap, struct dict *data, struct dict *cfg) {}

struct value format_resolve_value(struct heap *heap, struct value v, struct dict *mapping)
{
	return v;
}
