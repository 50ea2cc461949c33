/* unicode_class.c - what kind of character it is, and its other case.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/unicode_private.h"

#include "base/banned.h"

/* The number of changes up to `code` tells on which side of them it is. */
static bool class_holds(const struct unicode_class *class, uint32_t code)
{
	size_t from = 0, n = code < 0x10000 ? class->n_low : class->n_high;

	while (from < n) {
		size_t middle = from + (n - from) / 2;
		uint32_t at = code < 0x10000 ? class->low[middle] : class->high[middle];

		if (code < at)
			n = middle;
		else
			from = middle + 1;
	}
	return from % 2;
}

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
	return code - first <= last - first;
}

bool unicode_is_printable(uint32_t code)
{
	return code < 0x80 ? is_between(code, ' ', '~') : class_holds(&unicode_printable, code);
}

bool unicode_is_letter(uint32_t code)
{
	return code < 0x80 ? is_between(code | 0x20, 'a', 'z') : class_holds(&unicode_alpha, code);
}

bool unicode_is_decimal(uint32_t code)
{
	return code < 0x80 ? is_between(code, '0', '9') : class_holds(&unicode_decimal, code);
}

bool unicode_is_digit(uint32_t code)
{
	return code < 0x80 ? is_between(code, '0', '9') : class_holds(&unicode_digit, code);
}

bool unicode_is_numeric(uint32_t code)
{
	return code < 0x80 ? is_between(code, '0', '9') : class_holds(&unicode_numeric, code);
}

bool unicode_is_space(uint32_t code)
{
	return code < 0x80
		       ? code == ' ' || is_between(code, '\t', '\r') || is_between(code, 0x1c, 0x1f)
		       : class_holds(&unicode_space, code);
}

static const struct case_run *run_find(const struct unicode_case *table, uint32_t code)
{
	size_t from = 0, n = table->n_runs;

	while (from < n) {
		size_t middle = from + (n - from) / 2;
		const struct case_run *run = &table->runs[middle];

		if (code < run->first)
			n = middle;
		else if (code > run->last)
			from = middle + 1;
		else
			return (code - run->first) % (uint32_t)run->step ? NULL : run;
	}
	return NULL;
}

static const struct case_text *text_find(const struct unicode_case *table, uint32_t code)
{
	size_t from = 0, n = table->n_texts;

	while (from < n) {
		size_t middle = from + (n - from) / 2;

		if (code == table->texts[middle].code)
			return &table->texts[middle];
		if (code < table->texts[middle].code)
			n = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/* 0: this table does not change it. */
static unsigned case_change(const struct unicode_case *table, uint32_t code, uint32_t codes[3])
{
	const struct case_run *run = run_find(table, code);
	const struct case_text *text = run ? NULL : text_find(table, code);
	unsigned n = 0;

	if (run) {
		codes[0] = (uint32_t)((int32_t)code + run->delta);
		return 1;
	}
	while (text && n < ARRAY_LEN(text->text) && text->text[n]) {
		codes[n] = text->text[n];
		n++;
	}
	return n;
}

unsigned unicode_change(uint32_t code, enum unicode_change to, uint32_t ret_codes[3])
{
	static const struct unicode_case *const tables[][2] = {
		[TO_ITSELF] = {NULL},
		[TO_UPPER] = {&unicode_upper},
		[TO_LOWER] = {&unicode_lower},
		[TO_TITLE] = {&unicode_title, &unicode_upper},
		[TO_FOLDED] = {&unicode_fold, &unicode_lower},
	};
	bool up = to == TO_UPPER || to == TO_TITLE;
	unsigned n = 0;

	ret_codes[0] = code;
	if (to == TO_ITSELF)
		return 1;
	if (code < 0x80) {
		if (is_between(code, up ? 'a' : 'A', up ? 'z' : 'Z'))
			ret_codes[0] ^= 0x20;
		return 1;
	}
	n = case_change(tables[to][0], code, ret_codes);
	if (!n && tables[to][1])
		n = case_change(tables[to][1], code, ret_codes);
	return n ? n : 1;
}

/* Most letters that have a lower case are upper case; the tables know the others. */
bool unicode_is_upper(uint32_t code)
{
	uint32_t codes[3];

	if (code < 0x80)
		return is_between(code, 'A', 'Z');
	return (case_change(&unicode_lower, code, codes) != 0) !=
	       class_holds(&unicode_odd_upper, code);
}

bool unicode_is_lower(uint32_t code)
{
	uint32_t codes[3];

	if (code < 0x80)
		return is_between(code, 'a', 'z');
	return (case_change(&unicode_upper, code, codes) != 0) !=
	       class_holds(&unicode_odd_lower, code);
}

bool unicode_is_title(uint32_t code)
{
	return code >= 0x80 && class_holds(&unicode_title_only, code);
}
