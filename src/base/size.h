/* size.h - byte counts as people write and read them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define SIZE_TEXT_MAX 24
void size_format(uint64_t bytes,
		 char out[SIZE_TEXT_MAX]); /* docker: 1000-based, "1.24kB", "72MB" */
bool size_parse(struct str text,
		uint64_t *ret_bytes); /* docker: 1024-based, "512m", "1g", "64kb" */
