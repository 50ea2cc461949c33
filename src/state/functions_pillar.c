/* functions_pillar.c - pillar.*, grains.* and config.*: values by their path.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions_private.h"

#include "base/banned.h"

static struct value dict_or_empty(struct heap *heap, struct dict *dict)
{
	return value_of_dict(dict ? dict : dict_new(heap));
}

static int bind_path(struct value key, struct value delimiter, struct str *ret_path,
		     struct str *ret_delimiter, struct err *err)
{
	return param_text(delimiter, ":", ret_delimiter, err) || value_as_str(key, ret_path, err)
		       ? -1
		       : 0;
}

/* By a path, or by a number that is a key of the top. *value stays when it is not there. */
static int get_by_key(struct heap *heap, struct dict *store, struct value key, struct str delimiter,
		      struct value *value, struct err *err)
{
	struct str path = {0};

	if (key.kind == VALUE_INT) {
		const struct value *found = store ? dict_find(store, key) : NULL;
		*value = found ? *found : *value;
		return 0;
	}
	if (value_as_str(key, &path, err))
		return -1;
	*value = mapping_get(heap, dict_or_empty(heap, store), path, delimiter, *value);
	return 0;
}

/* ---- pillar ---- */

/* get(…, merge=True): what the pillar holds over the default. */
static int merge_default(struct heap *heap, struct value fallback, struct value found,
			 bool merge_lists, struct value *ret_value, struct err *err)
{
	struct value merged = {0};

	if (value_copy(heap, fallback, &merged, err))
		return -1;
	if (merged.kind == VALUE_DICT && found.kind == VALUE_DICT) {
		*ret_value = merged;
		return mapping_update(heap, merged.dict, found.dict, merge_lists, err);
	}
	if (merged.kind != VALUE_LIST || found.kind != VALUE_LIST) {
		*ret_value = found;
		return 0;
	}
	for (size_t i = 0; i < found.list->n; i++)
		if (list_append(heap, merged.list, found.list->items[i], err))
			return -1;
	*ret_value = merged;
	return 0;
}

int fn_pillar_get(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED},       {"default", PARAM_OPTIONAL},
		{"merge", PARAM_OPTIONAL},     {"merge_nested_lists", PARAM_OPTIONAL},
		{"delimiter", PARAM_OPTIONAL}, {"pillarenv", PARAM_OPTIONAL},
		{"saltenv", PARAM_OPTIONAL},   {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str delimiter = {0};
	struct world *world = call_world(call);

	if (call_bind(call, "pillar.get", params, values, err) ||
	    param_text(values[4], ":", &delimiter, err))
		return -1;
	struct value fallback = param_given(values[1]) ? values[1] : value_literal("");
	struct value found = fallback;
	if (get_by_key(call->heap, world->pillar, values[0], delimiter, &found, err))
		return -1;
	if (!param_is_true(values[2], false)) {
		*ret_value = found;
		return 0;
	}
	return merge_default(call->heap, fallback, found, param_is_true(values[3], false),
			     ret_value, err);
}

/* {path: value} for each argument; the keywords are default and delimiter. */
static int items_by_path(struct call *call, struct dict *store, struct value *ret_value,
			 struct err *err)
{
	const struct value *keyword = call_keyword(call, "default");
	struct value fallback = keyword ? *keyword : value_literal("");
	struct dict *found = dict_new(call->heap);
	struct str delimiter = STR(":");

	keyword = call_keyword(call, "delimiter");
	if (keyword && value_as_str(*keyword, &delimiter, err))
		return -1;
	for (size_t i = 0; i < call->n_args; i++) {
		struct value v = fallback;

		if (get_by_key(call->heap, store, call->args[i], delimiter, &v, err))
			return -1;
		dict_put(call->heap, found, call->args[i], v);
	}
	*ret_value = value_of_dict(found);
	return 0;
}

int fn_pillar_item(struct call *call, struct value *ret_value, struct err *err)
{
	return items_by_path(call, call_world(call)->pillar, ret_value, err);
}

/* All of it, or what the arguments name. */
int fn_pillar_items(struct call *call, struct value *ret_value, struct err *err)
{
	if (call->n_args)
		return fn_pillar_item(call, ret_value, err);
	*ret_value = dict_or_empty(call->heap, call_world(call)->pillar);
	return 0;
}

/* All of it, or one key of the top. */
int fn_pillar_raw(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"key", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct value pillar = dict_or_empty(call->heap, call_world(call)->pillar);
	bool is_given = false;

	if (call_bind(call, "pillar.raw", params, values, err) ||
	    (param_given(values[0]) && value_truth(call->heap, values[0], &is_given, err)))
		return -1;
	const struct value *found = is_given ? dict_find(pillar.dict, values[0]) : &pillar;
	*ret_value = found ? *found : value_of_dict(dict_new(call->heap));
	return 0;
}

static int keys_of(struct call *call, struct value v, struct value *ret_value, struct err *err)
{
	struct list *keys = list_new(call->heap, 0);

	if (v.kind == VALUE_DICT) {
		dict_foreach(entry,
			     v.dict) if (list_append(call->heap, keys, entry->key, err)) return -1;
	}
	*ret_value = value_of_list(keys);
	return 0;
}

int fn_pillar_keys(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED}, {"delimiter", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0}, v = {0};
	struct str path = {0}, delimiter = {0};

	if (call_bind(call, "pillar.keys", params, values, err) ||
	    bind_path(values[0], values[1], &path, &delimiter, err) ||
	    get_by_key(call->heap, call_world(call)->pillar, values[0], delimiter, &v, err))
		return -1;
	if (v.kind == VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "'Pillar key not found: %.*s'", STR_ARG(path));
	if (v.kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "Pillar value in key %.*s is not a dict",
			       STR_ARG(path));
	return keys_of(call, v, ret_value, err);
}

/* The keys of the top, or those of the arguments that there are. */
int fn_pillar_ls(struct call *call, struct value *ret_value, struct err *err)
{
	struct value items = {0};

	return fn_pillar_items(call, &items, err) || keys_of(call, items, ret_value, err) ? -1 : 0;
}

/* ---- grains ---- */

int fn_grains_get(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"key", PARAM_REQUIRED},
					      {"default", PARAM_OPTIONAL},
					      {"delimiter", PARAM_OPTIONAL},
					      {"ordered", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str path = {0}, delimiter = {0};

	if (call_bind(call, "grains.get", params, values, err) ||
	    bind_path(values[0], values[2], &path, &delimiter, err))
		return -1;
	*ret_value =
		mapping_get(call->heap, dict_or_empty(call->heap, call_world(call)->grains), path,
			    delimiter, param_given(values[1]) ? values[1] : value_literal(""));
	return 0;
}

int fn_grains_items(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = dict_or_empty(call->heap, call_world(call)->grains);
	return 0;
}

int fn_grains_item(struct call *call, struct value *ret_value, struct err *err)
{
	return items_by_path(call, call_world(call)->grains, ret_value, err);
}

int fn_grains_keys(struct call *call, struct value *ret_value, struct err *err)
{
	return keys_of(call, dict_or_empty(call->heap, call_world(call)->grains), ret_value, err);
}

static int grain_of(struct call *call, const char *function, struct value values[2],
		    struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED}, {"value", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value bound[ARRAY_LEN(params)] = {0};
	struct str path = {0};

	if (call_bind(call, function, params, bound, err) || value_as_str(bound[0], &path, err))
		return -1;
	values[0] = mapping_get(call->heap, dict_or_empty(call->heap, call_world(call)->grains),
				path, STR(":"), value_literal(""));
	values[1] = bound[1];
	return 0;
}

int fn_grains_has_value(struct call *call, struct value *ret_value, struct err *err)
{
	struct value values[2] = {{0}};
	bool is_true = false;

	if (grain_of(call, "grains.has_value", values, err) ||
	    value_truth(call->heap, values[0], &is_true, err))
		return -1;
	*ret_value = value_bool(is_true);
	return 0;
}

int fn_grains_equals(struct call *call, struct value *ret_value, struct err *err)
{
	struct value values[2] = {{0}}, texts[2] = {{0}};

	if (grain_of(call, "grains.equals", values, err) ||
	    value_str(call->heap, values[0], &texts[0], err) ||
	    value_str(call->heap, values[1], &texts[1], err))
		return -1;
	*ret_value = value_bool(str_eq(value_bytes(texts[0]), value_bytes(texts[1])));
	return 0;
}

/* The first entry whose key, a shell pattern, fits the grain; one of its items when it is a list.
 */
static int lookup_by_pattern(struct heap *heap, struct dict *table, struct value grain,
			     struct value *ret_value, bool *ret_found, struct err *err)
{
	struct list one = {.items = &grain, .n = 1};
	const struct list *grains = grain.kind == VALUE_LIST ? grain.list : &one;

	for (size_t i = 0; i < grains->n; i++) {
		struct value wanted = {0}, pattern = {0};

		if (value_str(heap, grains->items[i], &wanted, err))
			return -1;
		const char *text = heap_strdup(heap, value_bytes(wanted));
		dict_foreach(entry, table)
		{
			if (heap_step(heap, err) || value_str(heap, entry->key, &pattern, err))
				return -1;
			if (entry->value.kind == VALUE_NONE ||
			    !str_glob(heap_strdup(heap, value_bytes(pattern)), text))
				continue;
			*ret_value = entry->value;
			*ret_found = true;
			return 0;
		}
	}
	return 0;
}

/* Behind the look-up: `base` under what was found, `merge` over it. */
static int filter_merge(struct heap *heap, struct dict *table, struct value base,
			struct value merge, struct value *found, struct err *err)
{
	struct value *base_value = value_is_string(base) ? dict_find(table, base) : NULL;
	struct value copy = {0};

	if (base_value && found->kind == VALUE_NONE) {
		*found = *base_value;
	} else if (base_value && base_value->kind == VALUE_DICT) {
		if (found->kind != VALUE_DICT)
			return err_set(err, ERR_INPUT,
				       "filter_by default and look-up values must both be "
				       "dictionaries.");
		if (value_copy(heap, *base_value, &copy, err) ||
		    mapping_update(heap, copy.dict, found->dict, false, err))
			return -1;
		*found = copy;
	}
	if (!param_given(merge) || !param_is_true(merge, merge.kind == VALUE_DICT && merge.dict->n))
		return 0;
	if (merge.kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "filter_by merge argument must be a dictionary.");
	if (found->kind == VALUE_NONE) {
		*found = merge;
		return 0;
	}
	if (found->kind != VALUE_DICT)
		return err_set(err, ERR_INPUT,
			       "Cannot update using non-dict types in dictupdate.update()");
	return value_copy(heap, merge, &copy, err) ||
			       mapping_update(heap, found->dict, copy.dict, false, err)
		       ? -1
		       : 0;
}

int fn_grains_filter_by(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"lookup_dict", PARAM_REQUIRED}, {"grain", PARAM_OPTIONAL},
		{"merge", PARAM_OPTIONAL},       {"default", PARAM_OPTIONAL},
		{"base", PARAM_OPTIONAL},        {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0}, found = value_none();
	struct str grain = {0}, fallback = {0};
	struct dict *table = NULL;
	bool is_found = false;

	if (call_bind(call, "grains.filter_by", params, values, err) ||
	    param_dict(values[0], "grains.filter_by", "lookup_dict", &table, err) ||
	    param_text(values[1], "os_family", &grain, err) ||
	    param_text(values[3], "default", &fallback, err))
		return -1;
	struct value grains = dict_or_empty(call->heap, call_world(call)->grains);
	struct value wanted = mapping_get(call->heap, grains, grain, STR(":"),
					  value_of_list(list_new(call->heap, 0)));
	if (lookup_by_pattern(call->heap, table, wanted, &found, &is_found, err))
		return -1;
	struct value *named = is_found ? NULL : dict_get_str(table, fallback);
	if (named)
		found = *named;
	if (filter_merge(call->heap, table, values[4], values[2], &found, err))
		return -1;
	*ret_value = found;
	return 0;
}

/* ---- config ---- */

static bool is_omitted(const struct call *call, const char *keyword)
{
	const struct value *v = call_keyword(call, keyword);

	return v && param_is_true(*v, false);
}

/* The stores that are not left out, the strongest first. */
static size_t config_stores(const struct call *call, struct dict *stores[3])
{
	const struct world *world = call_world(call);
	size_t n = 0;

	if (world->opts && !is_omitted(call, "omit_opts"))
		stores[n++] = world->opts;
	if (world->grains && !is_omitted(call, "omit_grains"))
		stores[n++] = world->grains;
	if (world->pillar && !is_omitted(call, "omit_pillar"))
		stores[n++] = world->pillar;
	return n;
}

int fn_config_get(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED},         {"default", PARAM_OPTIONAL},
		{"delimiter", PARAM_OPTIONAL},   {"merge", PARAM_OPTIONAL},
		{"omit_opts", PARAM_OPTIONAL},   {"omit_pillar", PARAM_OPTIONAL},
		{"omit_master", PARAM_OPTIONAL}, {"omit_grains", PARAM_OPTIONAL},
		{NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0}, result = {0};
	struct str path = {0}, delimiter = {0};
	struct dict *stores[3] = {NULL};

	if (call_bind(call, "config.get", params, values, err) ||
	    bind_path(values[0], values[2], &path, &delimiter, err))
		return -1;
	size_t n = config_stores(call, stores);
	bool merges = param_is_true(values[3], false);
	for (size_t i = 0; i < n; i++) {
		struct value found = mapping_get(call->heap, value_of_dict(stores[i]), path,
						 delimiter, (struct value){0});
		if (found.kind == VALUE_UNDEFINED)
			continue;
		if (result.kind == VALUE_DICT && found.kind == VALUE_DICT)
			found = value_of_dict(dict_merge(call->heap, found.dict, result.dict));
		else if (result.kind != VALUE_UNDEFINED)
			continue;
		result = found;
		if (!merges || result.kind != VALUE_DICT)
			break;
	}
	if (result.kind == VALUE_UNDEFINED)
		result = param_given(values[1]) ? values[1] : value_literal("");
	*ret_value = result;
	return 0;
}

int fn_config_option(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED},       {"default", PARAM_OPTIONAL},
		{"omit_opts", PARAM_OPTIONAL},   {"omit_grains", PARAM_OPTIONAL},
		{"omit_pillar", PARAM_OPTIONAL}, {"omit_master", PARAM_OPTIONAL},
		{NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct dict *stores[3] = {NULL};

	if (call_bind(call, "config.option", params, values, err))
		return -1;
	size_t n = config_stores(call, stores);
	for (size_t i = 0; i < n; i++) {
		const struct value *found = dict_find(stores[i], values[0]);
		if (found) {
			*ret_value = *found;
			return 0;
		}
	}
	*ret_value = param_given(values[1]) ? values[1] : value_literal("");
	return 0;
}

int fn_config_items(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = dict_or_empty(call->heap, call_world(call)->opts);
	return 0;
}
