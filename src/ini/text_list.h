/* text_list.h - a list of texts in a model's arena.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

struct text_list {
	const char **items; /* ends with NULL; NULL while empty */
	size_t n;
};
