/* marked_scalar.c - plain scalars of state files: null, booleans and numbers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * YAML 1.1 as PyYAML's safe loader resolves it (yaml.org/type: bool, float, int, null):
 *   int    [-+]? ( 0b[01_]+ | 0[0-7_]+ | 0 | [1-9][0-9_]* | 0x[0-9a-fA-F_]+
 *                | [1-9][0-9_]* (:[0-5]?[0-9])+ )
 *   float  [-+]? [0-9][0-9_]* \. [0-9_]* ( [eE][-+][0-9]+ )?
 *        | \. [0-9][0-9_]* ( [eE][-+][0-9]+ )?
 *        | [-+]? [0-9][0-9_]* (:[0-5]?[0-9])+ \. [0-9_]*
 *        | [-+]? .inf | .nan
 * and Salt's loader on top: an int without a sign loses its leading zeros before it is read. */
#include "doc/marked_private.h"

#include <math.h>
#include <stdlib.h>

#include "doc/limits.h"

#include "base/banned.h"

static const struct word {
	struct str text;
	enum marked_kind kind;
	double value;
} words[] = {
#define WORD(text, kind, value)                       \
	{                                             \
		{text, sizeof(text) - 1}, kind, value \
	}
	WORD("", MARKED_NULL, 0),
	WORD("~", MARKED_NULL, 0),
	WORD("null", MARKED_NULL, 0),
	WORD("Null", MARKED_NULL, 0),
	WORD("NULL", MARKED_NULL, 0),
	WORD("true", MARKED_BOOL, 1),
	WORD("True", MARKED_BOOL, 1),
	WORD("TRUE", MARKED_BOOL, 1),
	WORD("false", MARKED_BOOL, 0),
	WORD("False", MARKED_BOOL, 0),
	WORD("FALSE", MARKED_BOOL, 0),
	WORD("yes", MARKED_BOOL, 1),
	WORD("Yes", MARKED_BOOL, 1),
	WORD("YES", MARKED_BOOL, 1),
	WORD("no", MARKED_BOOL, 0),
	WORD("No", MARKED_BOOL, 0),
	WORD("NO", MARKED_BOOL, 0),
	WORD("on", MARKED_BOOL, 1),
	WORD("On", MARKED_BOOL, 1),
	WORD("ON", MARKED_BOOL, 1),
	WORD("off", MARKED_BOOL, 0),
	WORD("Off", MARKED_BOOL, 0),
	WORD("OFF", MARKED_BOOL, 0),
	WORD(".inf", MARKED_FLOAT, INFINITY),
	WORD(".Inf", MARKED_FLOAT, INFINITY),
	WORD(".INF", MARKED_FLOAT, INFINITY),
	WORD("+.inf", MARKED_FLOAT, INFINITY),
	WORD("+.Inf", MARKED_FLOAT, INFINITY),
	WORD("+.INF", MARKED_FLOAT, INFINITY),
	WORD("-.inf", MARKED_FLOAT, -INFINITY),
	WORD("-.Inf", MARKED_FLOAT, -INFINITY),
	WORD("-.INF", MARKED_FLOAT, -INFINITY),
	WORD(".nan", MARKED_FLOAT, NAN),
	WORD(".NaN", MARKED_FLOAT, NAN),
	WORD(".NAN", MARKED_FLOAT, NAN),
};
#define LONGEST_WORD 5

static bool resolve_word(struct str text, struct marked *node)
{
	if (text.len > LONGEST_WORD || (text.len && !strchr("~nNtTfFyYoO.+-", *text.ptr)))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_eq(text, words[i].text))
			continue;
		node->kind = words[i].kind;
		if (node->kind == MARKED_BOOL)
			node->boolean = words[i].value != 0;
		else if (node->kind == MARKED_FLOAT)
			node->number = words[i].value;
		return true;
	}
	return false;
}

/* ---- the two grammars ---- */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static struct str skip(struct str text, size_t n)
{
	return (struct str){text.ptr + n, text.len - n};
}

static struct str skip_sign(struct str text)
{
	return text.len && (*text.ptr == '-' || *text.ptr == '+') ? skip(text, 1) : text;
}

/* How many bytes at the front are digits of the base or "_". */
static size_t count_digits(struct str text, unsigned base)
{
	size_t n = 0;

	for (; n < text.len; n++) {
		char byte = text.ptr[n];
		char lower = (char)(byte | 0x20);
		unsigned digit = is_digit(byte)                 ? (unsigned)(byte - '0')
				 : lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10
								: 99;
		if (digit >= base && byte != '_')
			break;
	}
	return n;
}

/* (:[0-5]?[0-9])+ at the front: how many bytes; 0: not there. */
static size_t count_sixties(struct str text)
{
	size_t n = 0;

	while (n + 1 < text.len && text.ptr[n] == ':' && is_digit(text.ptr[n + 1])) {
		bool has_two = n + 2 < text.len && is_digit(text.ptr[n + 2]);
		if (has_two && text.ptr[n + 1] > '5')
			return 0;
		n += has_two ? 3 : 2;
	}
	return n;
}

static bool looks_like_int(struct str text)
{
	text = skip_sign(text);
	if (!text.len || !is_digit(*text.ptr))
		return false;
	if (*text.ptr != '0') {
		text = skip(text, count_digits(text, 10));
		return !text.len || count_sixties(text) == text.len;
	}
	if (text.len == 1)
		return true;
	struct str rest = skip(text, 2);
	if (text.ptr[1] == 'b')
		return rest.len && count_digits(rest, 2) == rest.len;
	if (text.ptr[1] == 'x')
		return rest.len && count_digits(rest, 16) == rest.len;
	return count_digits(text, 8) == text.len;
}

/* [eE][-+][0-9]+ to the end, or nothing. */
static bool is_exponent(struct str text)
{
	if (!text.len)
		return true;
	if (text.len < 3 || (*text.ptr | 0x20) != 'e' || (text.ptr[1] != '-' && text.ptr[1] != '+'))
		return false;
	for (size_t i = 2; i < text.len; i++)
		if (!is_digit(text.ptr[i]))
			return false;
	return true;
}

static bool looks_like_float(struct str text)
{
	if (text.len > 1 && *text.ptr == '.' && is_digit(text.ptr[1])) {
		text = skip(text, 1);
		return is_exponent(skip(text, count_digits(text, 10)));
	}
	text = skip_sign(text);
	if (!text.len || !is_digit(*text.ptr))
		return false;
	text = skip(text, count_digits(text, 10));
	size_t sixties = count_sixties(text);
	text = skip(text, sixties);
	if (!text.len || *text.ptr != '.')
		return false;
	text = skip(text, 1);
	text = skip(text, count_digits(text, 10));
	return sixties ? !text.len : is_exponent(text);
}

/* ---- values ---- */

struct digits { /* a number without its sign and "_", NUL-terminated */
	char text[LIMIT_DOC_NUMBER + 1];
	size_t len;
	bool is_negative;
};

static bool digits_take(struct digits *digits, struct str text)
{
	digits->len = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '_')
			continue;
		if (digits->len == LIMIT_DOC_NUMBER)
			return false;
		digits->text[digits->len++] = text.ptr[i];
	}
	digits->text[digits->len] = '\0';
	digits->is_negative = digits->text[0] == '-';
	if (digits->text[0] == '-' || digits->text[0] == '+')
		memmove(digits->text, digits->text + 1, digits->len--);
	return true;
}

static enum scalar_fault add_digits(struct str digits, unsigned base, uint64_t *value)
{
	if (!digits.len || memchr(digits.ptr, '_', digits.len) ||
	    count_digits(digits, base) != digits.len)
		return SCALAR_INVALID;
	for (size_t i = 0; i < digits.len; i++) {
		char byte = digits.ptr[i];
		unsigned digit = is_digit(byte) ? (unsigned)(byte - '0')
						: (unsigned)((byte | 0x20) - 'a') + 10;
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return SCALAR_TOO_LARGE;
	}
	return SCALAR_OK;
}

static enum scalar_fault sum_sixties(struct str parts, uint64_t *value)
{
	while (parts.ptr) {
		struct str part = str_cut(&parts, ':');
		uint64_t digit = 0;
		enum scalar_fault fault = add_digits(part, 10, &digit);
		if (fault)
			return fault;
		if (__builtin_mul_overflow(*value, 60, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return SCALAR_TOO_LARGE;
	}
	return SCALAR_OK;
}

static enum scalar_fault whole_number(struct str text, uint64_t *value)
{
	if (str_is(text, "0"))
		return SCALAR_OK;
	if (str_starts(text, STR("0b")))
		return add_digits(skip(text, 2), 2, value);
	if (str_starts(text, STR("0x")))
		return add_digits(skip(text, 2), 16, value);
	if (str_starts(text, STR("0")))
		return add_digits(text, 8, value);
	if (memchr(text.ptr, ':', text.len))
		return sum_sixties(text, value);
	return add_digits(text, 10, value);
}

enum scalar_fault scalar_as_int(struct str text, struct marked *node)
{
	struct digits digits;
	uint64_t value = 0;

	text = str_trim(text);
	if (text.len > 1 && *text.ptr == '0' && text.ptr[1] != 'b' && text.ptr[1] != 'x') {
		while (text.len && *text.ptr == '0')
			text = skip(text, 1);
		if (!text.len)
			text = STR("0");
	}
	if (!text.len)
		return SCALAR_INVALID;
	if (!digits_take(&digits, text))
		return SCALAR_TOO_LARGE;
	enum scalar_fault fault = whole_number((struct str){digits.text, digits.len}, &value);
	if (fault)
		return fault;
	if (value > (uint64_t)INT64_MAX + digits.is_negative)
		return SCALAR_TOO_LARGE;
	node->kind = MARKED_INT;
	node->integer = (int64_t)(digits.is_negative ? -value : value);
	return SCALAR_OK;
}

/* Python's float() of lower-case text without sign, as strtod(3) but for its hexadecimal numbers.
 */
static bool real_number(const char *text, double *ret_number)
{
	static const char *const infinities[] = {"inf", "infinity", ".inf"};
	char *end;

	for (size_t i = 0; i < ARRAY_LEN(infinities); i++) {
		if (!text_eq(text, infinities[i]))
			continue;
		*ret_number = INFINITY;
		return true;
	}
	if (text_eq(text, "nan") || text_eq(text, ".nan")) {
		*ret_number = NAN;
		return true;
	}
	if (!text[0] || text[strspn(text, "0123456789.e+-")] || text[0] == '+' || text[0] == '-')
		return false;
	*ret_number = strtod(text, &end);
	return !*end;
}

static bool sum_real_sixties(char *parts, double *ret_number)
{
	double sum = 0, base = 1, part;

	for (char *colon; (colon = strrchr(parts, ':')); base *= 60) {
		if (!real_number(colon + 1, &part))
			return false;
		sum += part * base;
		*colon = '\0';
	}
	if (!real_number(parts, &part))
		return false;
	*ret_number = sum + part * base;
	return true;
}

enum scalar_fault scalar_as_float(struct str text, struct marked *node)
{
	struct digits digits;
	double number;

	if (!digits_take(&digits, str_trim(text)))
		return SCALAR_TOO_LARGE;
	for (size_t i = 0; i < digits.len; i++)
		if (digits.text[i] >= 'A' && digits.text[i] <= 'Z')
			digits.text[i] |= 0x20;
	if (!sum_real_sixties(digits.text, &number))
		return SCALAR_INVALID;
	node->kind = MARKED_FLOAT;
	node->number = digits.is_negative ? -number : number;
	return SCALAR_OK;
}

enum scalar_fault scalar_as_bool(struct str text, struct marked *node)
{
	static const struct {
		const char *text;
		bool value;
	} bools[] = {{"yes", true},    {"no", false}, {"true", true},
		     {"false", false}, {"on", true},  {"off", false}};

	for (size_t i = 0; i < ARRAY_LEN(bools); i++) {
		if (!str_is_nocase(text, bools[i].text))
			continue;
		node->kind = MARKED_BOOL;
		node->boolean = bools[i].value;
		return SCALAR_OK;
	}
	return SCALAR_INVALID;
}

enum scalar_fault scalar_resolve(struct str text, struct marked *node)
{
	if (resolve_word(text, node))
		return SCALAR_OK;
	if (looks_like_int(text))
		return scalar_as_int(text, node);
	if (looks_like_float(text))
		return scalar_as_float(text, node);
	return SCALAR_OK;
}

bool scalar_is_sexagesimal(const struct marked *node)
{
	return (node->kind == MARKED_INT || node->kind == MARKED_FLOAT) && node->source.len &&
	       memchr(node->source.ptr, ':', node->source.len);
}

/* ---- dates: texts here, but no other reader of YAML 1.1 takes them for such ---- */

static size_t leading_digits(struct str text)
{
	size_t n = 0;

	while (n < text.len && is_digit(text.ptr[n]))
		n++;
	return n;
}

/* Cuts `least` to `most` digits off the front, and then, if it is not 0, the byte `end`. */
static bool cut_digits(struct str *text, size_t least, size_t most, char end)
{
	size_t n = leading_digits(*text);

	if (n < least || n > most || (end && (n == text->len || text->ptr[n] != end)))
		return false;
	*text = skip(*text, n + (end != 0));
	return true;
}

static struct str skip_blanks(struct str text)
{
	while (text.len && (*text.ptr == ' ' || *text.ptr == '\t'))
		text = skip(text, 1);
	return text;
}

/* [ \t]* ( Z | [-+][0-9][0-9]? (:[0-9][0-9])? ) to the end, or nothing. */
static bool is_zone(struct str text)
{
	if (!text.len)
		return true;
	text = skip_blanks(text);
	if (str_is(text, "Z"))
		return true;
	if (!text.len || (*text.ptr != '-' && *text.ptr != '+'))
		return false;
	text = skip(text, 1);
	if (!cut_digits(&text, 1, 2, 0))
		return false;
	if (!text.len)
		return true;
	if (*text.ptr != ':')
		return false;
	text = skip(text, 1);
	return cut_digits(&text, 2, 2, 0) && !text.len;
}

/* yaml.org/type/timestamp */
static bool is_timestamp(struct str text)
{
	struct str whole = text;

	if (!cut_digits(&text, 4, 4, '-'))
		return false;
	if (cut_digits(&text, 2, 2, '-') && text.len == 2 && cut_digits(&text, 2, 2, 0))
		return true;
	text = skip(whole, 5);
	if (!cut_digits(&text, 1, 2, '-') || !cut_digits(&text, 1, 2, 0) || !text.len)
		return false;
	bool has_letter = (*text.ptr | 0x20) == 't';
	struct str time = has_letter ? skip(text, 1) : skip_blanks(text);
	if (time.len == text.len || !cut_digits(&time, 1, 2, ':') ||
	    !cut_digits(&time, 2, 2, ':') || !cut_digits(&time, 2, 2, 0))
		return false;
	if (time.len && *time.ptr == '.')
		time = skip(time, 1 + leading_digits(skip(time, 1)));
	return is_zone(time);
}

bool marked_is_plain_text(struct str text)
{
	static const char *const indicators[] = {"=", "<<", "!", "&", "*"};
	struct marked node = {.kind = MARKED_STRING};

	for (size_t i = 0; i < ARRAY_LEN(indicators); i++)
		if (str_is(text, indicators[i]))
			return false;
	return !resolve_word(text, &node) && !looks_like_int(text) && !looks_like_float(text) &&
	       !is_timestamp(text);
}
