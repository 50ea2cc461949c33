/* fields.c - decode tables at work.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/fields.h"

#include "base/map.h"

#include "base/banned.h"

#define FIELD_NAMES_MAX                                                           \
	64 /* the longest table; only the search for a near name is bounded by it \
	    */

static const enum node_kind wanted[] = {
	[FIELD_TEXT] = NODE_STRING, [FIELD_BOOL] = NODE_BOOL,   [FIELD_INT] = NODE_INT,
	[FIELD_TEXTS] = NODE_LIST,  [FIELD_MAPPING] = NODE_MAP, [FIELD_KEYS] = NODE_MAP,
};

static const struct field *find_field(const struct field *table, struct str name)
{
	for (; table->name; table++)
		if (str_is(name, table->name))
			return table;
	return NULL;
}

static int refuse_key(const struct field *table, const struct node *node, struct err *err)
{
	const char *names[FIELD_NAMES_MAX + 1] = {0};

	for (size_t i = 0; i < FIELD_NAMES_MAX && table[i].name; i++)
		names[i] = table[i].name;

	const char *near = str_nearest(node->key.ptr, names);
	if (near)
		return err_at(err, node->key_pos, "unknown key '%s', did you mean '%s'?",
			      node->key.ptr, near);
	return err_at(err, node->key_pos, "unknown key '%s'", node->key.ptr);
}

static int refuse_kind(const struct field *field, const struct node *node, enum node_kind kind,
		       const char *of, struct err *err)
{
	return err_at(err, node->pos, "%s'%s' must be %s, not %s", of, field->name,
		      node_kind_name(kind), node_kind_name(node->kind));
}

static int decode_texts(const struct field *field, const struct node *node, struct strlist *out,
			struct err *err)
{
	node_foreach(child, node) {
		if (child->kind != NODE_STRING)
			return refuse_kind(field, child, NODE_STRING, "each item of ", err);
		strlist_add_str(out, child->text);
	}
	return 0;
}

static int decode_mapping(const struct field *field, const struct node *node, struct strlist *out,
			  struct err *err)
{
	node_foreach(child, node) {
		if (child->kind != NODE_STRING)
			return refuse_kind(field, child, NODE_STRING, "each value of ", err);
		if (memchr(child->key.ptr, '=', child->key.len))
			return err_at(err, child->key_pos,
				      "the key '%s' of '%s' may not contain '='", child->key.ptr,
				      field->name);
		strlist_addf(out, "%s=%s", child->key.ptr, child->text.ptr);
	}
	return 0;
}

static int decode_field(const struct field *field, const struct node *node, char *object,
			struct err *err)
{
	void *out = object + field->offset;

	if (node->kind != wanted[field->type])
		return refuse_kind(field, node, wanted[field->type], "", err);
	switch (field->type) {
	case FIELD_TEXT:
		if (node->text.len || !field->omit_zero)
			*(char **)out = str_dup(node->text);
		return 0;
	case FIELD_BOOL: *(bool *)out = node->boolean; return 0;
	case FIELD_INT: *(int64_t *)out = node->integer; return 0;
	case FIELD_TEXTS: return decode_texts(field, node, out, err);
	case FIELD_MAPPING: return decode_mapping(field, node, out, err);
	case FIELD_KEYS:
		node_foreach(child, node)
			strlist_add_str(out, child->key);
		return 0;
	}
	return 0;
}

static int decode_all(const struct field *table, enum fields_mode mode, const struct node *map,
		      char *out, struct err *err)
{
	node_foreach(child, map) {
		const struct field *field = find_field(table, child->key);
		if (!field && mode == FIELDS_STRICT)
			return refuse_key(table, child, err);
		if (field && child->kind != NODE_NULL && decode_field(field, child, out, err))
			return -1;
	}
	for (; table->name; table++) {
		const struct node *node = table->required ? node_get(map, table->name) : NULL;
		if (table->required && (!node || node->kind == NODE_NULL))
			return err_at(err, map->pos, "the key '%s' is missing", table->name);
	}
	return 0;
}

int fields_decode(const struct field *table, enum fields_mode mode, const struct node *map,
		  void *out, struct err *err)
{
	if (map->kind != NODE_MAP)
		return err_at(err, map->pos, "expected a map, not %s", node_kind_name(map->kind));
	if (decode_all(table, mode, map, out, err)) {
		fields_done(table, out);
		return -1;
	}
	return 0;
}

/* node_set for a map of any size: a later key replaces the earlier in place. */
static void set_once(struct arena *arena, struct node *map, struct map *seen, struct str key,
		     struct node *child)
{
	child->key = str_of(arena_str(arena, key));

	struct node *old = map_get(seen, child->key.ptr);
	if (old) {
		child->next = old->next;
		child->key = old->key;
		*old = *child;
		return;
	}
	map_set(seen, child->key.ptr, child);
	node_append(map, child);
}

/* A map from the texts of a list: values, or {} for each. */
static struct node *encode_map(struct arena *arena, enum field_type type,
			       const struct strlist *list)
{
	automap struct map seen = {0};
	struct node *map = node_new(arena, NODE_MAP);

	for (size_t i = 0; i < list->n; i++) {
		struct str value = str_of(list->items[i]);
		struct str key = type == FIELD_MAPPING ? str_cut(&value, '=') : value;
		struct node *child = type == FIELD_KEYS
					     ? node_new(arena, NODE_MAP)
					     : node_new_text(arena, value.ptr ? value.ptr : "");
		set_once(arena, map, &seen, key, child);
	}
	return map;
}

static struct node *encode_list(struct arena *arena, enum field_type type,
				const struct strlist *list)
{
	if (!list->n)
		return NULL;
	if (type == FIELD_TEXTS)
		return node_new_texts(arena, list);
	return encode_map(arena, type, list);
}

/* NULL: left out. */
static struct node *encode_field(struct arena *arena, const struct field *field, const char *object)
{
	const void *at = object + field->offset;
	const char *text;

	switch (field->type) {
	case FIELD_TEXT:
		text = *(char *const *)at;
		return text && (*text || !field->omit_zero) ? node_new_text(arena, text) : NULL;
	case FIELD_BOOL:
		return *(const bool *)at || !field->omit_zero
			       ? node_new_bool(arena, *(const bool *)at)
			       : NULL;
	case FIELD_INT:
		return *(const int64_t *)at || !field->omit_zero
			       ? node_new_int(arena, *(const int64_t *)at)
			       : NULL;
	case FIELD_TEXTS:
	case FIELD_MAPPING:
	case FIELD_KEYS: return encode_list(arena, field->type, at);
	}
	return NULL;
}

struct node *fields_encode(struct arena *arena, const struct field *table, const void *object)
{
	struct node *map = node_new(arena, NODE_MAP);

	for (; table->name; table++) {
		struct node *child = encode_field(arena, table, object);
		if (child)
			node_set(arena, map, table->name, child);
	}
	return map;
}

void fields_done(const struct field *table, void *object)
{
	for (; table->name; table++) {
		void *at = (char *)object + table->offset;
		switch (table->type) {
		case FIELD_TEXT: free(steal((char **)at)); break;
		case FIELD_BOOL: *(bool *)at = false; break;
		case FIELD_INT: *(int64_t *)at = 0; break;
		case FIELD_TEXTS:
		case FIELD_MAPPING:
		case FIELD_KEYS: strlist_done(at); break;
		}
	}
}

void fields_copy(const struct field *table, void *dst, const void *src)
{
	if (dst == src)
		return;
	fields_done(table, dst);
	for (; table->name; table++) {
		void *to = (char *)dst + table->offset;
		const void *from = (const char *)src + table->offset;
		switch (table->type) {
		case FIELD_TEXT: *(char **)to = xstrdup(*(char *const *)from); break;
		case FIELD_BOOL: *(bool *)to = *(const bool *)from; break;
		case FIELD_INT: *(int64_t *)to = *(const int64_t *)from; break;
		case FIELD_TEXTS:
		case FIELD_MAPPING:
		case FIELD_KEYS: strlist_copy(to, from); break;
		}
	}
}
