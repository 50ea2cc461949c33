/* literal.c - strings with Python's escapes, and Python's numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/lexer.h"

#include <stdlib.h>

#include "base/banned.h"

/* ---- strings ---- */

static int hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static const struct simple_escape {
	char letter, byte;
} simple_escapes[] = {
	{'\\', '\\'}, {'\'', '\''}, {'"', '"'},  {'a', '\a'}, {'b', '\b'},
	{'f', '\f'},  {'n', '\n'},  {'r', '\r'}, {'t', '\t'}, {'v', '\v'},
};

/* As UTF-8; at most 4 bytes. Returns how many. */
static size_t put_character(uint32_t character, char *bytes)
{
	size_t len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = len; i-- > 1; character >>= 6)
		bytes[i] = (char)(0x80 | (character & 0x3f));
	bytes[0] = (char)(lead[len] | character);
	return len;
}

/* \xHH, \uHHHH, \UHHHHHHHH: `digits` behind the letter. */
static int escape_hex(struct lexer *lexer, struct mark mark, struct str *rest, char letter,
		      char **ret_end)
{
	size_t n = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
	uint32_t c = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = i < rest->len ? hex_digit(rest->ptr[i]) : -1;
		if (digit < 0)
			return lexer_fail(lexer, ERR_INPUT, mark, "truncated \\%c%.*s escape",
					  letter, (int)n, "XXXXXXXX");
		c = c << 4 | (uint32_t)digit;
	}
	if (c > 0x10ffff)
		return lexer_fail(lexer, ERR_INPUT, mark, "illegal Unicode character");
	if (c >= 0xd800 && c <= 0xdfff)
		return lexer_fail(lexer, ERR_INPUT, mark, "surrogates not allowed");
	rest->ptr += n;
	rest->len -= n;
	*ret_end += put_character(c, *ret_end);
	return 0;
}

/* One escape: `rest` begins behind the backslash. What is written is never longer than what is
 * read. */
static int escape_read(struct lexer *lexer, struct mark mark, struct str *rest, char **ret_end)
{
	char letter = *rest->ptr++;
	uint32_t octal = 0;

	rest->len--;
	for (size_t i = 0; i < ARRAY_LEN(simple_escapes); i++)
		if (simple_escapes[i].letter == letter) {
			*(*ret_end)++ = simple_escapes[i].byte;
			return 0;
		}
	if (letter == '\n')
		return 0;
	if (letter == 'x' || letter == 'u' || letter == 'U')
		return escape_hex(lexer, mark, rest, letter, ret_end);
	if (letter == 'N')
		return lexer_fail(lexer, ERR_INPUT, mark,
				  rest->len && *rest->ptr == '{'
					  ? "unknown Unicode character name"
					  : "malformed \\N character escape");
	if (letter < '0' || letter > '7') { /* unknown ones stay as they are */
		*(*ret_end)++ = '\\';
		*(*ret_end)++ = letter;
		return 0;
	}
	rest->ptr--;
	rest->len++;
	for (int i = 0; i < 3 && rest->len && *rest->ptr >= '0' && *rest->ptr <= '7'; i++) {
		octal = octal << 3 | (uint32_t)(*rest->ptr++ - '0');
		rest->len--;
	}
	*ret_end += put_character(octal, *ret_end);
	return 0;
}

/* Line ends inside of a string become the syntax's. */
static struct str string_newlines(struct lexer *lexer, struct str body)
{
	const char *newline = lexer->syntax->newline;
	autobuf struct buf buf = {.max = SIZE_MAX};

	if (!newline || str_is(STR("\n"), newline) || !memchr(body.ptr, '\n', body.len))
		return body;
	for (struct str rest = body; rest.ptr;) {
		buf_append_str(&buf, str_cut(&rest, '\n'));
		if (rest.ptr)
			buf_puts(&buf, newline);
	}
	return (struct str){heap_strdup(lexer->heap, buf_str(&buf)), buf.len};
}

int literal_string(struct lexer *lexer, struct mark mark, struct str body, struct value *ret_value)
{
	body = string_newlines(lexer, body);
	if (!memchr(body.ptr, '\\', body.len)) {
		*ret_value = value_view(body);
		return 0;
	}
	char *text = heap_alloc(lexer->heap, body.len + 1), *end = text;
	while (body.len) {
		char byte = *body.ptr++;
		body.len--;
		if (byte != '\\' || !body.len)
			*end++ = byte;
		else if (escape_read(lexer, mark, &body, &end))
			return -1;
	}
	*ret_value = value_view((struct str){text, (size_t)(end - text)});
	return 0;
}

/* ---- numbers ---- */

static bool is_digit(char byte, int base)
{
	int digit = hex_digit(byte);

	return digit >= 0 && digit < base;
}

/* Digits, one '_' between two of them at most: "1_000". The length. */
static size_t digits_length(const char *text, int base)
{
	size_t len = 0;

	while (is_digit(text[len], base) ||
	       (len && text[len] == '_' && is_digit(text[len + 1], base)))
		len++;
	return len;
}

static int radix_of(char letter)
{
	switch (letter) {
	case 'b':
	case 'B': return 2;
	case 'o':
	case 'O': return 8;
	case 'x':
	case 'X': return 16;
	default: return 0;
	}
}

/* The length of ".5" and "e+3" behind the digits; 0: neither follows. */
static size_t fraction_length(const char *text)
{
	size_t len = 0, n = 0;

	if (text[0] == '.' && (n = digits_length(text + 1, 10)) > 0)
		len = 1 + n;
	if (text[len] == 'e' || text[len] == 'E') {
		size_t sign = text[len + 1] == '+' || text[len + 1] == '-';
		n = digits_length(text + len + 1 + sign, 10);
		if (n)
			len += 1 + sign + n;
	}
	return len;
}

size_t literal_number_length(const char *text, bool after_dot, bool *ret_is_float)
{
	size_t len = digits_length(text, 10);
	size_t fraction = after_dot ? 0 : fraction_length(text + len);
	int radix = text[0] == '0' ? radix_of(text[1]) : 0;

	*ret_is_float = fraction > 0;
	if (fraction)
		return len + fraction;
	if (radix) {
		/* "0x_ff" has an underscore behind the prefix. */
		size_t skip = text[2] == '_' && is_digit(text[3], radix) ? 3 : 2;
		size_t n = digits_length(text + skip, radix);
		return n ? skip + n : 1;
	}
	if (text[0] != '0')
		return len;
	/* Zeros alone are a number: "007" is 00 and 7, as the reference has it. */
	for (len = 1; text[len] == '0' || (text[len] == '_' && text[len + 1] == '0');)
		len++;
	return len;
}

int literal_number(struct lexer *lexer, struct mark mark, struct str digits, bool is_float,
		   struct value *ret_value)
{
	int radix = digits.len > 1 && digits.ptr[0] == '0' ? radix_of(digits.ptr[1]) : 0;
	size_t start = radix && !is_float ? 2 : 0;
	uint64_t number = 0;

	if (is_float) {
		autobuf struct buf plain = {0};
		for (size_t i = 0; i < digits.len; i++)
			if (digits.ptr[i] != '_')
				buf_putc(&plain, digits.ptr[i]);
		*ret_value = value_float(strtod(buf_text(&plain), NULL));
		return 0;
	}
	for (size_t i = start; i < digits.len; i++) {
		uint64_t base = radix ? (uint64_t)radix : 10;
		int digit = hex_digit(digits.ptr[i]);
		if (digit < 0)
			continue;
		if (number > ((uint64_t)INT64_MAX - (uint64_t)digit) / base)
			return lexer_fail(lexer, ERR_INPUT, mark,
					  "integer '%.*s' is larger than 64 bits",
					  (int)(digits.len > 40 ? 40 : digits.len), digits.ptr);
		number = number * base + (uint64_t)digit;
	}
	*ret_value = value_int((int64_t)number);
	return 0;
}
