/* yaml_private.h - what a plain scalar stands for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/node.h"

/* Sets kind and value of a zeroed node; NODE_STRING (the value is the caller's) when the text is
 * nothing else. */
void yaml_resolve(struct str text, struct node *node);
