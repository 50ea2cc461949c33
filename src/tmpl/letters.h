/* letters.h - characters as templates tell them apart: white space, parts of names.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Texts are UTF-8; bytes that are not UTF-8 are characters of their own that are neither. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* The length in bytes of the white space character at `text`, before `end`; 0: it is none. */
size_t space_length(const char *text, const char *end);
/* Without the white space at its end. */
struct str space_trim_end(struct str s);
/* The first byte at or after `text` that is no white space. */
const char *space_skip(const char *text, const char *end);
bool space_only(struct str s); /* and not empty */

/* The length in bytes of the name that begins at `text` (NUL-terminated); 0: none. */
size_t name_length(const char *text);
