/* format_braces.c - str.format: fields in braces (PEP 3101).
 * SPDX-License-Identifier: Apache-2.0
 *
 *   field = "{" [name] ["!" conversion] [":" spec] "}"
 *   name  = (digits | identifier | nothing) {"." attribute | "[" index "]"}
 * A spec has fields of its own, which have none. */
#include <string.h>

#include "value/format_private.h"
#include "value/unicode.h"

#include "base/banned.h"

#define NESTING_MAX 2 /* a field, and the fields in its specification */

struct braces {
	struct call *call;
	const struct value *mapping; /* of format_map; NULL: the call's arguments */
	enum { NUMBERING_UNKNOWN, NUMBERING_AUTOMATIC, NUMBERING_MANUAL } numbering;
	size_t next; /* position of the next automatic field */
	struct err *err;
};

struct field {
	struct str name, spec;
	uint32_t conversion; /* 0: none */
	bool has_conversion;
};

static int text_build(struct braces *b, struct str format, unsigned nesting, struct buf *buf);

static int refuse(struct braces *b, const char *text)
{
	return err_set(b->err, ERR_INPUT, "%s", text);
}

/* What stands behind the name, up to the brace that ends the field; *at is behind it then. */
static int tail_read(struct braces *b, struct str format, size_t *at, struct field *field)
{
	unsigned open = 1;
	size_t start;

	if (format.ptr[*at] == '!') {
		if (++*at >= format.len)
			return refuse(b, "end of string while looking for conversion specifier");
		*at += utf8_decode(format.ptr + *at, format.len - *at, &field->conversion);
		field->has_conversion = true;
		if (*at >= format.len)
			return refuse(b, "unmatched '{' in format spec");
		if (format.ptr[*at] != ':' && format.ptr[*at] != '}')
			return refuse(b, "expected ':' after conversion specifier");
	}
	if (format.ptr[*at] == '}') {
		++*at;
		return 0;
	}
	for (start = ++*at; *at < format.len; ++*at) {
		if (format.ptr[*at] == '{')
			open++;
		if (format.ptr[*at] == '}' && --open == 0) {
			field->spec = (struct str){format.ptr + start, *at - start};
			++*at;
			return 0;
		}
	}
	return refuse(b, "unmatched '{' in format spec");
}

/* A field behind its opening brace. */
static int field_read(struct braces *b, struct str format, size_t *at, struct field *ret_field)
{
	size_t start = *at;
	bool in_index = false;

	*ret_field = (struct field){0};
	if (start >= format.len)
		return refuse(b, "Single '{' encountered in format string");
	for (; *at < format.len; ++*at) {
		char c = format.ptr[*at];

		if (c == '{')
			return refuse(b, "unexpected '{' in field name");
		if (c == '[' || c == ']')
			in_index = c == '[';
		if (!in_index && (c == '}' || c == ':' || c == '!'))
			break;
	}
	if (*at >= format.len)
		return refuse(b, "expected '}' before end of string");
	ret_field->name = (struct str){format.ptr + start, *at - start};
	return tail_read(b, format, at, ret_field);
}

static int numbering_set(struct braces *b, bool automatic)
{
	if (b->numbering != NUMBERING_UNKNOWN && automatic != (b->numbering == NUMBERING_AUTOMATIC))
		return refuse(b, automatic ? "cannot switch from manual field specification to "
					     "automatic field numbering"
					   : "cannot switch from automatic field numbering to "
					     "manual field specification");
	b->numbering = automatic ? NUMBERING_AUTOMATIC : NUMBERING_MANUAL;
	return 0;
}

static int position_find(struct braces *b, uint64_t position, struct value *ret_value)
{
	if (b->mapping)
		return refuse(b, "Format string contains positional fields");
	if (position >= b->call->n_args)
		return err_set(b->err, ERR_INPUT,
			       "Replacement index %llu out of range for positional args tuple",
			       (unsigned long long)position);
	*ret_value = b->call->args[position];
	return 0;
}

/* The first part of a name: a position, a keyword, or nothing. */
static int argument_find(struct braces *b, struct str name, struct value *ret_value)
{
	uint64_t position;
	const struct value *found;

	if (!name.len)
		return numbering_set(b, true) ? -1 : position_find(b, b->next++, ret_value);
	if (name.ptr[0] >= '0' && name.ptr[0] <= '9' && str_to_u64(name, &position))
		return numbering_set(b, false) ? -1 : position_find(b, position, ret_value);
	for (size_t i = 0; !b->mapping && i < b->call->n_keywords; i++)
		if (str_eq(b->call->keywords[i].name, name)) {
			*ret_value = b->call->keywords[i].value;
			return 0;
		}
	if (b->mapping && b->mapping->kind != VALUE_DICT)
		return value_item(b->call->heap, *b->mapping, value_view(name), ret_value, b->err);
	found = b->mapping ? dict_get_str(b->mapping->dict, name) : NULL;
	if (!found)
		return err_set(b->err, ERR_INPUT, "'%.*s'", STR_ARG(name));
	*ret_value = *found;
	return 0;
}

/* ".attribute" or "[index]" at *at. */
static int part_follow(struct braces *b, struct str name, size_t *at, struct value *value)
{
	bool is_item = name.ptr[*at] == '[';
	size_t start = ++*at;
	struct str part;
	int64_t index;

	while (*at < name.len &&
	       (is_item ? name.ptr[*at] != ']' : name.ptr[*at] != '.' && name.ptr[*at] != '['))
		++*at;
	part = (struct str){name.ptr + start, *at - start};
	if (is_item && *at >= name.len)
		return refuse(b, "Missing ']' in format string");
	if (!part.len)
		return refuse(b, "Empty attribute in format string");
	if (!is_item)
		return value_attribute(b->call->heap, *value, part, value, b->err);
	if (++*at < name.len && name.ptr[*at] != '.' && name.ptr[*at] != '[')
		return refuse(b, "Only '.' or '[' may follow ']' in format field specifier");
	if (part.ptr[0] >= '0' && part.ptr[0] <= '9' && str_to_i64(part, &index))
		return value_item(b->call->heap, *value, value_int(index), value, b->err);
	return value_item(b->call->heap, *value, value_view(part), value, b->err);
}

static int field_find(struct braces *b, struct str name, struct value *ret_value)
{
	size_t at = 0;

	while (at < name.len && name.ptr[at] != '.' && name.ptr[at] != '[')
		at++;
	if (argument_find(b, (struct str){name.ptr, at}, ret_value))
		return -1;
	while (at < name.len)
		if (part_follow(b, name, &at, ret_value))
			return -1;
	return 0;
}

static int convert(struct braces *b, const struct field *field, struct value *value)
{
	autobuf struct buf text = {.max = LIMIT_VALUE_BYTES};
	struct heap *heap = b->call->heap;

	switch (field->conversion) {
	case 's': return value_str(heap, *value, value, b->err);
	case 'r': return value_repr(heap, *value, value, b->err);
	case 'a':
		return format_ascii(heap, *value, &text, b->err) ||
				       text_take(heap, &text, value, b->err)
			       ? -1
			       : 0;
	default: break;
	}
	if (field->conversion > ' ' && field->conversion < 0x7f)
		return err_set(b->err, ERR_INPUT, "Unknown conversion specifier %c",
			       (char)field->conversion);
	return err_set(b->err, ERR_INPUT, "Unknown conversion specifier \\x%x",
		       (unsigned)field->conversion);
}

static int field_print(struct braces *b, const struct field *field, unsigned nesting,
		       struct buf *buf)
{
	autobuf struct buf spec = {.max = LIMIT_VALUE_BYTES};
	struct value value;

	if (heap_step(b->call->heap, b->err) || field_find(b, field->name, &value))
		return -1;
	if (field->has_conversion && convert(b, field, &value))
		return -1;
	if (!field->spec.len || !memchr(field->spec.ptr, '{', field->spec.len))
		return format_value(b->call->heap, value, field->spec, buf, b->err);
	if (text_build(b, field->spec, nesting + 1, &spec))
		return -1;
	return format_value(b->call->heap, value, buf_str(&spec), buf, b->err);
}

static int text_build(struct braces *b, struct str format, unsigned nesting, struct buf *buf)
{
	struct field field;

	if (nesting > NESTING_MAX)
		return refuse(b, "Max string recursion exceeded");
	for (size_t at = 0; at < format.len;) {
		char c;
		size_t plain = at;

		while (at < format.len && format.ptr[at] != '{' && format.ptr[at] != '}')
			at++;
		buf_append(buf, format.ptr + plain, at - plain);
		if (at == format.len)
			break;
		c = format.ptr[at++];
		if (at < format.len && format.ptr[at] == c) {
			buf_putc(buf, c);
			at++;
			continue;
		}
		if (c == '}')
			return refuse(b, "Single '}' encountered in format string");
		if (field_read(b, format, &at, &field) || field_print(b, &field, nesting, buf))
			return -1;
	}
	return text_room(buf, b->err);
}

static int format_all(struct braces *b, struct str format, struct value *ret_string)
{
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};

	return text_build(b, format, 1, &buf) || text_take(b->call->heap, &buf, ret_string, b->err)
		       ? -1
		       : 0;
}

int format_braces(struct str format, struct call *call, struct value *ret_string, struct err *err)
{
	struct braces b = {.call = call, .err = err};

	return format_all(&b, format, ret_string);
}

int format_braces_map(struct str format, struct call *call, struct value mapping,
		      struct value *ret_string, struct err *err)
{
	struct braces b = {.call = call, .mapping = &mapping, .err = err};

	if (mapping.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(mapping, err);
	return format_all(&b, format, ret_string);
}
