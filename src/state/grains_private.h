/* grains_private.h - the families of grains.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/world.h"
#include "value/list.h"

void grain_text(struct heap *heap, struct dict *grains, const char *name, struct str text);
/* A small file below the root; false: it is not there, or not readable. */
bool grain_file(int rootfd, const char *path, struct buf *ret_text);

void os_grains(struct heap *heap, struct dict *grains, int rootfd, const char *machine);
void network_grains(struct heap *heap, struct dict *grains, int rootfd);
