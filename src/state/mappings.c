/* mappings.c - merging mappings, and looking into them by a path.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions_private.h"

#include "value/limits.h"

#include "base/banned.h"

/* ---- arguments ---- */

bool param_is_true(struct value v, bool fallback)
{
	switch (v.kind) {
	case VALUE_BOOL: return v.boolean;
	case VALUE_INT: return v.integer != 0;
	case VALUE_NONE: return false;
	case VALUE_STRING: {
		struct str text = value_bytes(v);
		return text.len && !str_is_nocase(text, "false") && !str_is_nocase(text, "no") &&
		       !str_is(text, "0");
	}
	default: return fallback;
	}
}

int param_text(struct value v, const char *fallback, struct str *ret_text, struct err *err)
{
	if (!param_given(v) || v.kind == VALUE_NONE) {
		*ret_text = str_of(fallback);
		return 0;
	}
	return value_as_str(v, ret_text, err);
}

int param_dict(struct value v, const char *function, const char *name, struct dict **ret_dict,
	       struct err *err)
{
	if (v.kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "%s: '%s' must be a dictionary, not '%s'", function,
			       name, value_type_name(v));
	*ret_dict = v.dict;
	return 0;
}

/* ---- merging ---- */

/* The items of `from` that `into` lacks, behind those of `into`, as a new list. */
static int list_merged(struct heap *heap, const struct list *into, const struct list *from,
		       struct value *ret_list, struct err *err)
{
	struct list *merged = list_new(heap, into->n + from->n);

	for (size_t i = 0; i < into->n; i++)
		if (list_append(heap, merged, into->items[i], err))
			return -1;
	for (size_t i = 0; i < from->n; i++) {
		bool is_there = false;

		for (size_t j = 0; j < merged->n && !is_there; j++) {
			if (heap_step(heap, err))
				return -1;
			is_there = value_same(merged->items[j], from->items[i]);
		}
		if (!is_there && list_append(heap, merged, from->items[i], err))
			return -1;
	}
	*ret_list = value_of_list(merged);
	return 0;
}

static int update_at(struct heap *heap, struct dict *into, const struct dict *from,
		     bool merge_lists, unsigned depth, struct err *err)
{
	if (depth > LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "a mapping of more than %d levels", LIMIT_DEPTH);
	if (into == from)
		return 0;
	dict_foreach(entry, from)
	{
		struct value *old = dict_find(into, entry->key);
		struct value new = entry->value;

		if (heap_step(heap, err))
			return -1;
		if (old && old->kind == VALUE_DICT && new.kind == VALUE_DICT) {
			if (update_at(heap, old->dict, new.dict, merge_lists, depth + 1, err))
				return -1;
			continue;
		}
		if (old && merge_lists && old->kind == VALUE_LIST &&
		    new.kind == VALUE_LIST &&list_merged(heap, old->list, new.list, &new, err))
			return -1;
		if (dict_assign(heap, into, entry->key, new, err))
			return -1;
	}
	return 0;
}

int mapping_update(struct heap *heap, struct dict *into, const struct dict *from, bool merge_lists,
		   struct err *err)
{
	return update_at(heap, into, from, merge_lists, 0, err);
}

/* ---- paths ---- */

/* One step: the key is taken whole, whatever is in it. */
static bool path_step(struct heap *heap, struct value v, struct str key, struct value *ret_value)
{
	struct value found = value_traverse(heap, v, key, '\0');

	if (found.kind == VALUE_UNDEFINED)
		return false;
	*ret_value = found;
	return true;
}

struct value mapping_get(struct heap *heap, struct value v, struct str path, struct str delimiter,
			 struct value fallback)
{
	for (bool is_last = !delimiter.len; !is_last;) {
		const char *cut = memmem(path.ptr, path.len, delimiter.ptr, delimiter.len);
		struct str key = {path.ptr, cut ? (size_t)(cut - path.ptr) : path.len};

		is_last = !cut;
		if (!path_step(heap, v, key, &v))
			return fallback;
		path.ptr += key.len + (cut ? delimiter.len : 0);
		path.len -= key.len + (cut ? delimiter.len : 0);
	}
	return v;
}

#define DOTTED_TRIES 10000 /* ways looked at: mappings that share parts may hold very many */

/* "a.b.c" in {"a.b": {"c": 1}}: keys with dots are keys, then ways. */
static bool dotted_get(struct heap *heap, struct value v, struct str path, unsigned *tries,
		       struct value *ret_value)
{
	if (!path.len) {
		*ret_value = v;
		return true;
	}
	if (v.kind != VALUE_DICT && !value_is_sequence(v))
		return false;
	for (size_t i = path.len; i > 0 && *tries; i--) { /* the longest key first */
		struct value inner = {0};
		bool is_cut = i == path.len || path.ptr[i] == '.' || path.ptr[i] == ':';
		size_t skip = i == path.len ? i : i + 1;

		*tries -= is_cut;
		if (is_cut && path_step(heap, v, (struct str){path.ptr, i}, &inner) &&
		    dotted_get(heap, inner, (struct str){path.ptr + skip, path.len - skip}, tries,
			       ret_value))
			return true;
	}
	return false;
}

struct value world_lookup(struct world *world, struct str key, struct value fallback)
{
	struct dict *const stores[] = {world->opts, world->pillar, world->grains};
	struct value found = fallback;
	unsigned tries = DOTTED_TRIES;

	for (size_t i = 0; i < ARRAY_LEN(stores); i++)
		if (stores[i] &&
		    dotted_get(world->heap, value_of_dict(stores[i]), key, &tries, &found))
			return found;
	return fallback;
}

/* ---- settings ---- */

/* One value into the mapping at a dotted path; "-overrides" at its end replaces what is merged
 * else. */
static int setting_put(struct heap *heap, struct dict *settings, struct str path, struct value v,
		       struct err *err)
{
	static const struct str overrides = {"-overrides", sizeof("-overrides") - 1};
	bool replaces = str_ends(path, overrides);

	if (replaces)
		path.len -= overrides.len;
	for (const char *dot; (dot = memchr(path.ptr, '.', path.len)) != NULL;) {
		struct str key = {path.ptr, (size_t)(dot - path.ptr)};
		struct value *inner = dict_get_str(settings, key);

		if (!inner || inner->kind != VALUE_DICT)
			break;
		settings = inner->dict;
		path = (struct str){dot + 1, path.len - key.len - 1};
	}
	struct value *old = dict_get_str(settings, path), copy = {0};
	if (value_copy(heap, v, &copy, err))
		return -1;
	if (old && !replaces && old->kind == VALUE_DICT && copy.kind == VALUE_DICT)
		return mapping_update(heap, old->dict, copy.dict, false, err);
	if (old && !replaces && old->kind == VALUE_LIST && copy.kind == VALUE_LIST &&
	    list_merged(heap, old->list, copy.list, &copy, err))
		return -1;
	return dict_assign(heap, settings, value_text(heap, path), copy, err);
}

/* All of a store's keys that begin with PREFIX and a dot. */
static int settings_from(struct heap *heap, const struct dict *store, struct str prefix,
			 struct dict *settings, struct err *err)
{
	dict_foreach(entry, store)
	{
		struct str key = value_is_string(entry->key) ? value_bytes(entry->key) : STR("");

		if (key.len <= prefix.len + 1 || !str_starts(key, prefix) ||
		    key.ptr[prefix.len] != '.')
			continue;
		key = (struct str){key.ptr + prefix.len + 1, key.len - prefix.len - 1};
		if (setting_put(heap, settings, key, entry->value, err))
			return -1;
	}
	return 0;
}

int settings_override(struct world *world, const char *prefix, struct dict *settings,
		      struct err *err)
{
	const struct dict *const stores[] = {world->grains, world->pillar};
	struct value whole = world_lookup(world, str_of(prefix), value_none());

	if (whole.kind == VALUE_DICT &&
	    (value_copy(world->heap, whole, &whole, err) ||
	     mapping_update(world->heap, settings, whole.dict, false, err)))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(stores); i++)
		if (stores[i] &&
		    settings_from(world->heap, stores[i], str_of(prefix), settings, err))
			return -1;
	return 0;
}
