/* letters.h - characters as templates tell them apart: white space, parts of names.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Texts are UTF-8 and NUL-terminated; bytes that are not UTF-8 are characters of their own that are
 * neither. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* The length in bytes of the white space character at `text`, before `end`; 0: it is none. */
size_t space_length(const char *text, const char *end);
/* Without the white space at its end. */
struct str space_trim_end(struct str s);
/* The first byte at or after `text` that is no white space. */
const char *space_skip(const char *text, const char *end);
bool space_only(struct str s); /* and not empty */

/* The length in bytes of the name that begins at `text`; 0: none. */
size_t name_length(const char *text);
/* The character at `text`: its length, at least 1. *ret_char: UINT32_MAX when it is no UTF-8. */
size_t utf8_at(const char *text, const char *end, uint32_t *ret_char);
/* Appends the character; at most 4 bytes. Returns how many. */
size_t utf8_put(uint32_t character, char *bytes);
