/* dict.h - dicts: in the order of insertion, keys by Python's equality, shared.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A dense array of entries with an open-addressing index over it once there are more than a few;
 * a removed entry leaves a hole (key undefined) that the next growth closes. */
#pragma once

#include "value/value.h"

struct dict_entry {
	struct value key; /* VALUE_UNDEFINED: a hole */
	struct value value;
	uint64_t hash;
};

struct dict {
	struct dict_entry *entries;
	uint32_t n_entries, cap; /* with holes */
	uint32_t n;              /* without: len() */
	uint32_t *index;         /* of index_size slots: entry + 1, 0 free */
	uint32_t index_size;
	bool is_ordered; /* Python's OrderedDict: YAML is written in its order; else sorted */
};

struct view { /* d.items() and its kin: they follow the dict */
	struct dict *of;
	enum view_kind { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS } kind;
};

struct range {
	int64_t start, stop, step;
};

struct value value_of_view(struct heap *heap, struct dict *dict, enum view_kind kind);

struct dict *dict_new(struct heap *heap);
/* NULL: absent. By any key: unhashable ones are absent. */
struct value *dict_find(const struct dict *dict, struct value key);
struct value *dict_get(const struct dict *dict, const char *key);
struct value *dict_get_str(const struct dict *dict, struct str key);
/* `key` must be hashable (asserted): for keys of ours. */
void dict_set(struct heap *heap, struct dict *dict, const char *key,
	      struct value v); /* key copied */
void dict_put(struct heap *heap, struct dict *dict, struct value key, struct value v);
/* A template's: "unhashable type", ERR_LIMIT. */
int dict_assign(struct heap *heap, struct dict *dict, struct value key, struct value v,
		struct err *err) must_check;
bool dict_remove(struct dict *dict, struct value key, struct value *ret_old); /* false: absent */
void dict_clear(struct dict *dict);
struct dict *dict_copy(struct heap *heap, const struct dict *dict);               /* shallow */
void dict_update(struct heap *heap, struct dict *dict, const struct dict *other); /* as .update() */

#define dict_foreach(entry, dict)                                                 \
	for (struct dict_entry * (entry) = (dict)->entries;                       \
	     (entry) && (entry) < (dict)->entries + (dict)->n_entries; (entry)++) \
		if ((entry)->key.kind == VALUE_UNDEFINED) {                       \
		} else

/* Recursively as pillars are merged: dicts into dicts, anything else replaces; `over` wins. Both
 * are left alone. */
struct dict *dict_merge(struct heap *heap, const struct dict *under, const struct dict *over);
