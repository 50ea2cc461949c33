/* repr.c - values as text: Python's str() and repr().
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "value/format_private.h"
#include "value/unicode.h"
#include "value/value_private.h"

#include "base/banned.h"

/* What is being printed, from the inside out: a container in itself prints as [...]. */
struct print_frame {
	const void *container;
	const struct print_frame *outer;
	unsigned depth;
};

struct printing {
	struct heap *heap;
	struct buf *buf;
	struct err *err;
};

static int repr_deep(struct printing *p, struct value v, const struct print_frame *outer);

int text_room(const struct buf *buf, struct err *err)
{
	if (buf->overflowed)
		return err_set(err, ERR_LIMIT, "a text of more than %zu MiB", buf->max >> 20);
	return 0;
}

int text_take(struct heap *heap, const struct buf *buf, struct value *ret_string, struct err *err)
{
	if (text_room(buf, err) || heap_room(heap, buf->len, err))
		return -1;
	*ret_string = value_text(heap, buf_str(buf));
	return 0;
}

static void repr_code(uint32_t code, struct buf *buf)
{
	if (code == '\t')
		buf_puts(buf, "\\t");
	else if (code == '\n')
		buf_puts(buf, "\\n");
	else if (code == '\r')
		buf_puts(buf, "\\r");
	else if (code < 0x100)
		buf_printf(buf, "\\x%02x", (unsigned)code);
	else if (code < 0x10000)
		buf_printf(buf, "\\u%04x", (unsigned)code);
	else
		buf_printf(buf, "\\U%08x", (unsigned)code);
}

void repr_text(struct str s, struct buf *buf)
{
	bool double_quoted =
		s.len && memchr(s.ptr, '\'', s.len) != NULL && !memchr(s.ptr, '"', s.len);
	char quote = double_quoted ? '"' : '\'';
	size_t plain = 0; /* start of what needs no escape */

	buf_putc(buf, quote);
	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.ptr[i];
		uint32_t code = c;
		size_t len = 1;

		if (c >= ' ' && c < 0x7f && c != '\\' && c != (unsigned char)quote) {
			i++;
			continue;
		}
		if (c >= 0x80)
			len = utf8_decode(s.ptr + i, s.len - i, &code);
		if (code >= 0x80 && unicode_is_printable(code)) {
			i += len;
			continue;
		}
		buf_append(buf, s.ptr + plain, i - plain);
		if (c == '\\' || c == (unsigned char)quote) {
			buf_putc(buf, '\\');
			buf_putc(buf, (char)c);
		} else {
			repr_code(code, buf);
		}
		i += len;
		plain = i;
	}
	if (plain < s.len)
		buf_append(buf, s.ptr + plain, s.len - plain);
	buf_putc(buf, quote);
}

int format_ascii(struct heap *heap, struct value v, struct buf *buf, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_VALUE_BYTES};

	if (value_print_repr(heap, v, &text, err))
		return -1;
	for (size_t i = 0; i < text.len && !buf->overflowed;) {
		uint32_t code;

		i += utf8_decode(text.ptr + i, text.len - i, &code);
		if (code < 0x80)
			buf_putc(buf, (char)code);
		else
			repr_code(code, buf);
	}
	return text_room(buf, err);
}

static int items_repr(struct printing *p, const struct list *list, const struct print_frame *frame)
{
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_puts(p->buf, ", ");
		if (repr_deep(p, list->items[i], frame))
			return -1;
	}
	return 0;
}

static int dict_repr(struct printing *p, const struct dict *dict, const struct print_frame *frame)
{
	bool first = true;

	dict_foreach(entry, dict)
	{
		if (!first)
			buf_puts(p->buf, ", ");
		first = false;
		if (repr_deep(p, entry->key, frame))
			return -1;
		buf_puts(p->buf, ": ");
		if (repr_deep(p, entry->value, frame))
			return -1;
	}
	return 0;
}

static int view_repr(struct printing *p, const struct view *view, const struct print_frame *frame)
{
	bool first = true;

	dict_foreach(entry, view->of)
	{
		if (!first)
			buf_puts(p->buf, ", ");
		first = false;
		if (view->kind == VIEW_ITEMS)
			buf_putc(p->buf, '(');
		if (view->kind != VIEW_VALUES && repr_deep(p, entry->key, frame))
			return -1;
		if (view->kind == VIEW_ITEMS)
			buf_puts(p->buf, ", ");
		if (view->kind != VIEW_KEYS && repr_deep(p, entry->value, frame))
			return -1;
		if (view->kind == VIEW_ITEMS)
			buf_putc(p->buf, ')');
	}
	return 0;
}

static bool is_printing(const struct print_frame *frame, const void *container)
{
	while (frame && frame->container != container)
		frame = frame->outer;
	return frame != NULL;
}

static int container_repr(struct printing *p, struct value v, const struct print_frame *outer)
{
	static const char *const around[][3] = {
		[VALUE_LIST] = {"[", "]", "[...]"},
		[VALUE_TUPLE] = {"(", ")", "(...)"},
		[VALUE_DICT] = {"{", "}", "{...}"},
		[VALUE_VIEW] = {"([", "])", "..."},
	};
	struct print_frame frame = {v.list, outer, outer ? outer->depth + 1 : 1};
	const char *const *sign = around[v.kind];
	int result;

	if (is_printing(outer, v.list)) {
		buf_puts(p->buf, sign[2]);
		return 0;
	}
	if (frame.depth > LIMIT_DEPTH)
		return err_set(p->err, ERR_LIMIT, "containers nested deeper than %d levels",
			       LIMIT_DEPTH);
	if (v.kind == VALUE_VIEW)
		buf_puts(p->buf, value_type_name(v));
	buf_puts(p->buf, sign[0]);
	if (v.kind == VALUE_DICT)
		result = dict_repr(p, v.dict, &frame);
	else if (v.kind == VALUE_VIEW)
		result = view_repr(p, v.view, &frame);
	else
		result = items_repr(p, v.list, &frame);
	if (v.kind == VALUE_TUPLE && v.list->n == 1)
		buf_putc(p->buf, ',');
	buf_puts(p->buf, sign[1]);
	return result;
}

/* What it prints of its own begins inside of what is around it: a namespace may hold itself. */
static int object_print(struct printing *p, struct object *object, const struct print_frame *outer)
{
	const struct print_frame *around = p->heap->printing;
	int result;

	if (object->type->print) {
		p->heap->printing = outer;
		result = object->type->print(p->heap, object, p->buf, p->err);
		p->heap->printing = around;
		return result;
	}
	buf_printf(p->buf, "<%s object>", object->type->name);
	return 0;
}

static int repr_deep(struct printing *p, struct value v, const struct print_frame *outer)
{
	if (text_room(p->buf, p->err))
		return -1;
	switch ((enum value_kind)v.kind) {
	case VALUE_UNDEFINED: buf_puts(p->buf, "Undefined"); return 0;
	case VALUE_NONE: buf_puts(p->buf, "None"); return 0;
	case VALUE_BOOL: buf_puts(p->buf, v.boolean ? "True" : "False"); return 0;
	case VALUE_INT: int_print(v.integer, p->buf); return 0;
	case VALUE_FLOAT: float_print(v.number, p->buf); return 0;
	case VALUE_STRING:
		if (v.flags & VALUE_MARKUP)
			buf_puts(p->buf, "Markup(");
		repr_text(value_bytes(v), p->buf);
		if (v.flags & VALUE_MARKUP)
			buf_putc(p->buf, ')');
		return 0;
	case VALUE_RANGE:
		buf_printf(p->buf, "range(%lld, %lld", (long long)v.range->start,
			   (long long)v.range->stop);
		if (v.range->step != 1)
			buf_printf(p->buf, ", %lld", (long long)v.range->step);
		buf_putc(p->buf, ')');
		return 0;
	case VALUE_OBJECT: return object_print(p, v.object, outer);
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
	case VALUE_VIEW: break;
	}
	return container_repr(p, v, outer);
}

int value_print_repr(struct heap *heap, struct value v, struct buf *buf, struct err *err)
{
	struct printing p = {heap, buf, err};

	return repr_deep(&p, v, heap->printing) || text_room(buf, err) ? -1 : 0;
}

int value_print(struct heap *heap, struct value v, struct buf *buf, struct err *err)
{
	if (v.kind == VALUE_STRING) {
		buf_append(buf, v.text, v.len);
		return text_room(buf, err);
	}
	if (v.kind != VALUE_UNDEFINED)
		return value_print_repr(heap, v, buf, err);
	if (undefined_fails(heap, v))
		return value_refuse_undefined(v, err);
	if (heap->undefined == UNDEFINED_DEBUG && !(v.flags & VALUE_LENIENT) && v.why &&
	    v.why->shown)
		buf_printf(buf, "{{ %s }}", v.why->shown);
	return text_room(buf, err);
}

int value_str(struct heap *heap, struct value v, struct value *ret_string, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_VALUE_BYTES};

	if (v.kind == VALUE_STRING) {
		*ret_string = v;
		return 0;
	}
	return value_print(heap, v, &text, err) || text_take(heap, &text, ret_string, err) ? -1 : 0;
}

int value_repr(struct heap *heap, struct value v, struct value *ret_string, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_VALUE_BYTES};

	return value_print_repr(heap, v, &text, err) || text_take(heap, &text, ret_string, err) ? -1
												: 0;
}
