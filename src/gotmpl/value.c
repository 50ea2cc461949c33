/* value.c - what Go does with values: truth, %v, index.
 * SPDX-License-Identifier: Apache-2.0
 * Source: text/template, "Actions" (truth) and "Functions" (index); fmt, "Printing". */
#include <math.h>

#include "gotmpl/gotmpl_private.h"

#include "base/banned.h"

bool value_is_true(const struct node *value)
{
	switch (value->kind) {
	case NODE_NULL: return false;
	case NODE_BOOL: return value->boolean;
	case NODE_INT: return value->integer != 0;
	case NODE_FLOAT: return value->number != 0;
	case NODE_STRING: return value->text.len > 0;
	case NODE_LIST:
	case NODE_MAP: return value->children.n > 0;
	}
	return false;
}

/* The fewest digits that give the number again; an exponent below 1e-4 and from 1e6 on. */
static void print_float(struct buf *buf, double number)
{
	char text[400];
	int digits = 0;

	if (!isfinite(number)) {
		buf_puts(buf, isnan(number) ? "NaN" : number < 0 ? "-Inf" : "+Inf");
		return;
	}
	do {
		snprintf(text, sizeof(text), "%.*e", digits, number);
	} while (strtod(text, NULL) != number && ++digits < 17);

	int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	if (exponent >= -4 && exponent < 6)
		snprintf(text, sizeof(text), "%.*f", digits > exponent ? digits - exponent : 0,
			 number);
	buf_puts(buf, text);
}

static void print_null(struct buf *buf, enum node_kind null_of)
{
	buf_puts(buf, null_of == NODE_LIST     ? "[]"
		      : null_of == NODE_MAP    ? "map[]"
		      : null_of == NODE_STRING ? ""
					       : "<nil>");
}

static void print_list(struct buf *buf, const struct node *list)
{
	buf_putc(buf, '[');
	node_foreach(child, list) {
		if (child != list->children.first)
			buf_putc(buf, ' ');
		value_print(buf, child);
	}
	buf_putc(buf, ']');
}

static void print_map(struct buf *buf, const struct node *map)
{
	autofree const struct node **sorted = node_sorted(map);

	buf_puts(buf, "map[");
	for (size_t i = 0; i < map->children.n; i++) {
		if (i)
			buf_putc(buf, ' ');
		buf_append_str(buf, sorted[i]->key);
		buf_putc(buf, ':');
		value_print(buf, sorted[i]);
	}
	buf_putc(buf, ']');
}

void value_print(struct buf *buf, const struct node *value)
{
	switch (value->kind) {
	case NODE_NULL: print_null(buf, value->null_of); break;
	case NODE_BOOL: buf_puts(buf, value->boolean ? "true" : "false"); break;
	case NODE_INT: buf_printf(buf, "%lld", (long long)value->integer); break;
	case NODE_FLOAT: print_float(buf, value->number); break;
	case NODE_STRING: buf_append_str(buf, value->text); break;
	case NODE_LIST: print_list(buf, value); break;
	case NODE_MAP: print_map(buf, value); break;
	}
}

static int index_list(struct arena *arena, const struct node *list, const struct node *key,
		      struct src_pos pos, const struct node **ret_value, struct err *err)
{
	size_t n = list->kind == NODE_STRING ? list->text.len
		   : list->kind == NODE_LIST ? list->children.n
					     : 0;

	if (key->kind != NODE_INT)
		return err_at(err, pos, "the index of %s must be an integer, not %s",
			      list->kind == NODE_STRING ? "a string" : "a list",
			      node_kind_name(key->kind));
	if (key->integer < 0 || (uint64_t)key->integer >= n)
		return err_at(err, pos, "index %lld is out of range, there are %zu items",
			      (long long)key->integer, n);
	if (list->kind == NODE_STRING) {
		*ret_value = node_new_int(arena, (unsigned char)list->text.ptr[key->integer]);
		return 0;
	}
	const struct node *child = list->children.first;
	for (int64_t i = 0; i < key->integer; i++)
		child = child->next;
	*ret_value = child;
	return 0;
}

/* An absent key gives the zero value of Go's map: "" for texts (labels), else null. */
static int index_map(struct arena *arena, const struct node *map, const struct node *key,
		     struct src_pos pos, const struct node **ret_value, struct err *err)
{
	const struct node *first = map->kind == NODE_MAP ? map->children.first : NULL;

	if (key->kind != NODE_STRING)
		return err_at(err, pos, "the key of a map must be a string, not %s",
			      node_kind_name(key->kind));
	*ret_value = node_get(map, key->text.ptr);
	if (!*ret_value)
		*ret_value = !first || first->kind == NODE_STRING ? node_new(arena, NODE_STRING)
								  : node_new(arena, NODE_NULL);
	return 0;
}

int value_index(struct arena *arena, const struct node *value, const struct node *key,
		struct src_pos pos, const struct node **ret_value, struct err *err)
{
	enum node_kind kind = value->kind == NODE_NULL ? value->null_of : value->kind;

	if (kind == NODE_LIST || kind == NODE_STRING)
		return index_list(arena, value, key, pos, ret_value, err);
	if (kind == NODE_MAP)
		return index_map(arena, value, key, pos, ret_value, err);
	return err_at(err, pos, "%s has no items to index", node_kind_name(value->kind));
}
