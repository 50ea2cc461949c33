/* yaml_scalar.c - plain scalars to null, booleans and numbers, as Go's yaml.v2 resolves them.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   int    [-+] ( decimal | "0x" hex | "0o" octal | "0" octal | "0b" binary ), "_" between digits
 *   float  [-+] ( "." digits | digits [ "." [digits] ] ) [ ("e"|"E") [-+] digits ], .inf, .nan
 *
 * PyYAML differs in that it takes 1:30 for ninety, and 1e3, 08, 0o17 and -.5 for text. */
#include "doc/yaml_private.h"

#include <math.h>

#include "doc/limits.h"

#include "base/banned.h"

static const struct word {
	struct str text;
	enum node_kind kind;
	double value;
} words[] = {
#define WORD(text, kind, value)                       \
	{                                             \
		{text, sizeof(text) - 1}, kind, value \
	}
	WORD("", NODE_NULL, 0),
	WORD("~", NODE_NULL, 0),
	WORD("null", NODE_NULL, 0),
	WORD("Null", NODE_NULL, 0),
	WORD("NULL", NODE_NULL, 0),
	WORD("true", NODE_BOOL, 1),
	WORD("True", NODE_BOOL, 1),
	WORD("TRUE", NODE_BOOL, 1),
	WORD("yes", NODE_BOOL, 1),
	WORD("Yes", NODE_BOOL, 1),
	WORD("YES", NODE_BOOL, 1),
	WORD("on", NODE_BOOL, 1),
	WORD("On", NODE_BOOL, 1),
	WORD("ON", NODE_BOOL, 1),
	WORD("false", NODE_BOOL, 0),
	WORD("False", NODE_BOOL, 0),
	WORD("FALSE", NODE_BOOL, 0),
	WORD("no", NODE_BOOL, 0),
	WORD("No", NODE_BOOL, 0),
	WORD("NO", NODE_BOOL, 0),
	WORD("off", NODE_BOOL, 0),
	WORD("Off", NODE_BOOL, 0),
	WORD("OFF", NODE_BOOL, 0),
	WORD(".inf", NODE_FLOAT, INFINITY),
	WORD(".Inf", NODE_FLOAT, INFINITY),
	WORD(".INF", NODE_FLOAT, INFINITY),
	WORD("+.inf", NODE_FLOAT, INFINITY),
	WORD("+.Inf", NODE_FLOAT, INFINITY),
	WORD("+.INF", NODE_FLOAT, INFINITY),
	WORD("-.inf", NODE_FLOAT, -INFINITY),
	WORD("-.Inf", NODE_FLOAT, -INFINITY),
	WORD("-.INF", NODE_FLOAT, -INFINITY),
	WORD(".nan", NODE_FLOAT, NAN),
	WORD(".NaN", NODE_FLOAT, NAN),
	WORD(".NAN", NODE_FLOAT, NAN),
#undef WORD
};

static bool resolve_word(struct str text, struct node *node)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_eq(text, words[i].text))
			continue;
		node->kind = words[i].kind;
		if (node->kind == NODE_BOOL)
			node->boolean = words[i].value != 0;
		else if (node->kind == NODE_FLOAT)
			node->number = words[i].value;
		return true;
	}
	return false;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static unsigned digit_value(char byte)
{
	if (is_digit(byte))
		return (unsigned)(byte - '0');
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? (unsigned)(byte - 'a') + 10 : UINT32_MAX;
}

/* The base that the digits are written in; cuts its sign. */
static unsigned cut_base(struct str *digits)
{
	static const struct {
		char letter;
		unsigned base;
	} prefixes[] = {{'x', 16}, {'o', 8}, {'b', 2}};

	if (digits->len < 2 || *digits->ptr != '0')
		return 10;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if ((digits->ptr[1] | 0x20) != prefixes[i].letter)
			continue;
		*digits = (struct str){digits->ptr + 2, digits->len - 2};
		return prefixes[i].base;
	}
	*digits = (struct str){digits->ptr + 1, digits->len - 1};
	return 8;
}

static bool cut_sign(struct str *text)
{
	bool negative = text->len && *text->ptr == '-';

	if (negative || (text->len && *text->ptr == '+'))
		*text = (struct str){text->ptr + 1, text->len - 1};
	return negative;
}

static bool resolve_int(struct str digits, struct node *node)
{
	bool negative = cut_sign(&digits);
	unsigned base = cut_base(&digits);
	uint64_t value = 0;

	if (!digits.len)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		unsigned digit = digit_value(digits.ptr[i]);
		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (value <= (uint64_t)INT64_MAX + negative) {
		node->kind = NODE_INT;
		node->integer = (int64_t)(negative ? -value : value);
		return true;
	}
	node->kind = NODE_FLOAT; /* as in JSON: what int64 cannot hold */
	node->number = negative ? -(double)value : (double)value;
	return true;
}

static size_t count_digits(struct str text)
{
	size_t n = 0;

	while (n < text.len && is_digit(text.ptr[n]))
		n++;
	return n;
}

static bool is_float(struct str text)
{
	cut_sign(&text);
	size_t whole = count_digits(text);
	text = (struct str){text.ptr + whole, text.len - whole};
	if (text.len && *text.ptr == '.') {
		size_t fraction = count_digits((struct str){text.ptr + 1, text.len - 1});
		if (whole + fraction == 0)
			return false;
		text = (struct str){text.ptr + 1 + fraction, text.len - 1 - fraction};
	} else if (!whole) {
		return false;
	}
	if (!text.len)
		return true;
	if ((*text.ptr | 0x20) != 'e')
		return false;
	text = (struct str){text.ptr + 1, text.len - 1};
	cut_sign(&text);
	return text.len && count_digits(text) == text.len;
}

static bool resolve_number(struct str text, struct node *node)
{
	char plain[LIMIT_DOC_NUMBER + 1];
	size_t len = 0;

	if (text.len > LIMIT_DOC_NUMBER ||
	    !(is_digit(*text.ptr) || *text.ptr == '-' || *text.ptr == '+' || *text.ptr == '.'))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '_')
			plain[len++] = text.ptr[i];
	plain[len] = '\0';

	struct str number = {plain, len};
	if (resolve_int(number, node))
		return true;
	if (!is_float(number) || isinf(strtod(plain, NULL)))
		return false;
	node->kind = NODE_FLOAT;
	node->number = strtod(plain, NULL);
	return true;
}

void yaml_resolve(struct str text, struct node *node)
{
	if (!resolve_word(text, node) && !resolve_number(text, node))
		node->kind = NODE_STRING;
}
