/* mapping.h - files that options name: a mapping as YAML or JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/diag.h"
#include "value/value.h"

/* By the ending of its name: .json is JSON, all else YAML; "-" is stdin. An empty file is an empty
 * mapping. The path lives as long as the diag. */
int mapping_read(struct heap *heap, const char *path, struct dict **ret_dict,
		 struct diag *diag) must_check;
