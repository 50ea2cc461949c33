/* filter_pprint.c - values over several lines, as Python's pprint prints them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/unicode.h"

#include "base/banned.h"

#define LINE_WIDTH 80

struct printing {
	struct heap *heap;
	struct buf *buf;
	size_t depth; /* of containers around */
};

static int print_at(struct printing *p, struct value v, size_t indent, size_t allowance,
		    struct err *err);

static void indent_write(struct printing *p, size_t n)
{
	buf_puts(p->buf, ",\n");
	while (n--)
		buf_putc(p->buf, ' ');
}

static int sorted_value(struct heap *heap, struct value v, size_t depth, struct value *ret_sorted,
			struct err *err);

static int sorted_dict(struct heap *heap, const struct dict *dict, size_t depth,
		       struct dict *sorted, struct err *err)
{
	struct list *keys = list_new(heap, 0), *pairs = list_new(heap, 0), *rows = pairs;
	autoerr struct err inner = {0};

	dict_foreach(entry, dict)
	{
		struct value pair[] = {entry->key, entry->value};
		if (sorted_value(heap, entry->value, depth, &pair[1], err))
			return -1;
		list_push(heap, keys, entry->key);
		list_push(heap, pairs, value_tuple(heap, pair, 2));
	}
	/* Keys that have no order stay in that of the dict. */
	if (sort_by_keys(heap, keys, pairs, false, &rows, &inner))
		rows = pairs;
	for (size_t i = 0; i < rows->n; i++)
		dict_put(heap, sorted, rows->items[i].list->items[0],
			 rows->items[i].list->items[1]);
	return 0;
}

/* Dicts by their keys, whatever they are in. */
static int sorted_value(struct heap *heap, struct value v, size_t depth, struct value *ret_sorted,
			struct err *err)
{
	if (depth == LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "a value nested deeper than %d", LIMIT_DEPTH);
	if (heap_step(heap, err))
		return -1;
	*ret_sorted = v;
	if (v.kind == VALUE_DICT) {
		struct dict *sorted = dict_new(heap);
		*ret_sorted = value_of_dict(sorted);
		return sorted_dict(heap, v.dict, depth + 1, sorted, err);
	}
	if (!value_is_sequence(v))
		return 0;
	struct list *items = list_new(heap, v.list->n);
	for (size_t i = 0; i < v.list->n; i++) {
		struct value item;
		if (sorted_value(heap, v.list->items[i], depth + 1, &item, err))
			return -1;
		list_push(heap, items, item);
	}
	*ret_sorted = v.kind == VALUE_LIST ? value_of_list(items)
					   : value_tuple(heap, items->items, items->n);
	return 0;
}

static int print_dict(struct printing *p, const struct dict *dict, size_t indent, size_t allowance,
		      struct err *err)
{
	size_t n = 0;

	buf_putc(p->buf, '{');
	dict_foreach(entry, dict)
	{
		if (n++)
			indent_write(p, indent + 1);
		size_t start = p->buf->len;
		if (value_print_repr(p->heap, entry->key, p->buf, err))
			return -1;
		struct str key = {p->buf->ptr + start, p->buf->len - start};
		size_t width = utf8_count(key);
		buf_puts(p->buf, ": ");
		if (print_at(p, entry->value, indent + 1 + width + 2,
			     n == dict->n ? allowance + 1 : 1, err))
			return -1;
	}
	buf_putc(p->buf, '}');
	return 0;
}

static int print_list(struct printing *p, struct value v, size_t indent, size_t allowance,
		      struct err *err)
{
	const struct list *list = v.list;
	bool is_tuple = v.kind == VALUE_TUPLE;

	buf_putc(p->buf, is_tuple ? '(' : '[');
	for (size_t i = 0; i < list->n; i++) {
		bool is_last = i + 1 == list->n;
		if (i)
			indent_write(p, indent + 1);
		if (print_at(p, list->items[i], indent + 1, is_last ? allowance + 1 : 1, err))
			return -1;
	}
	buf_puts(p->buf, is_tuple ? list->n == 1 ? ",)" : ")" : "]");
	return 0;
}

/* ---- long texts: a literal a line, broken behind white space ---- */

static int literal_of(struct heap *heap, struct str text, struct str *ret_literal, struct err *err)
{
	struct value literal;

	if (value_repr(heap, value_view(text), &literal, err))
		return -1;
	*ret_literal = value_bytes(literal);
	return 0;
}

/* Bytes of a word and the white space behind it. */
static size_t word_length(struct str text)
{
	bool is_behind = false;
	size_t i = 0;

	while (i < text.len) {
		uint32_t code;
		size_t n = utf8_decode(text.ptr + i, text.len - i, &code);
		bool is_space = unicode_is_space(code);
		if (is_behind && !is_space)
			break;
		is_behind = is_space;
		i += n;
	}
	return i;
}

/* One line of the text; `last` columns are needed behind its end. */
static int line_split(struct printing *p, struct str line, size_t width, size_t last,
		      struct list *literals, struct err *err)
{
	struct str current = {line.ptr, 0}, literal = {0};

	if (literal_of(p->heap, line, &literal, err))
		return -1;
	if (utf8_count(literal) + last <= width) {
		list_push(p->heap, literals, value_view(literal));
		return 0;
	}
	for (size_t i = 0; i < line.len;) {
		struct str rest = {line.ptr + i, line.len - i};
		size_t n = word_length(rest);
		struct str longer = {current.ptr, current.len + n};
		size_t room = i + n == line.len && last < width ? width - last : width;
		if (heap_step(p->heap, err) || literal_of(p->heap, longer, &literal, err))
			return -1;
		if (utf8_count(literal) > room) {
			if (current.len && literal_of(p->heap, current, &literal, err))
				return -1;
			if (current.len)
				list_push(p->heap, literals, value_view(literal));
			longer = (struct str){rest.ptr, n};
		}
		current = longer;
		i += n;
	}
	if (literal_of(p->heap, current, &literal, err))
		return -1;
	list_push(p->heap, literals, value_view(literal));
	return 0;
}

static int print_text(struct printing *p, struct str text, size_t indent, size_t allowance,
		      struct err *err)
{
	struct list *literals = list_new(p->heap, 0);
	bool is_outer = p->depth == 0;
	struct str rest = text, line;

	indent += is_outer;
	allowance += is_outer;
	size_t width = indent < LINE_WIDTH ? LINE_WIDTH - indent : 0;
	while (line_cut(&rest, &line)) {
		line.len = (size_t)(rest.ptr - line.ptr); /* with its end */
		if (line_split(p, line, width, rest.len ? 0 : allowance, literals, err))
			return -1;
	}
	is_outer = is_outer && literals->n > 1;
	buf_puts(p->buf, is_outer ? "(" : "");
	for (size_t i = 0; i < literals->n; i++) {
		if (i) {
			buf_putc(p->buf, '\n');
			for (size_t k = 0; k < indent; k++)
				buf_putc(p->buf, ' ');
		}
		buf_append_str(p->buf, value_bytes(literals->items[i]));
	}
	buf_puts(p->buf, is_outer ? ")" : "");
	return 0;
}

/* indent: columns before it; allowance: signs that follow on its last line. */
static int print_at(struct printing *p, struct value v, size_t indent, size_t allowance,
		    struct err *err)
{
	autobuf struct buf line = text_buf();

	if (heap_step(p->heap, err) || value_print_repr(p->heap, v, &line, err))
		return -1;
	bool fits = utf8_count(buf_str(&line)) + indent + allowance <= LINE_WIDTH;
	if (!fits && value_is_string(v))
		return print_text(p, value_bytes(v), indent, allowance, err);
	if (fits || !(v.kind == VALUE_DICT || value_is_sequence(v))) {
		buf_append_str(p->buf, buf_str(&line));
		return 0;
	}
	p->depth++;
	int failed = v.kind == VALUE_DICT ? print_dict(p, v.dict, indent, allowance, err)
					  : print_list(p, v, indent, allowance, err);
	p->depth--;
	return failed;
}

int filter_pprint(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf text = text_buf();
	struct printing printing = {.heap = call->heap, .buf = &text};
	struct value v;

	if (call_bind(call, "do_pprint", params, &v, err) ||
	    sorted_value(call->heap, v, 0, &v, err) || print_at(&printing, v, 0, 0, err))
		return -1;
	return text_give(call->heap, &text, ret_value, err);
}
