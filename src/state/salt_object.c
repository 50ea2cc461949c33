/* salt_object.c - the mapping `salt`: functions by name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions.h"

#include "base/banned.h"

struct value salt_object(struct world *world)
{
	return value_of_dict(dict_new(world->heap));
}
