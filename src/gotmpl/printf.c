/* printf.c - Go's printf for the kinds of value that a tree has.
 * SPDX-License-Identifier: Apache-2.0
 * Source: fmt, "Printing". What Go prints as "%!d(string=x)" is an error here.
 *
 *   verb = "%" {"-" | "+" | "#" | " " | "0"} [width] ["." precision] letter */
#include <ctype.h>

#include "gotmpl/gotmpl_private.h"
#include "gotmpl/limits.h"

#include "base/banned.h"

struct verb {
	bool minus, plus, sharp, space, zero;
	int width, precision; /* -1: not given */
	char letter;
};

struct printf {
	const struct call *call;
	const char *at, *end;
	struct buf out;
};

static int parse_number(struct printf *printf, int *ret_number, struct err *err)
{
	int number = 0;

	while (printf->at < printf->end && isdigit((unsigned char)*printf->at)) {
		number = number * 10 + (*printf->at++ - '0');
		if (number > LIMIT_GOTMPL_WIDTH)
			return err_at(err, printf->call->pos, "'printf' takes widths up to %d",
				      LIMIT_GOTMPL_WIDTH);
	}
	*ret_number = number;
	return 0;
}

static bool take_flag(struct printf *printf, struct verb *verb)
{
	switch (*printf->at) {
	case '-': verb->minus = true; break;
	case '+': verb->plus = true; break;
	case '#': verb->sharp = true; break;
	case ' ': verb->space = true; break;
	case '0': verb->zero = true; break;
	default: return false;
	}
	printf->at++;
	return true;
}

/* Behind the "%". */
static int parse_verb(struct printf *printf, struct verb *ret_verb, struct err *err)
{
	struct verb verb = {.width = -1, .precision = -1};

	while (printf->at < printf->end && take_flag(printf, &verb))
		continue;
	if (printf->at < printf->end && isdigit((unsigned char)*printf->at) &&
	    parse_number(printf, &verb.width, err))
		return -1;
	if (printf->at < printf->end && *printf->at == '.') {
		printf->at++;
		if (parse_number(printf, &verb.precision, err))
			return -1;
	}
	if (printf->at == printf->end)
		return err_at(err, printf->call->pos, "the format of 'printf' ends within a verb");
	verb.letter = *printf->at++;
	*ret_verb = verb;
	return 0;
}

static size_t count_runes(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return n;
}

static void put_repeated(struct buf *out, char byte, size_t n)
{
	while (n--)
		buf_putc(out, byte);
}

/* The text in its field; zeros go between the sign and the digits. */
static void put_padded(struct buf *out, const struct verb *verb, struct str text, bool is_number)
{
	size_t n = count_runes(text);
	size_t fill = verb->width > 0 && (size_t)verb->width > n ? (size_t)verb->width - n : 0;

	if (verb->minus) {
		buf_append_str(out, text);
		put_repeated(out, ' ', fill);
		return;
	}
	if (verb->zero && is_number && text.len && strchr("+- ", text.ptr[0])) {
		buf_putc(out, text.ptr[0]);
		text = (struct str){text.ptr + 1, text.len - 1};
	}
	put_repeated(out, verb->zero ? '0' : ' ', fill);
	buf_append_str(out, text);
}

static void put_quoted(struct buf *out, struct str text)
{
	static const char letters[256] = {
		['"'] = '"',  ['\\'] = '\\', ['\a'] = 'a', ['\b'] = 'b', ['\f'] = 'f',
		['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't', ['\v'] = 'v',
	};

	buf_putc(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		if (letters[byte])
			buf_printf(out, "\\%c", letters[byte]);
		else if (byte < 0x20 || byte == 0x7f)
			buf_printf(out, "\\x%02x", byte);
		else
			buf_putc(out, (char)byte);
	}
	buf_putc(out, '"');
}

static void put_hex(struct buf *out, char letter, struct str text)
{
	static const char lower[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";
	const char *digits = letter == 'X' ? upper : lower;

	for (size_t i = 0; i < text.len; i++) {
		buf_putc(out, digits[(unsigned char)text.ptr[i] >> 4]);
		buf_putc(out, digits[(unsigned char)text.ptr[i] & 15]);
	}
}

static struct str cut_runes(struct str text, int max)
{
	size_t len = 0;

	for (int n = -1; len < text.len; len++)
		if (((unsigned char)text.ptr[len] & 0xc0) != 0x80 && ++n == max)
			break;
	return (struct str){text.ptr, len};
}

static bool put_text(struct buf *out, const struct verb *verb, struct str text)
{
	autobuf struct buf written = {0};

	if (verb->precision >= 0)
		text = cut_runes(text, verb->precision);
	switch (verb->letter) {
	case 'v':
	case 's': buf_append_str(&written, text); break;
	case 'q': put_quoted(&written, text); break;
	case 'x':
	case 'X': put_hex(&written, verb->letter, text); break;
	default: return false;
	}
	put_padded(out, verb, buf_str(&written), false);
	return true;
}

static void put_digits(struct buf *out, uint64_t value, unsigned base, char letter)
{
	char digits[65];
	size_t at = sizeof(digits);

	do {
		unsigned digit = (unsigned)(value % base);
		digits[--at] =
			(char)(digit < 10 ? '0' + digit : (letter == 'X' ? 'A' : 'a') + digit - 10);
		value /= base;
	} while (value);
	buf_append(out, digits + at, sizeof(digits) - at);
}

static const struct {
	char letter;
	unsigned base;
	const char *prefix; /* of "#" */
} bases[] = {{'v', 10, ""},   {'d', 10, ""}, {'x', 16, "0x"},
	     {'X', 16, "0X"}, {'o', 8, "0"}, {'b', 2, "0b"}};

static bool put_character(struct buf *out, const struct verb *verb, int64_t rune)
{
	autobuf struct buf written = {0};

	if (rune < 1 || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return false;
	rune_put(&written, (uint32_t)rune);
	put_padded(out, verb, buf_str(&written), false);
	return true;
}

static bool put_integer(struct buf *out, const struct verb *verb, int64_t value)
{
	autobuf struct buf written = {0};

	if (verb->letter == 'c')
		return put_character(out, verb, value);
	for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
		if (verb->letter != bases[i].letter)
			continue;
		if (value < 0 || verb->plus || verb->space)
			buf_puts(&written, value < 0 ? "-" : verb->plus ? "+" : " ");
		if (verb->sharp)
			buf_puts(&written, bases[i].prefix);
		put_digits(&written, value < 0 ? 0 - (uint64_t)value : (uint64_t)value,
			   bases[i].base, verb->letter);
		put_padded(out, verb, buf_str(&written), true);
		return true;
	}
	return false;
}

static bool put_float(struct buf *out, const struct verb *verb, double value)
{
	autobuf struct buf written = {0};
	int precision = verb->precision >= 0 ? verb->precision : 6;
	struct node node = {.kind = NODE_FLOAT, .number = value};

	if (verb->plus && value >= 0)
		buf_putc(&written, '+');
	else if (verb->space && value >= 0)
		buf_putc(&written, ' ');
	switch (verb->letter) {
	case 'f':
	case 'F': buf_printf(&written, "%.*f", precision, value); break;
	case 'e': buf_printf(&written, "%.*e", precision, value); break;
	case 'v':
	case 'g':
		if (verb->precision >= 0)
			buf_printf(&written, "%.*g", precision, value);
		else
			value_print(&written, &node);
		break;
	default: return false;
	}
	put_padded(out, verb, buf_str(&written), true);
	return true;
}

static bool put_value(struct buf *out, const struct verb *verb, const struct node *value);

static bool put_list(struct buf *out, const struct verb *verb, const struct node *list)
{
	bool fits = true;

	buf_putc(out, '[');
	node_foreach(child, list) {
		if (child != list->children.first)
			buf_putc(out, ' ');
		fits = fits && put_value(out, verb, child);
	}
	buf_putc(out, ']');
	return fits;
}

/* False: this verb is not for this kind of value. */
static bool put_value(struct buf *out, const struct verb *verb, const struct node *value)
{
	autobuf struct buf written = {0};

	switch (value->kind) {
	case NODE_STRING: return put_text(out, verb, value->text);
	case NODE_INT:
		if (strchr("fFeg", verb->letter))
			return put_float(out, verb, (double)value->integer);
		return put_integer(out, verb, value->integer);
	case NODE_FLOAT: return put_float(out, verb, value->number);
	case NODE_LIST: return put_list(out, verb, value);
	case NODE_BOOL:
		if (verb->letter != 't' && verb->letter != 'v')
			return false;
		break;
	case NODE_NULL:
	case NODE_MAP:
		if (verb->letter != 'v' && (value->kind == NODE_MAP || verb->letter != 's'))
			return false;
		break;
	}
	value_print(&written, value);
	put_padded(out, verb, buf_str(&written), false);
	return true;
}

static int put_verb(struct printf *printf, size_t *arg, struct err *err)
{
	const struct call *call = printf->call;
	struct verb verb = {0};

	if (parse_verb(printf, &verb, err))
		return -1;
	if (verb.letter == '%') {
		buf_putc(&printf->out, '%');
		return 0;
	}
	if (!strchr("vsqdxXobctfFeg", verb.letter) || !verb.letter)
		return err_at(err, call->pos, "'printf' has no verb '%%%c'", verb.letter);
	if (*arg == call->n_args)
		return err_at(err, call->pos, "'printf' has no argument left for '%%%c'",
			      verb.letter);

	const struct node *value = call->args[(*arg)++];
	if (!put_value(&printf->out, &verb, value))
		return err_at(err, call->pos, "'%%%c' of 'printf' cannot show %s", verb.letter,
			      node_kind_name(value->kind));
	return 0;
}

static int put_all(struct printf *printf, struct err *err)
{
	size_t arg = 1;

	while (printf->at < printf->end) {
		if (*printf->at != '%') {
			buf_putc(&printf->out, *printf->at++);
			continue;
		}
		printf->at++;
		if (put_verb(printf, &arg, err))
			return -1;
	}
	if (arg < printf->call->n_args)
		return err_at(err, printf->call->pos, "'printf' has %zu arguments too many",
			      printf->call->n_args - arg);
	return buf_check(&printf->out, "printf", err);
}

int function_printf(const struct call *call, const struct node **ret_value, struct err *err)
{
	const struct node *format = call->args[0];

	if (format->kind != NODE_STRING)
		return err_at(err, call->pos, "'printf' needs a string first, not %s",
			      node_kind_name(format->kind));

	struct printf printf = {call, format->text.ptr, format->text.ptr + format->text.len, {0}};
	int failed = put_all(&printf, err);
	if (!failed) {
		struct node *node = node_new(call->arena, NODE_STRING);
		node->text =
			(struct str){arena_str(call->arena, buf_str(&printf.out)), printf.out.len};
		*ret_value = node;
	}
	buf_done(&printf.out);
	return failed;
}
