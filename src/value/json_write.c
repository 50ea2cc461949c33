/* json_write.c - values as JSON, spaced as Python's json.dumps does it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "value/json.h"
#include "value/unicode.h"
#include "value/value_private.h"

#include "base/banned.h"

struct writing {
	struct heap *heap;
	const struct value_json_options *options;
	struct buf *buf;
	struct err *err;
	const void *open[LIMIT_DEPTH]; /* the containers that are being written */
	unsigned depth;
};

static int write_deep(struct writing *w, struct value v);

static void escape_append(struct buf *buf, uint32_t code)
{
	static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *p = short_forms; *p; p += 2)
		if (code == (unsigned char)p[0]) {
			buf_putc(buf, '\\');
			buf_putc(buf, p[1]);
			return;
		}
	if (code < 0x10000) {
		buf_printf(buf, "\\u%04x", (unsigned)code);
		return;
	}
	code -= 0x10000;
	buf_printf(buf, "\\u%04x\\u%04x", 0xd800U + (code >> 10), 0xdc00U + (code & 0x3ff));
}

static void text_write(struct writing *w, struct str s)
{
	size_t plain = 0;

	buf_putc(w->buf, '"');
	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.ptr[i];
		uint32_t code = c;
		size_t len = 1;

		if (c >= 0x80)
			len = utf8_decode(s.ptr + i, s.len - i, &code);
		if (c >= 0x7f ? !w->options->ascii && !unicode_is_stray(code)
			      : c >= ' ' && c != '"' && c != '\\') {
			i += len;
			continue;
		}
		buf_append(w->buf, s.ptr + plain, i - plain);
		if (unicode_is_stray(code) && !w->options->ascii)
			utf8_append(w->buf, UNICODE_REPLACEMENT);
		else
			escape_append(w->buf, unicode_is_stray(code) ? UNICODE_REPLACEMENT : code);
		i += len;
		plain = i;
	}
	buf_append(w->buf, s.ptr + plain, s.len - plain);
	buf_putc(w->buf, '"');
}

static void float_write(double number, struct buf *buf)
{
	if (isfinite(number))
		float_print(number, buf);
	else
		buf_puts(buf, number != number ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
}

/* What a key reads as: numbers, None and bools become texts. */
static int key_text(struct writing *w, struct value key, struct value *ret_text)
{
	autobuf struct buf text = {0};

	switch (key.kind) {
	case VALUE_STRING: *ret_text = key; return 0;
	case VALUE_NONE: *ret_text = value_literal("null"); return 0;
	case VALUE_BOOL:
		*ret_text = key.boolean ? value_literal("true") : value_literal("false");
		return 0;
	case VALUE_INT: int_print(key.integer, &text); break;
	case VALUE_FLOAT: float_write(key.number, &text); break;
	default:
		return err_set(w->err, ERR_INPUT,
			       "keys must be str, int, float, bool or None, not %s",
			       value_type_name(key));
	}
	*ret_text = value_text(w->heap, buf_str(&text));
	return 0;
}

/* Before an item and before the closing bracket. */
static void newline(struct writing *w)
{
	if (w->options->indent < 0)
		return;
	buf_putc(w->buf, '\n');
	for (unsigned i = 0; i < w->depth && !w->buf->overflowed; i++)
		buf_printf(w->buf, "%*s", w->options->indent, "");
}

static void comma(struct writing *w, bool first)
{
	if (!first)
		buf_puts(w->buf, w->options->compact || w->options->indent >= 0 ? "," : ", ");
	newline(w);
}

static int pair_write(struct writing *w, struct value key, struct value v, bool first)
{
	struct value text;

	if (key_text(w, key, &text))
		return -1;
	comma(w, first);
	text_write(w, value_bytes(text));
	buf_puts(w->buf, w->options->compact ? ":" : ": ");
	return write_deep(w, v);
}

static int sorted_write(struct writing *w, const struct dict *dict)
{
	struct list *keys = list_new(w->heap, dict->n);

	dict_foreach(entry, dict)
	{
		list_push(w->heap, keys, entry->key);
	}
	/* Python sorts the keys themselves: 2 before 10, and 1 beside "a" is an error. */
	if (list_sort(w->heap, keys, false, w->err))
		return -1;
	for (size_t i = 0; i < keys->n; i++)
		if (pair_write(w, keys->items[i], *dict_find(dict, keys->items[i]), i == 0))
			return -1;
	return 0;
}

static int dict_write(struct writing *w, const struct dict *dict)
{
	bool first = true;

	if (w->options->sort_keys)
		return sorted_write(w, dict);
	dict_foreach(entry, dict)
	{
		if (pair_write(w, entry->key, entry->value, first))
			return -1;
		first = false;
	}
	return 0;
}

static int list_write(struct writing *w, const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		comma(w, i == 0);
		if (write_deep(w, list->items[i]))
			return -1;
	}
	return 0;
}

static int container_write(struct writing *w, struct value v)
{
	bool is_dict = v.kind == VALUE_DICT, is_empty = is_dict ? !v.dict->n : !v.list->n;
	int result;

	for (unsigned i = 0; i < w->depth; i++)
		if (w->open[i] == v.list)
			return err_set(w->err, ERR_INPUT, "Circular reference detected");
	if (w->depth == LIMIT_DEPTH)
		return err_set(w->err, ERR_LIMIT, "containers nested deeper than %d levels",
			       LIMIT_DEPTH);
	buf_putc(w->buf, is_dict ? '{' : '[');
	w->open[w->depth++] = v.list;
	result = is_dict ? dict_write(w, v.dict) : list_write(w, v.list);
	w->depth--;
	if (!is_empty)
		newline(w);
	buf_putc(w->buf, is_dict ? '}' : ']');
	return result;
}

static int write_deep(struct writing *w, struct value v)
{
	if (text_room(w->buf, w->err))
		return -1;
	switch ((enum value_kind)v.kind) {
	case VALUE_NONE: buf_puts(w->buf, "null"); return 0;
	case VALUE_BOOL: buf_puts(w->buf, v.boolean ? "true" : "false"); return 0;
	case VALUE_INT: int_print(v.integer, w->buf); return 0;
	case VALUE_FLOAT: float_write(v.number, w->buf); return 0;
	case VALUE_STRING: text_write(w, value_bytes(v)); return 0;
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT: return container_write(w, v);
	case VALUE_UNDEFINED:
		if (w->heap->undefined == UNDEFINED_STRICT)
			return value_refuse_undefined(v, w->err);
		break;
	case VALUE_VIEW:
	case VALUE_RANGE:
	case VALUE_OBJECT: break;
	}
	return err_set(w->err, ERR_INPUT, "Object of type %s is not JSON serializable",
		       value_type_name(v));
}

int value_to_json(struct heap *heap, struct value v, const struct value_json_options *options,
		  struct buf *buf, struct err *err)
{
	struct writing w = {.heap = heap, .options = options, .buf = buf, .err = err};

	return write_deep(&w, v) || text_room(buf, err) ? -1 : 0;
}
