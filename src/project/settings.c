/* settings.c - the spellings of a project's keys, and how layers of them are merged.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   makina-projects.NAME: {data: {port: 1}}     nested
 *   makina-projects.NAME.data.port: 1           flat, weightier than nested
 *   makina-projects.NAME.user: x                a key of the configuration itself
 *   makina-states.NAME…                         the old name, lighter than the new one
 * In the sample any name stands for the project's: it is usually "projectname". */
#include "project/project_private.h"

#include "base/banned.h"

#define NEW_PREFIX "makina-projects."
#define OLD_PREFIX "makina-states."
#define OVERRIDES  "-overrides"
#define APPEND     "-append"

enum key_form { KEY_FOREIGN, KEY_NESTED, KEY_FLAT };

struct spelled { /* a top-level key, taken apart */
	enum key_form form;
	bool is_old;
	struct str path; /* of a flat one: "data.port" */
};

/* The keys that a project has outside of its data: what may follow a name in a sample. */
static bool is_flat_path(struct str path)
{
	static const char *const keys[] = {
		"data",         "user",        "group",         "groups",    "default_env",
		"env_defaults", "os_defaults", "no_user",       "installer", "api_version",
		"rollback",     "remote_less", "keep_archives",
	};
	struct str first = str_cut(&path, '.');

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (str_is(first, keys[i]))
			return true;
	return false;
}

static bool cut_prefix(struct str *key, const char *prefix)
{
	size_t len = strlen(prefix);

	if (!str_starts(*key, (struct str){prefix, len}) || key->len == len)
		return false;
	*key = (struct str){key->ptr + len, key->len - len};
	return true;
}

static struct spelled spell(struct str key, const char *name, bool is_sample)
{
	struct spelled spelled = {0};

	if (!cut_prefix(&key, NEW_PREFIX)) {
		if (!cut_prefix(&key, OLD_PREFIX))
			return spelled;
		spelled.is_old = true;
	}
	struct str rest = key;
	if (str_is(key, name)) {
		spelled.form = KEY_NESTED;
	} else if (cut_prefix(&rest, name) && *rest.ptr == '.' && rest.len > 1) {
		spelled.form = KEY_FLAT;
		spelled.path = (struct str){rest.ptr + 1, rest.len - 1};
	} else if (is_sample) {
		struct str path = key;
		str_cut(&path, '.');
		if (path.ptr && is_flat_path(path))
			spelled = (struct spelled){KEY_FLAT, spelled.is_old, path};
		else if (!spelled.is_old || !path.ptr)
			spelled.form = KEY_NESTED;
	}
	return spelled;
}

/* ---- flat paths ---- */

/* Both spellings side by side: "-overrides" and "-append" stay as they are, for they are about the
 * layer below. */
static struct value join(struct heap *heap, const struct value *before, struct value v)
{
	if (v.kind != VALUE_DICT || !before || before->kind != VALUE_DICT)
		return v;
	struct dict *joined = dict_copy(heap, before->dict);
	dict_foreach(entry, v.dict) dict_put(
		heap, joined, entry->key, join(heap, dict_find(joined, entry->key), entry->value));
	return value_of_dict(joined);
}

/* settings[a][b]… = v; what is there under the whole rest of the path is meant as it is. */
static void set_path(struct heap *heap, struct dict *settings, struct str path, struct value v)
{
	while (!dict_get_str(settings, path)) {
		struct str rest = path, first = str_cut(&rest, '.');
		if (!rest.ptr || !rest.len)
			break;
		struct value *inner = dict_get_str(settings, first);
		struct dict *below = inner && inner->kind == VALUE_DICT
					     ? dict_copy(heap, inner->dict)
					     : dict_new(heap);
		dict_put(heap, settings, value_text(heap, first), value_of_dict(below));
		settings = below;
		path = rest;
	}
	dict_put(heap, settings, value_text(heap, path),
		 join(heap, dict_get_str(settings, path), v));
}

static void take_keys(struct heap *heap, const char *name, const struct dict *pillar,
		      bool is_sample, const struct spelled *wanted, struct dict **settings)
{
	dict_foreach(entry, pillar)
	{
		struct spelled spelled = {0};
		if (entry->key.kind == VALUE_STRING)
			spelled = spell(value_bytes(entry->key), name, is_sample);
		if (spelled.form != wanted->form || spelled.is_old != wanted->is_old)
			continue;
		if (spelled.form == KEY_FLAT)
			set_path(heap, *settings, spelled.path, entry->value);
		else if (entry->value.kind == VALUE_DICT)
			*settings =
				join(heap, &(struct value){.kind = VALUE_DICT, .dict = *settings},
				     entry->value)
					.dict;
	}
}

static void take_rest(struct heap *heap, const char *name, const struct dict *pillar,
		      bool is_sample, struct dict *rest)
{
	dict_foreach(entry, pillar)
	{
		if (entry->key.kind != VALUE_STRING ||
		    spell(value_bytes(entry->key), name, is_sample).form == KEY_FOREIGN)
			dict_put(heap, rest, entry->key, entry->value);
	}
}

struct dict *settings_take(struct heap *heap, const char *name, const struct dict *pillar,
			   bool is_sample, struct dict *ret_rest)
{
	static const struct spelled order[] = {
		{KEY_NESTED, true, {0}},
		{KEY_FLAT, true, {0}},
		{KEY_NESTED, false, {0}},
		{KEY_FLAT, false, {0}},
	};
	struct dict *settings = dict_new(heap);

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		take_keys(heap, name, pillar, is_sample, &order[i], &settings);
	if (ret_rest)
		take_rest(heap, name, pillar, is_sample, ret_rest);
	return settings;
}

/* ---- merging ---- */

static bool cut_suffix(struct str *key, const char *suffix)
{
	size_t len = strlen(suffix);

	if (key->len <= len || !str_ends(*key, (struct str){suffix, len}))
		return false;
	key->len -= len;
	return true;
}

static void append_unique(struct heap *heap, struct list *list, struct value item)
{
	for (size_t i = 0; i < list->n; i++)
		if (value_same(list->items[i], item))
			return;
	list_push(heap, list, item);
}

static void append_all(struct heap *heap, struct list *list, struct value v)
{
	if (!value_is_sequence(v)) {
		append_unique(heap, list, v);
		return;
	}
	for (size_t i = 0; i < v.list->n; i++)
		append_unique(heap, list, v.list->items[i]);
}

static void merge_appended(struct heap *heap, struct dict *merged, struct str key, struct value v)
{
	const struct value *before = dict_get_str(merged, key);
	struct list *list = list_new(heap, 0);

	if (before && before->kind != VALUE_NONE)
		append_all(heap, list, *before);
	append_all(heap, list, v);
	dict_put(heap, merged, value_text(heap, key), value_of_list(list));
}

static void merge_entry(struct heap *heap, struct dict *merged, const struct dict_entry *entry)
{
	const struct value *before = dict_find(merged, entry->key);
	struct value v = entry->value;
	struct str key = {0};

	if (entry->key.kind == VALUE_STRING)
		key = value_bytes(entry->key);
	if (cut_suffix(&key, OVERRIDES)) {
		dict_put(heap, merged, value_text(heap, key), v);
	} else if (cut_suffix(&key, APPEND) && value_is_sequence(v)) {
		merge_appended(heap, merged, key, v);
	} else if (v.kind == VALUE_DICT) {
		const struct dict *under =
			before && before->kind == VALUE_DICT ? before->dict : dict_new(heap);
		dict_put(heap, merged, entry->key,
			 value_of_dict(settings_merge(heap, under, v.dict)));
	} else {
		dict_put(heap, merged, entry->key, v);
	}
}

static bool has_suffix(struct value key)
{
	return key.kind == VALUE_STRING && (str_ends(value_bytes(key), STR(OVERRIDES)) ||
					    str_ends(value_bytes(key), STR(APPEND)));
}

/* The depth is bounded by the reader of YAML. */
struct dict *settings_merge(struct heap *heap, const struct dict *under, const struct dict *over)
{
	struct dict *merged = dict_copy(heap, under);

	for (int suffixed = 0; suffixed < 2; suffixed++) /* "l-append" adds to this layer's "l" */
		dict_foreach(entry, over) if (has_suffix(entry->key) == suffixed)
			merge_entry(heap, merged, entry);
	return merged;
}

/* ---- types ---- */

static const struct setting_type {
	const char *key;
	unsigned kinds; /* bits by enum marked_kind */
	const char *what;
} setting_types[] = {
#define BIT(kind) (1u << (kind))
#define TEXT      (BIT(MARKED_STRING) | BIT(MARKED_INT) | BIT(MARKED_FLOAT))
	{"data", BIT(MARKED_MAP), "a mapping"},
	{"env_defaults", BIT(MARKED_MAP), "a mapping"},
	{"os_defaults", BIT(MARKED_MAP), "a mapping"},
	{"default_env", BIT(MARKED_STRING), "a string"},
	{"user", TEXT, "a string"},
	{"group", TEXT, "a string"},
	{"groups", BIT(MARKED_LIST) | BIT(MARKED_STRING), "a list"},
	{"no_user", BIT(MARKED_BOOL), "a boolean"},
	{"keep_archives", BIT(MARKED_INT), "a number"},
};

static int check_setting(struct str key, const struct marked *value, struct diag *diag)
{
	for (size_t i = 0; i < ARRAY_LEN(setting_types); i++) {
		const struct setting_type *type = &setting_types[i];
		if (!str_is(key, type->key) || value->kind == MARKED_NULL ||
		    (type->kinds & BIT(value->kind)))
			continue;
		return diag_set(diag, ERR_INPUT, value->at, "'%s' must be %s, not %s", type->key,
				type->what, marked_kind_name(value->kind));
	}
	return 0;
}

static int check_environments(const struct marked *settings, const char *key, struct diag *diag)
{
	const struct marked *blocks = marked_get(settings, key);

	if (!blocks || blocks->kind != MARKED_MAP)
		return 0;
	for (size_t i = 0; i < blocks->map.n; i++) {
		const struct marked *block = blocks->map.items[i].value;
		if (block->kind != MARKED_MAP && block->kind != MARKED_NULL)
			return diag_set(diag, ERR_INPUT, block->at,
					"a block of '%s' must be a mapping, not %s", key,
					marked_kind_name(block->kind));
	}
	return 0;
}

static int check_nested(const struct marked *key, const struct marked *settings, struct diag *diag)
{
	if (settings->kind == MARKED_NULL)
		return 0;
	if (settings->kind != MARKED_MAP)
		return diag_set(diag, ERR_INPUT, settings->at, "'%.*s' must be a mapping, not %s",
				STR_ARG(key->text), marked_kind_name(settings->kind));
	for (size_t i = 0; i < settings->map.n; i++) {
		const struct marked_entry *entry = &settings->map.items[i];
		if (entry->key->kind == MARKED_STRING &&
		    check_setting(entry->key->text, entry->value, diag))
			return -1;
	}
	return check_environments(settings, "env_defaults", diag) ||
			       check_environments(settings, "os_defaults", diag)
		       ? -1
		       : 0;
}

int settings_check(const char *name, const struct marked *root, bool is_sample, struct diag *diag)
{
	for (size_t i = 0; i < root->map.n; i++) {
		const struct marked_entry *entry = &root->map.items[i];
		struct spelled spelled = {0};
		if (entry->key->kind == MARKED_STRING)
			spelled = spell(entry->key->text, name, is_sample);
		if (spelled.form == KEY_NESTED && check_nested(entry->key, entry->value, diag))
			return -1;
		if (spelled.form == KEY_FLAT && check_setting(spelled.path, entry->value, diag))
			return -1;
	}
	return 0;
}
