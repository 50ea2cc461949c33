/* unicode_private.h - the shape of the tables of characters.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"
#include "value/unicode.h"

/* Code points where the answer changes, from "no" at 0x80 on; an even number of each. */
struct unicode_class {
	const uint16_t *low;
	size_t n_low;
	const uint32_t *high; /* from 0x10000 on */
	size_t n_high;
};

struct case_run { /* every step-th character from first to last moves by delta */
	uint32_t first, last;
	int32_t step, delta;
};

struct case_text { /* what becomes more than one character; ends with 0 when shorter */
	uint16_t code;
	uint16_t text[3];
};

struct unicode_case {
	const struct case_run *runs;
	size_t n_runs;
	const struct case_text *texts;
	size_t n_texts;
};

extern const struct unicode_class unicode_printable, unicode_alpha, unicode_decimal, unicode_digit,
	unicode_numeric, unicode_space, unicode_odd_upper, unicode_odd_lower, unicode_title_only;
/* title: where it differs from upper; fold: where it differs from lower. */
extern const struct unicode_case unicode_upper, unicode_lower, unicode_title, unicode_fold;
