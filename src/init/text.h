/* text.h - text into memory of a fixed size: what does not fit is cut and remembered.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct text {
	char *at; /* NUL-terminated when size > 0 */
	size_t len, size;
	bool is_cut;
};
void text_add(struct text *text, const char *fmt, ...) printf_like(2, 3);
