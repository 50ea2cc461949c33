/* report_nested.c - any value as the reference's "nested" outputter lays it out.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "state/report.h"
#include "value/limits.h"
#include "value/list.h"

#include "base/banned.h"

struct nesting {
	struct heap *heap;
	struct buf *buf;
	size_t begin;
	unsigned depth;
};

static void nested(struct nesting *nesting, struct value v, int indent, const char *prefix);

static void line(struct nesting *nesting, int indent, const char *prefix, struct str text,
		 const char *suffix)
{
	if (nesting->buf->len > nesting->begin)
		buf_putc(nesting->buf, '\n');
	buf_printf(nesting->buf, "%*s%s%.*s%s", indent, "", prefix, STR_ARG(text), suffix);
}

static void lines(struct nesting *nesting, struct str text, int indent, const char *prefix)
{
	int width = (int)strlen(prefix);
	bool is_first = true;

	while (text.len) {
		struct str one = str_cut(&text, '\n');
		if (one.len && one.ptr[one.len - 1] == '\r')
			one.len--;
		if (is_first)
			line(nesting, indent, prefix, one, "");
		else
			line(nesting, indent + width, "", one, "");
		is_first = false;
	}
}

static void scalar(struct nesting *nesting, struct value v, int indent, const char *prefix)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	if (value_is_string(v)) {
		lines(nesting, value_bytes(v), indent, prefix);
		return;
	}
	if (v.kind != VALUE_UNDEFINED && value_print(nesting->heap, v, &text, &err))
		err_clear(&err);
	line(nesting, indent, prefix, buf_str(&text), "");
}

static void sequence(struct nesting *nesting, const struct list *list, int indent)
{
	for (size_t i = 0; i < list->n; i++) {
		struct value item = list->items[i];
		if (item.kind != VALUE_DICT && !value_is_sequence(item)) {
			nested(nesting, item, indent, "- ");
			continue;
		}
		line(nesting, indent, "", STR("|_"), "");
		nested(nesting, item, indent + 2, item.kind == VALUE_DICT ? "" : "- ");
	}
}

struct row {
	struct str key;
	struct value value;
};

static int by_key(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	size_t common = left->key.len < right->key.len ? left->key.len : right->key.len;
	int order = common ? memcmp(left->key.ptr, right->key.ptr, common) : 0;

	if (order)
		return order;
	return left->key.len < right->key.len ? -1 : left->key.len > right->key.len;
}

static void mapping(struct nesting *nesting, const struct dict *dict, int indent,
		    const char *prefix)
{
	autofree struct row *rows = xcalloc((size_t)dict->n + 1, sizeof(*rows));
	size_t n = 0;

	dict_foreach(entry, dict)
	{
		autoerr struct err err = {0};
		struct value key;
		if (n < dict->n && value_str(nesting->heap, entry->key, &key, &err) == 0)
			rows[n++] = (struct row){value_bytes(key), entry->value};
	}
	qsort(rows, n, sizeof(*rows), by_key);
	if (indent)
		line(nesting, indent, "", STR("----------"), "");
	for (size_t i = 0; i < n; i++) {
		line(nesting, indent, prefix, rows[i].key, ":");
		nested(nesting, rows[i].value, indent + 4, "");
	}
}

static void nested(struct nesting *nesting, struct value v, int indent, const char *prefix)
{
	if (nesting->depth >= LIMIT_DEPTH) {
		line(nesting, indent, prefix, STR("..."), "");
		return;
	}
	nesting->depth++;
	if (value_is_sequence(v))
		sequence(nesting, v.list, indent);
	else if (v.kind == VALUE_DICT)
		mapping(nesting, v.dict, indent, prefix);
	else
		scalar(nesting, v, indent, prefix);
	nesting->depth--;
}

void report_nested(struct heap *heap, struct value v, int indent, struct buf *buf)
{
	struct nesting nesting = {.heap = heap, .buf = buf, .begin = buf->len};

	nested(&nesting, v, indent, "");
}
