/* format_percent.c - "…%s…" % args, as printf had it first.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   directive = "%" ["(" key ")"] {"-" | "+" | " " | "#" | "0"} [width | "*"]
 *               ["." (precision | "*")] {"h" | "l" | "L"} type */
#include <math.h>
#include <string.h>

#include "value/format_private.h"
#include "value/unicode.h"

#include "base/banned.h"

struct percent {
	struct heap *heap;
	struct str format;
	size_t at;
	struct value args;   /* a tuple's items one by one; or one value */
	struct value picked; /* by key: replaces the arguments from then on */
	bool has_picked;
	size_t n_args, next;
	struct err *err;
};

struct directive {
	bool left, zero;
	char sign; /* + or a blank or 0 */
	bool alternate;
	int64_t width, precision; /* precision < 0: none */
	uint32_t type;
};

static bool at_end(const struct percent *p)
{
	return p->at >= p->format.len;
}

static char here(const struct percent *p)
{
	return p->format.ptr[p->at];
}

static int refuse(struct percent *p, const char *text)
{
	return err_set(p->err, ERR_INPUT, "%s", text);
}

static int next_arg(struct percent *p, struct value *ret_value)
{
	if (p->next >= p->n_args)
		return refuse(p, "not enough arguments for format string");
	if (p->has_picked)
		*ret_value = p->picked;
	else
		*ret_value = p->args.kind == VALUE_TUPLE ? p->args.list->items[p->next] : p->args;
	p->next++;
	return 0;
}

/* "(key)": parentheses in it pair up. */
static int key_read(struct percent *p)
{
	size_t start = p->at + 1;
	unsigned open = 1;
	struct str key;
	const struct value *found;

	if (p->args.kind != VALUE_DICT)
		return refuse(p, "format requires a mapping");
	for (p->at++; !at_end(p) && open; p->at++) {
		if (here(p) == '(')
			open++;
		if (here(p) == ')')
			open--;
	}
	if (open)
		return refuse(p, "incomplete format key");
	key = (struct str){p->format.ptr + start, p->at - 1 - start};
	found = dict_get_str(p->args.dict, key);
	if (!found)
		return err_set(p->err, ERR_INPUT, "'%.*s'", STR_ARG(key));
	p->picked = *found;
	p->has_picked = true;
	p->n_args = 1;
	p->next = 0;
	return 0;
}

/* Digits or "*"; untouched when there are none. */
static int size_read(struct percent *p, int64_t *size, struct err *err)
{
	struct value v;

	if (!at_end(p) && here(p) == '*') {
		p->at++;
		if (next_arg(p, &v))
			return -1;
		if (!value_is_whole(v))
			return refuse(p, "* wants int");
		*size = value_integer(v);
	}
	for (bool first = true; !at_end(p) && here(p) >= '0' && here(p) <= '9'; p->at++) {
		*size = (first ? 0 : *size) * 10 + (here(p) - '0');
		first = false;
		if (*size > (int64_t)LIMIT_VALUE_BYTES)
			return err_set(err, ERR_LIMIT, "width too big");
	}
	if (*size > (int64_t)LIMIT_VALUE_BYTES || *size < -(int64_t)LIMIT_VALUE_BYTES)
		return err_set(err, ERR_LIMIT, "width too big");
	return 0;
}

static void flags_read(struct percent *p, struct directive *d)
{
	for (; !at_end(p) && here(p) && strchr("-+ #0", here(p)); p->at++) {
		char c = here(p);

		d->left |= c == '-';
		d->zero |= c == '0';
		d->alternate |= c == '#';
		if (c == '+' || (c == ' ' && !d->sign))
			d->sign = c;
	}
}

static int directive_read(struct percent *p, struct directive *ret_directive)
{
	struct directive d = {.precision = -1};

	if (!at_end(p) && here(p) == '(' && key_read(p))
		return -1;
	flags_read(p, &d);
	if (size_read(p, &d.width, p->err))
		return -1;
	if (d.width < 0) {
		d.left = true;
		d.width = -d.width;
	}
	if (!at_end(p) && here(p) == '.') {
		p->at++;
		d.precision = 0;
		if (size_read(p, &d.precision, p->err))
			return -1;
		if (d.precision < 0)
			d.precision = 0;
	}
	while (!at_end(p) && here(p) && strchr("hlL", here(p)))
		p->at++;
	if (at_end(p))
		return refuse(p, "incomplete format");
	p->at += utf8_decode(p->format.ptr + p->at, p->format.len - p->at, &d.type);
	*ret_directive = d;
	return 0;
}

static struct format_spec spec_of(const struct directive *d)
{
	struct format_spec spec = {.fill = STR(" "),
				   .align = d->left ? '<' : '>',
				   .sign = d->sign,
				   .width = d->width,
				   .precision = -1};

	if (d->zero && !d->left) {
		spec.fill = STR("0");
		spec.align = '=';
	}
	return spec;
}

static int text_print(struct percent *p, const struct directive *d, struct value v, struct buf *buf)
{
	struct format_spec spec = {.fill = STR(" "),
				   .align = d->left ? '<' : '>',
				   .width = d->width,
				   .precision = d->precision};
	autobuf struct buf text = {.max = LIMIT_VALUE_BYTES};

	if (d->type == 's'   ? value_print(p->heap, v, &text, p->err)
	    : d->type == 'r' ? value_print_repr(p->heap, v, &text, p->err)
			     : format_ascii(p->heap, v, &text, p->err))
		return -1;
	return format_text(&spec, buf_str(&text), buf, p->err);
}

/* %d takes floats and cuts them; %x does not. */
static int whole_of(struct percent *p, char type, struct value v, int64_t *ret_number)
{
	bool is_decimal = strchr("diu", type);

	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, p->err);
	if (v.kind == VALUE_FLOAT && is_decimal) {
		if (v.number != v.number)
			return refuse(p, "cannot convert float NaN to integer");
		if (isinf(v.number))
			return refuse(p, "cannot convert float infinity to integer");
		if (!(fabs(v.number) < BEYOND_INT))
			return err_set(p->err, ERR_LIMIT, "integer beyond 64 bits");
		*ret_number = (int64_t)v.number;
		return 0;
	}
	if (!value_is_whole(v))
		return err_set(p->err, ERR_INPUT,
			       is_decimal ? "%%%c format: a real number is required, not %s"
					  : "%%%c format: an integer is required, not %s",
			       type, value_type_name(v));
	*ret_number = value_integer(v);
	return 0;
}

static int whole_print(struct percent *p, const struct directive *d, struct value v,
		       struct buf *buf)
{
	struct format_spec spec = spec_of(d), digits_spec = {.fill = STR("0"), .precision = -1};
	autobuf struct buf digits = {.max = LIMIT_VALUE_BYTES};
	struct format_pieces pieces = {.prefix = ""};
	bool is_decimal = strchr("diu", (int)d->type);
	int64_t number = 0;

	if (whole_of(p, (char)d->type, v, &number))
		return -1;
	digits_spec.type = is_decimal ? 'd' : d->type;
	digits_spec.align = '=';
	digits_spec.width = d->precision + (number < 0);
	if (format_whole(&digits_spec, number, &digits, p->err))
		return -1;
	pieces.sign = (char)(number < 0 ? '-' : d->sign);
	pieces.digits = (struct str){digits.ptr + (number < 0), digits.len - (number < 0)};
	if (d->alternate && !is_decimal)
		pieces.prefix = d->type == 'o' ? "0o" : d->type == 'x' ? "0x" : "0X";
	return format_lay_out(&spec, &pieces, buf, p->err);
}

static int float_print_directive(struct percent *p, const struct directive *d, struct value v,
				 struct buf *buf)
{
	struct format_spec spec = spec_of(d);
	autobuf struct buf text = {.max = LIMIT_VALUE_BYTES};
	struct format_pieces pieces = {.prefix = ""};
	double number;

	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, p->err);
	if (!value_is_number(v))
		return err_set(p->err, ERR_INPUT, "must be real number, not %s",
			       value_type_name(v));
	number = value_double(v);
	format_float_digits(number, (char)d->type, d->precision < 0 ? 6 : d->precision,
			    d->alternate, &text);
	if (text_room(&text, p->err))
		return -1;
	pieces.sign = (char)(signbit(number) && number == number ? '-' : d->sign);
	/* Zeros go in front whatever it is: "%05f" % inf is 00inf. */
	while (pieces.digits.len < text.len && text.ptr[pieces.digits.len] >= '0' &&
	       text.ptr[pieces.digits.len] <= '9')
		pieces.digits.len++;
	pieces.digits.ptr = text.ptr;
	pieces.rest = (struct str){text.ptr + pieces.digits.len, text.len - pieces.digits.len};
	return format_lay_out(&spec, &pieces, buf, p->err);
}

static int character_print(struct percent *p, const struct directive *d, struct value v,
			   struct buf *buf)
{
	struct format_spec spec = {
		.fill = STR(" "), .align = d->left ? '<' : '>', .width = d->width, .precision = -1};
	autobuf struct buf text = {0};

	if (v.kind == VALUE_STRING && utf8_count(value_bytes(v)) == 1)
		return format_text(&spec, value_bytes(v), buf, p->err);
	if (!value_is_whole(v))
		return refuse(p, "%c requires int or char");
	if (value_integer(v) < 0 || value_integer(v) > UNICODE_LAST)
		return refuse(p, "%c arg not in range(0x110000)");
	utf8_append(&text, (uint32_t)value_integer(v));
	return format_text(&spec, buf_str(&text), buf, p->err);
}

static int directive_print(struct percent *p, struct buf *buf)
{
	struct directive d;
	struct value v;

	if (!at_end(p) && here(p) == '%') {
		p->at++;
		buf_putc(buf, '%');
		return 0;
	}
	if (heap_step(p->heap, p->err) || directive_read(p, &d) || next_arg(p, &v))
		return -1;
	if (d.type >= 0x80 || !d.type || !strchr("srdiuxXoeEfFgGac", (int)d.type))
		return err_set(
			p->err, ERR_INPUT, "unsupported format character '%c' (0x%x) at index %zu",
			d.type >= ' ' && d.type < 0x7f ? (char)d.type : '?', (unsigned)d.type,
			utf8_count((struct str){p->format.ptr, p->at}) - 1);
	if (strchr("sra", (int)d.type))
		return text_print(p, &d, v, buf);
	if (d.type == 'c')
		return character_print(p, &d, v, buf);
	return strchr("diuxXo", (int)d.type) ? whole_print(p, &d, v, buf)
					     : float_print_directive(p, &d, v, buf);
}

int format_percent(struct heap *heap, struct str format, struct value args,
		   struct value *ret_string, struct err *err)
{
	struct percent p = {.heap = heap, .format = format, .args = args, .err = err};
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};
	/* What can be subscripted may stay unused, as in Python. */
	bool may_be_left = args.kind == VALUE_DICT || args.kind == VALUE_LIST ||
			   args.kind == VALUE_RANGE || args.kind == VALUE_UNDEFINED;

	p.n_args = args.kind == VALUE_TUPLE ? args.list->n : 1;
	while (!at_end(&p)) {
		const char *sign = memchr(format.ptr + p.at, '%', format.len - p.at);
		size_t plain = sign ? (size_t)(sign - format.ptr) : format.len;

		buf_append(&buf, format.ptr + p.at, plain - p.at);
		p.at = plain;
		if (!sign)
			break;
		p.at++;
		if (directive_print(&p, &buf))
			return -1;
	}
	if (p.next < p.n_args && !may_be_left)
		return refuse(&p, "not all arguments converted during string formatting");
	return text_take(heap, &buf, ret_string, err);
}
