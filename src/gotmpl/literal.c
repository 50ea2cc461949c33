/* literal.c - Go's strings, characters and numbers.
 * SPDX-License-Identifier: Apache-2.0
 * Source: the Go specification, "Integer literals" to "String literals". */
#include <ctype.h>
#include <errno.h>
#include <math.h>

#include "base/encode.h"
#include "gotmpl/gotmpl_private.h"

#include "base/banned.h"

void rune_put(struct buf *buf, uint32_t rune)
{
	if (rune < 0x80) {
		buf_putc(buf, (char)rune);
		return;
	}
	int n_more = rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3;
	static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
	buf_putc(buf, (char)(leads[n_more] | rune >> (6 * n_more)));
	while (n_more--)
		buf_putc(buf, (char)(0x80 | (rune >> (6 * n_more) & 0x3f)));
}

static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 99;
}

/* n digits of the base at the front of text; false: they are not there. */
static bool take_digits(struct str *text, size_t n, int base, uint32_t *ret_value)
{
	uint32_t value = 0;

	if (text->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int digit = digit_value(text->ptr[i]);
		if (digit >= base)
			return false;
		value = value * (uint32_t)base + (uint32_t)digit;
	}
	*text = (struct str){text->ptr + n, text->len - n};
	*ret_value = value;
	return true;
}

/* Behind the backslash; false: no such escape. */
static bool take_escape(struct str *text, struct buf *out)
{
	static const char plain[256] = {
		['a'] = '\a', ['b'] = '\b', ['f'] = '\f',  ['n'] = '\n', ['r'] = '\r',
		['t'] = '\t', ['v'] = '\v', ['\\'] = '\\', ['"'] = '"',  ['\''] = '\'',
	};
	static const struct {
		char letter;
		size_t n_digits;
	} coded[] = {{'x', 2}, {'u', 4}, {'U', 8}};
	uint32_t value = 0;

	if (!text->len)
		return false;
	char letter = text->ptr[0];
	if (letter >= '0' && letter <= '7') {
		if (!take_digits(text, 3, 8, &value) || value > 0xff || value == 0)
			return false;
		buf_putc(out, (char)value);
		return true;
	}
	*text = (struct str){text->ptr + 1, text->len - 1};
	if (plain[(unsigned char)letter]) {
		buf_putc(out, plain[(unsigned char)letter]);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(coded); i++) {
		if (letter != coded[i].letter)
			continue;
		if (!take_digits(text, coded[i].n_digits, 16, &value) || value == 0 ||
		    value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
			return false;
		if (letter == 'x')
			buf_putc(out, (char)value);
		else
			rune_put(out, value);
		return true;
	}
	return false;
}

int literal_unquote(struct arena *arena, const struct token *token, struct str *ret_text,
		    struct err *err)
{
	struct str text = {token->text.ptr + 1, token->text.len - 2};
	autobuf struct buf out = {0};

	while (text.len) {
		if (text.ptr[0] != '\\' || token->text.ptr[0] == '`') {
			buf_putc(&out, text.ptr[0]);
			text = (struct str){text.ptr + 1, text.len - 1};
			continue;
		}
		text = (struct str){text.ptr + 1, text.len - 1};
		if (!take_escape(&text, &out))
			return err_at(err, token->pos, "unknown escape in %.*s",
				      STR_ARG(token->text));
	}
	*ret_text = (struct str){arena_str(arena, buf_str(&out)), out.len};
	return 0;
}

/* The only rune of the text, or false. */
static bool single_rune(struct str text, int64_t *ret_rune)
{
	unsigned char lead = text.len ? (unsigned char)text.ptr[0] : 0;
	size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (text.len != len || !text_is_utf8(text))
		return false;
	int64_t rune = len == 1 ? lead : lead & (0x7f >> len);
	for (size_t i = 1; i < len; i++)
		rune = rune << 6 | (text.ptr[i] & 0x3f);
	*ret_rune = rune;
	return true;
}

/* Digits with Go's prefixes and underscores; false: no integer, or it does not fit. */
static bool parse_integer(const char *digits, bool is_negative, int64_t *ret_value)
{
	static const struct {
		const char *prefix;
		int base;
	} bases[] = {{"0x", 16}, {"0X", 16}, {"0b", 2}, {"0B", 2}, {"0o", 8}, {"0O", 8}, {"0", 8}};
	int base = 10;
	char *end;

	for (size_t i = 0; i < ARRAY_LEN(bases) && base == 10 && digits[1]; i++) {
		if (text_starts(digits, bases[i].prefix)) {
			base = bases[i].base;
			digits += strlen(bases[i].prefix);
		}
	}
	if (!isxdigit((unsigned char)digits[0]))
		return false;
	errno = 0;
	unsigned long long value = strtoull(digits, &end, base);
	if (errno || *end || value > (unsigned long long)INT64_MAX + is_negative)
		return false;
	*ret_value = is_negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

static int parse_number(const struct token *token, struct node *node, struct err *err)
{
	autobuf struct buf digits = {0};
	char *end;

	for (size_t i = 0; i < token->text.len; i++)
		if (token->text.ptr[i] != '_')
			buf_putc(&digits, token->text.ptr[i]);

	const char *text = buf_text(&digits);
	bool is_negative = *text == '-';
	text += *text == '-' || *text == '+';
	if (parse_integer(text, is_negative, &node->integer))
		return 0;

	node->kind = NODE_FLOAT;
	node->number = strtod(text, &end) * (is_negative ? -1 : 1);
	if (*end || !isfinite(node->number) || !strpbrk(text, ".eEpP"))
		return err_at(err, token->pos, "'%.*s' is not a number that fits",
			      STR_ARG(token->text));
	return 0;
}

int literal_parse(struct arena *arena, const struct token *token, struct node **ret_node,
		  struct err *err)
{
	struct node *node = node_new(arena, NODE_STRING);
	struct str text = {0};

	if (token->kind == TOKEN_NUMBER) {
		node->kind = NODE_INT;
		if (parse_number(token, node, err))
			return -1;
	} else if (token->kind == TOKEN_STRING) {
		if (literal_unquote(arena, token, &node->text, err))
			return -1;
	} else {
		if (literal_unquote(arena, token, &text, err))
			return -1;
		node->kind = NODE_INT;
		if (!single_rune(text, &node->integer))
			return err_at(err, token->pos, "%.*s is not one character",
				      STR_ARG(token->text));
	}
	*ret_node = node;
	return 0;
}
