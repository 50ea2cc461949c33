/* report_nested.c - any value as the reference's "nested" outputter lays it out.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "state/report.h"
#include "value/limits.h"
#include "value/list.h"
#include "value/unicode.h"

#include "base/banned.h"

struct nesting {
	struct heap *heap;
	struct buf *buf;
	size_t begin;
	unsigned depth;
	bool has_color;
};

static const char green[] = "\033[0;32m", cyan[] = "\033[0;36m", yellow[] = "\033[0;1;33m",
		  plain[] = "\033[0;0m";

static void nested(struct nesting *nesting, struct value v, int indent, const char *prefix);

static void line(struct nesting *nesting, int indent, const char *prefix, struct str text,
		 const char *color)
{
	struct buf *buf = nesting->buf;

	if (buf->len > nesting->begin)
		buf_putc(buf, '\n');
	buf_printf(buf, "%*s%s%s", indent, "", nesting->has_color ? color : "", prefix);
	/* What a command said does not speak to the terminal. */
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\033')
			buf_putc(buf, '?');
		else
			buf_putc(buf, text.ptr[i]);
	buf_puts(buf, nesting->has_color ? plain : "");
}

static bool is_line_end(uint32_t code)
{
	return (code >= '\n' && code <= '\r') || (code >= 0x1c && code <= 0x1e) || code == 0x85 ||
	       code == 0x2028 || code == 0x2029;
}

/* The first line, as Python's str.splitlines ends it. */
static struct str line_cut(struct str *text)
{
	uint32_t code;

	for (size_t i = 0, next; i < text->len; i = next) {
		next = i + utf8_decode(text->ptr + i, text->len - i, &code);
		if (!is_line_end(code))
			continue;
		struct str one = {text->ptr, i};
		if (code == '\r' && next < text->len && text->ptr[next] == '\n')
			next++;
		*text = (struct str){text->ptr + next, text->len - next};
		return one;
	}
	struct str one = *text;
	*text = (struct str){0};
	return one;
}

static void lines(struct nesting *nesting, struct str text, int indent, const char *prefix)
{
	while (text.len) {
		struct str one = line_cut(&text);
		line(nesting, indent, prefix, one, green);
		prefix = *prefix ? "  " : ""; /* below "- " */
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
	line(nesting, indent, prefix, buf_str(&text), yellow);
}

static void sequence(struct nesting *nesting, const struct list *list, int indent)
{
	for (size_t i = 0; i < list->n; i++) {
		struct value item = list->items[i];
		if (item.kind != VALUE_DICT && !value_is_sequence(item)) {
			nested(nesting, item, indent, "- ");
			continue;
		}
		line(nesting, indent, "", STR("|_"), green);
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
		line(nesting, indent, "", STR("----------"), cyan);
	for (size_t i = 0; i < n; i++) {
		line(nesting, indent, prefix, rows[i].key, cyan);
		buf_putc(nesting->buf, ':');
		nested(nesting, rows[i].value, indent + 4, "");
	}
}

static void nested(struct nesting *nesting, struct value v, int indent, const char *prefix)
{
	if (nesting->depth >= LIMIT_DEPTH) {
		line(nesting, indent, prefix, STR("..."), yellow);
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

void report_nested(struct heap *heap, struct value v, int indent, bool has_color, struct buf *buf)
{
	struct nesting nesting = {
		.heap = heap, .buf = buf, .begin = buf->len, .has_color = has_color};

	nested(&nesting, v, indent, "");
}
