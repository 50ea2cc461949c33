/* grains.c - what the system is, read from its files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/world.h"

#include "base/banned.h"

struct dict *grains_collect(struct heap *heap, int rootfd)
{
	return dict_new(heap);
}
