/* functions_slsutil.c - slsutil.* and defaults.*: mappings put together, texts to values and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions_private.h"

#include "value/json.h"
#include "value/yaml.h"

#include "base/banned.h"

/* ---- merging by a strategy ---- */

/* Keys of both become lists of two. */
static int merge_as_lists(struct heap *heap, struct dict *into, const struct dict *from,
			  struct err *err)
{
	dict_foreach(entry, into)
	{
		const struct value *other = dict_find(from, entry->key);
		struct list *both = list_new(heap, 2);

		if (!other)
			continue;
		if (list_append(heap, both, entry->value, err) ||
		    list_append(heap, both, *other, err))
			return -1;
		entry->value = value_of_list(both);
	}
	return 0;
}

/* Keys of both take the second's value as it is. */
static void merge_overwriting(struct dict *into, const struct dict *from)
{
	dict_foreach(entry, into)
	{
		const struct value *other = dict_find(from, entry->key);
		if (other)
			entry->value = *other;
	}
}

static int merge_by(struct heap *heap, struct str strategy, bool merge_lists, struct value a,
		    struct value b, struct value *ret_value, struct err *err)
{
	struct value copy = {0}, other = {0};
	struct dict *into = NULL, *from = NULL;

	if (value_copy(heap, a, &copy, err) || value_copy(heap, b, &other, err) ||
	    param_dict(copy, "slsutil.merge", "obj_a", &into, err) ||
	    param_dict(other, "slsutil.merge", "obj_b", &from, err))
		return -1;
	*ret_value = copy;
	if (str_is(strategy, "list"))
		return merge_as_lists(heap, into, from, err);
	if (str_is(strategy, "aggregate")) { /* its level is the top */
		dict_update(heap, into, from);
		return heap_room(heap, 0, err);
	}
	bool overwrites = str_is(strategy, "overwrite");
	if (overwrites)
		merge_overwriting(into, from);
	/* A strategy that nobody knows is "recurse" without what was asked of lists. */
	merge_lists &= overwrites || str_is(strategy, "smart") || str_is(strategy, "recurse");
	return mapping_update(heap, into, from, merge_lists, err);
}

int fn_slsutil_merge(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"obj_a", PARAM_REQUIRED},       {"obj_b", PARAM_REQUIRED},
		{"strategy", PARAM_OPTIONAL},    {"renderer", PARAM_OPTIONAL},
		{"merge_lists", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str strategy = {0};

	if (call_bind(call, "slsutil.merge", params, values, err) ||
	    param_text(values[2], "smart", &strategy, err))
		return -1;
	return merge_by(call->heap, strategy, param_is_true(values[4], false), values[0], values[1],
			ret_value, err);
}

int fn_slsutil_merge_all(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"lst", PARAM_REQUIRED},
					      {"strategy", PARAM_OPTIONAL},
					      {"renderer", PARAM_OPTIONAL},
					      {"merge_lists", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct value merged = value_of_dict(dict_new(call->heap));
	struct str strategy = {0};
	struct list *all = NULL;

	if (call_bind(call, "slsutil.merge_all", params, values, err) ||
	    param_text(values[1], "smart", &strategy, err) ||
	    value_to_list(call->heap, values[0], &all, err))
		return -1;
	for (size_t i = 0; i < all->n; i++)
		if (merge_by(call->heap, strategy, param_is_true(values[3], false), merged,
			     all->items[i], &merged, err))
			return -1;
	*ret_value = merged;
	return 0;
}

/* In place: dest is changed, and given back. */
int fn_slsutil_update(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"dest", PARAM_REQUIRED},
					      {"upd", PARAM_REQUIRED},
					      {"recursive_update", PARAM_OPTIONAL},
					      {"merge_lists", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct dict *dest = NULL, *from = NULL;

	if (call_bind(call, "slsutil.update", params, values, err) ||
	    param_dict(values[0], "slsutil.update", "dest", &dest, err) ||
	    param_dict(values[1], "slsutil.update", "upd", &from, err))
		return -1;
	*ret_value = values[0];
	if (param_is_true(values[2], true))
		return mapping_update(call->heap, dest, from, param_is_true(values[3], false), err);
	if (heap_room(call->heap, from->n * sizeof(struct dict_entry), err))
		return -1;
	dict_update(call->heap, dest, from);
	return 0;
}

/* ---- texts ---- */

static int serialize_json(struct call *call, struct value v, struct buf *buf, struct err *err)
{
	struct value_json_options options = {.indent = -1};
	const struct value *indent = call_keyword(call, "indent");
	const struct value *sorted = call_keyword(call, "sort_keys");
	int64_t columns = 0;

	options.sort_keys = sorted && param_is_true(*sorted, false);
	if (indent && indent->kind != VALUE_NONE) {
		if (value_as_int(*indent, &columns, err))
			return -1;
		options.indent = columns < 0 ? 0 : columns > 64 ? 64 : (int)columns;
	}
	return value_to_json(call->heap, v, &options, buf, err);
}

static bool keyword_says(const struct call *call, const char *name, bool fallback)
{
	const struct value *keyword = call_keyword(call, name);

	return keyword ? param_is_true(*keyword, fallback) : fallback;
}

/* PyYAML's own defaults: sorted, escaped, what holds only scalars on one line. */
static int serialize_yaml(struct call *call, struct value v, struct buf *buf, struct err *err)
{
	const struct value *style = call_keyword(call, "default_flow_style");
	unsigned flags = YAML_LEAVES;

	if (style && style->kind != VALUE_NONE)
		flags = param_is_true(*style, false) ? YAML_FLOW : 0;
	flags |= keyword_says(call, "sort_keys", true) ? YAML_SORTED : YAML_AS_IS;
	flags |= keyword_says(call, "allow_unicode", false) ? 0 : YAML_ASCII;
	if (value_to_yaml(call->heap, v, flags, buf, err))
		return -1;
	if (buf->len && buf->ptr[buf->len - 1] == '\n')
		buf_truncate(buf, buf->len - 1);
	return 0;
}

/* The first two arguments; the keywords belong to the format. */
static int serializer_args(struct call *call, const char *function, struct str *ret_name,
			   struct value *ret_value, struct err *err)
{
	if (call->n_args != 2)
		return err_set(err, ERR_INPUT, "%s() takes a serializer and a value", function);
	*ret_value = call->args[1];
	return value_as_str(call->args[0], ret_name, err);
}

int fn_slsutil_serialize(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf buf = {0};
	struct value v = {0};
	struct str name = {0};

	if (serializer_args(call, "slsutil.serialize", &name, &v, err))
		return -1;
	if (!str_is(name, "json") && !str_is(name, "yaml"))
		return err_set(err, ERR_INPUT,
			       "slsutil.serialize: no serializer '%.*s': yaml, json",
			       STR_ARG(name));
	if (str_is(name, "json") ? serialize_json(call, v, &buf, err)
				 : serialize_yaml(call, v, &buf, err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(&buf));
	return 0;
}

int fn_slsutil_deserialize(struct call *call, struct value *ret_value, struct err *err)
{
	struct str name = {0}, text = {0};
	struct value v = {0};

	if (serializer_args(call, "slsutil.deserialize", &name, &v, err) ||
	    value_as_str(v, &text, err))
		return -1;
	if (str_is(name, "json"))
		return value_from_json(call->heap, text, ret_value, err);
	if (str_is(name, "yaml"))
		return value_from_yaml(call->heap, text, "slsutil.deserialize", ret_value, err);
	return err_set(err, ERR_INPUT, "slsutil.deserialize: no serializer '%.*s': yaml, json",
		       STR_ARG(name));
}

int fn_slsutil_boolstr(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"true", PARAM_OPTIONAL},
					      {"false", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};

	if (call_bind(call, "slsutil.boolstr", params, values, err))
		return -1;
	bool is_true = param_is_true(values[0], false);
	struct value given = is_true ? values[1] : values[2];
	*ret_value = param_given(given) ? given
		     : is_true          ? value_literal("true")
					: value_literal("false");
	return 0;
}

/* path_exists, file_exists, dir_exists: below the roots. */
int fn_slsutil_exists(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"path", PARAM_REQUIRED}, {"saltenv", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str path = {0};

	if (call_bind(call, "slsutil.path_exists", params, values, err) ||
	    value_as_str(values[0], &path, err))
		return -1;
	*ret_value = value_bool(source_exists(
		call_world(call), heap_printf(call->heap, "salt://%.*s", STR_ARG(path))));
	return 0;
}

/* ---- defaults ---- */

static int merge_into(struct call *call, const char *function, bool fills, struct value *values,
		      struct value *ret_value, struct err *err);

int fn_defaults_merge(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"dest", PARAM_REQUIRED},         {"upd", PARAM_REQUIRED},
		{"merge_lists", PARAM_OPTIONAL},  {"in_place", PARAM_OPTIONAL},
		{"convert_none", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};

	if (call_bind(call, "defaults.merge", params, values, err))
		return -1;
	return merge_into(call, "defaults.merge", false, values, ret_value, err);
}

/* Each of the mappings in dest gets what `upd` has and it lacks. */
int fn_defaults_update(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"dest", PARAM_REQUIRED},         {"defaults", PARAM_REQUIRED},
		{"merge_lists", PARAM_OPTIONAL},  {"in_place", PARAM_OPTIONAL},
		{"convert_none", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};

	if (call_bind(call, "defaults.update", params, values, err))
		return -1;
	return merge_into(call, "defaults.update", true, values, ret_value, err);
}

static int fill_nodes(struct heap *heap, struct dict *nodes, const struct value *defaults,
		      bool merge_lists, struct err *err)
{
	dict_foreach(entry, nodes)
	{
		struct value copy = {0};
		struct value own = entry->value.kind == VALUE_NONE ? value_of_dict(dict_new(heap))
								   : entry->value;
		struct dict *mapping = NULL;

		if (value_copy(heap, *defaults, &copy, err) ||
		    param_dict(own, "defaults.update", "dest", &mapping, err) ||
		    mapping_update(heap, copy.dict, mapping, merge_lists, err))
			return -1;
		entry->value = copy;
	}
	return 0;
}

static int merge_into(struct call *call, const char *function, bool fills, struct value *values,
		      struct value *ret_value, struct err *err)
{
	struct dict *dest = NULL, *from = NULL;

	for (int i = 0; i < 2; i++)
		if (values[i].kind == VALUE_NONE && param_is_true(values[4], true))
			values[i] = value_of_dict(dict_new(call->heap));
	if (!param_is_true(values[3], true) && value_copy(call->heap, values[0], &values[0], err))
		return -1;
	if (param_dict(values[0], function, "dest", &dest, err) ||
	    param_dict(values[1], function, fills ? "defaults" : "upd", &from, err))
		return -1;
	*ret_value = values[0];
	if (fills)
		return fill_nodes(call->heap, dest, &values[1], param_is_true(values[2], true),
				  err);
	return mapping_update(call->heap, dest, from, param_is_true(values[2], false), err);
}

int fn_defaults_deepcopy(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"source", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};

	if (call_bind(call, "deepcopy", params, values, err))
		return -1;
	return value_copy(call->heap, values[0], ret_value, err);
}

/* NAME/defaults.yaml or NAME/defaults.json below the roots; none: an empty mapping. */
static int defaults_load(struct world *world, struct str name, struct value *ret_value,
			 struct err *err)
{
	static const char *const kinds[] = {"yaml", "json"};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		autobuf struct buf content = {0};
		const char *file = NULL;
		const char *source = heap_printf(world->heap, "salt://%.*s/defaults.%s",
						 STR_ARG(name), kinds[i]);

		if (!source_exists(world, source))
			continue;
		if (source_read(world, source, &content, &file, err))
			return -1;
		struct str text = {heap_strdup(world->heap, buf_str(&content)), content.len};
		return i == 0 ? value_from_yaml(world->heap, text, file, ret_value, err)
			      : value_from_json(world->heap, text, ret_value, err);
	}
	*ret_value = value_of_dict(dict_new(world->heap));
	return 0;
}

int fn_defaults_get(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED}, {"default", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0}, loaded = {0};
	struct str path = {0};

	if (call_bind(call, "defaults.get", params, values, err) ||
	    value_as_str(values[0], &path, err))
		return -1;
	struct value fallback = param_given(values[1]) ? values[1] : value_literal("");
	struct str rest = path, name = str_cut(&rest, ':');
	if (defaults_load(call_world(call), name, &loaded, err))
		return -1;
	*ret_value = rest.ptr ? mapping_get(call->heap, loaded, rest, STR(":"), fallback) : loaded;
	return 0;
}
