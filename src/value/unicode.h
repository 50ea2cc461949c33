/* unicode.h - UTF-8, and what kind of characters there are.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that are not UTF-8 are characters of their own: nothing here fails. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define UNICODE_LAST        0x10ffff
#define UNICODE_REPLACEMENT 0xfffd

/* Bytes of the first character; `left` is at least 1. */
size_t utf8_length(const char *text, size_t left);
/* The same; *ret_code is its code point, or 0xdc80 and up (as Python's surrogateescape) for a byte
 * that is not UTF-8. */
size_t utf8_decode(const char *text, size_t left, uint32_t *ret_code);
void utf8_append(struct buf *buf, uint32_t code);
static inline bool unicode_is_stray(uint32_t code) /* such a byte */
{
	return code >= 0xdc80 && code <= 0xdcff;
}
size_t utf8_count(struct str s);            /* characters */
size_t utf8_offset(struct str s, size_t n); /* bytes of the first n characters */

/* As str.isprintable() and its kin ask each character; is_letter: isalpha(). */
bool unicode_is_printable(uint32_t code);
bool unicode_is_letter(uint32_t code);
bool unicode_is_decimal(uint32_t code);
bool unicode_is_digit(uint32_t code);
bool unicode_is_numeric(uint32_t code);
bool unicode_is_space(uint32_t code);
bool unicode_is_upper(uint32_t code);
bool unicode_is_lower(uint32_t code);
bool unicode_is_title(uint32_t code); /* neither: one letter for two, as U+01C5 */

enum unicode_change { TO_ITSELF, TO_UPPER, TO_LOWER, TO_TITLE, TO_FOLDED };
/* Up to three characters become of one; how many. */
unsigned unicode_change(uint32_t code, enum unicode_change to, uint32_t ret_codes[3]);
