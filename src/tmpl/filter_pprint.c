/* filter_pprint.c - values over several lines, as Python's pprint prints them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/unicode.h"

#include "base/banned.h"

#define LINE_WIDTH 80

struct printing {
	struct heap *heap;
	struct buf *buf;
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

/* indent: columns before it; allowance: signs that follow on its last line. */
static int print_at(struct printing *p, struct value v, size_t indent, size_t allowance,
		    struct err *err)
{
	autobuf struct buf line = text_buf();

	if (heap_step(p->heap, err) || value_print_repr(p->heap, v, &line, err))
		return -1;
	bool fits = utf8_count(buf_str(&line)) + indent + allowance <= LINE_WIDTH;
	if (fits || !(v.kind == VALUE_DICT || value_is_sequence(v))) {
		buf_append_str(p->buf, buf_str(&line));
		return 0;
	}
	return v.kind == VALUE_DICT ? print_dict(p, v.dict, indent, allowance, err)
				    : print_list(p, v, indent, allowance, err);
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
