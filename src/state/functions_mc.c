/* functions_mc.c - mc_utils.*: texts, mappings and passwords for projects of the makina layer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions_private.h"

#include "value/json.h"
#include "value/limits.h"
#include "value/yaml.h"

#include "base/banned.h"

/* ---- JSON and YAML ---- */

int fn_mc_json_dump(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"data", PARAM_REQUIRED}, {"pretty", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct value_json_options options = {.indent = -1, .ascii = true};
	autobuf struct buf buf = {0};

	if (call_bind(call, "mc_utils.json_dump", params, values, err))
		return -1;
	if (param_is_true(values[1], false))
		options.indent = 4;
	if (value_to_json(call->heap, values[0], &options, &buf, err) ||
	    heap_room(call->heap, buf.len, err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(&buf));
	return 0;
}

/* What is no text is taken as it is: loaded already. Line ends inside are blanks: the text may have
 * been folded by whoever carried it. */
int fn_mc_json_load(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};

	if (call_bind(call, "mc_utils.json_load", params, values, err))
		return -1;
	if (!value_is_string(values[0])) {
		*ret_value = values[0];
		return 0;
	}
	struct str text = value_bytes(values[0]);
	char *flat = heap_strdup(call->heap, text);
	for (size_t i = 0; i < text.len; i++)
		if (flat[i] == '\n' || flat[i] == '\r')
			flat[i] = ' ';
	return value_from_json(call->heap, (struct str){flat, text.len}, ret_value, err);
}

int fn_mc_yaml_dump(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED},
					      {"flow", PARAM_OPTIONAL},
					      {"nonewline", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	autobuf struct buf buf = {0};

	if (call_bind(call, "mc_utils.yaml_dump", params, values, err) ||
	    value_to_yaml(call->heap, values[0], param_is_true(values[1], false) ? YAML_FLOW : 0,
			  &buf, err) ||
	    heap_room(call->heap, buf.len, err))
		return -1;
	for (size_t i = 0; i < buf.len && param_is_true(values[2], true); i++)
		if (buf.ptr[i] == '\n')
			buf.ptr[i] = ' ';
	*ret_value = value_text(call->heap, buf_str(&buf));
	return 0;
}

int fn_mc_yaml_load(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str text = {0};

	if (call_bind(call, "mc_utils.cyaml_load", params, values, err) ||
	    value_as_str(values[0], &text, err))
		return -1;
	return value_from_yaml(call->heap, text, "mc_utils.cyaml_load", ret_value, err);
}

/* ---- mappings and lists ---- */

static const struct param param_two_dicts[] = {
	{"dict1", PARAM_REQUIRED}, {"dict2", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};

static int check_dicts(const struct value *values, const char *function, struct err *err)
{
	static const char *const places[] = {"1st", "2nd"};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (values[i].kind != VALUE_DICT)
			return err_set(err, ERR_INPUT, "%s: the %s argument is no dictionary: '%s'",
				       function, places[i], value_type_name(values[i]));
	return 0;
}

int fn_mc_dictupdate(struct call *call, struct value *ret_value, struct err *err)
{
	struct value values[ARRAY_LEN(param_two_dicts)] = {0};

	if (call_bind(call, "mc_utils.dictupdate", param_two_dicts, values, err) ||
	    check_dicts(values, "mc_utils.dictupdate", err) ||
	    mapping_update(call->heap, values[0].dict, values[1].dict, false, err))
		return -1;
	*ret_value = values[0];
	return 0;
}

int fn_mc_copy_dictupdate(struct call *call, struct value *ret_value, struct err *err)
{
	struct value values[ARRAY_LEN(param_two_dicts)] = {0}, copies[2] = {{0}};

	if (call_bind(call, "mc_utils.copy_dictupdate", param_two_dicts, values, err) ||
	    check_dicts(values, "mc_utils.copy_dictupdate", err) ||
	    value_copy(call->heap, values[0], &copies[0], err) ||
	    value_copy(call->heap, values[1], &copies[1], err) ||
	    mapping_update(call->heap, copies[0].dict, copies[1].dict, false, err))
		return -1;
	*ret_value = copies[0];
	return 0;
}

static bool list_has(const struct list *list, struct value v)
{
	for (size_t i = 0; i < list->n; i++)
		if (value_same(list->items[i], v))
			return true;
	return false;
}

int fn_mc_uniquify(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"seq", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct dict *seen = dict_new(call->heap);
	struct list *all = NULL, *kept = list_new(call->heap, 0);

	if (call_bind(call, "mc_utils.uniquify", params, values, err) ||
	    value_to_list(call->heap, values[0], &all, err))
		return -1;
	for (size_t i = 0; i < all->n; i++) {
		struct value v = all->items[i];
		bool is_hashable = v.kind < VALUE_LIST;

		/* What cannot be a key is looked for one by one: a step for each. */
		for (size_t j = 0; j < (is_hashable ? 1 : kept->n + 1); j++)
			if (heap_step(call->heap, err))
				return -1;
		if (is_hashable ? dict_find(seen, v) != NULL : list_has(kept, v))
			continue;
		if ((is_hashable && dict_assign(call->heap, seen, v, value_none(), err)) ||
		    list_append(call->heap, kept, v, err))
			return -1;
	}
	*ret_value = value_of_list(kept);
	return 0;
}

/* odict(instance=True): a mapping, or what makes mappings. */
int fn_mc_odict(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"instance", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	const struct world *world = call_world(call);
	const struct value *maker =
		world->engine.globals ? dict_get(world->engine.globals, "odict") : NULL;
	struct value values[ARRAY_LEN(params)] = {0};
	bool is_instance = true;

	if (call_bind(call, "mc_utils.odict", params, values, err) ||
	    (param_given(values[0]) && value_truth(call->heap, values[0], &is_instance, err)))
		return -1;
	if (!is_instance && maker) {
		*ret_value = *maker;
		return 0;
	}
	*ret_value = value_of_dict(dict_new(call->heap));
	ret_value->dict->is_ordered = true;
	return 0;
}

/* mc_utils.defaults(prefix, mapping): with what the pillar says about PREFIX and PREFIX.key. */
int fn_mc_defaults(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"prefix", PARAM_REQUIRED}, {"datadict", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str prefix = {0};
	struct dict *settings = NULL;

	if (call_bind(call, "mc_utils.defaults", params, values, err) ||
	    value_as_str(values[0], &prefix, err) ||
	    param_dict(values[1], "mc_utils.defaults", "datadict", &settings, err) ||
	    settings_override(call_world(call), heap_strdup(call->heap, prefix), settings, err))
		return -1;
	*ret_value = values[1];
	return 0;
}

/* What registers, caches or watches elsewhere: nothing to be done here. */
int fn_mc_none(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_none();
	return 0;
}

/* ---- texts ---- */

int fn_mc_hash(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"string", PARAM_REQUIRED},
					      {"typ", PARAM_OPTIONAL},
					      {"func", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0}, text = {0};
	struct str algorithm = {0};

	if (call_bind(call, "mc_utils.hash", params, values, err) ||
	    param_text(values[1], "md5", &algorithm, err) ||
	    value_str(call->heap, values[0], &text, err))
		return -1;
	const char *hex = text_digest(call->heap, algorithm, value_bytes(text));
	if (!hex)
		return err_set(err, ERR_INPUT, "mc_utils.hash: no algorithm '%.*s'",
			       STR_ARG(algorithm));
	*ret_value = value_view(str_of(hex));
	return 0;
}

/* All lines but the first are moved right; each ends in a newline. */
int fn_mc_indent(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"tstring", PARAM_REQUIRED},
					      {"spaces", PARAM_OPTIONAL},
					      {"char", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};
	struct str text = {0}, fill = {0};
	int64_t columns = 16;

	if (call_bind(call, "mc_utils.indent", params, values, err) ||
	    value_as_str(values[0], &text, err) || param_text(values[2], " ", &fill, err) ||
	    (param_given(values[1]) && value_as_int(values[1], &columns, err)))
		return -1;
	if (columns < 0 || columns > 1000)
		return err_set(err, ERR_INPUT, "mc_utils.indent: 0 to 1000 columns");
	struct str rest = {text.ptr ? text.ptr : "", text.len};
	for (bool is_first = true; rest.ptr && !buf.overflowed; is_first = false) {
		struct str line = str_cut(&rest, '\n');

		for (int64_t i = 0; i < columns && !is_first; i++)
			buf_append_str(&buf, fill);
		buf_append_str(&buf, line);
		buf_putc(&buf, '\n');
	}
	if (buf_check(&buf, "mc_utils.indent", err) || heap_room(call->heap, buf.len, err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(&buf));
	return 0;
}

int fn_mc_file_read(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"fic", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	autobuf struct buf content = {0};
	const char *file = NULL;
	struct str path = {0};

	if (call_bind(call, "mc_utils.file_read", params, values, err) ||
	    value_as_str(values[0], &path, err) ||
	    source_read(call_world(call), heap_strdup(call->heap, path), &content, &file, err) ||
	    heap_room(call->heap, content.len, err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(&content));
	return 0;
}

#define MAX_PASSWORD 1024 /* characters */

int fn_mc_generate_password(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"length", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	struct value values[ARRAY_LEN(params)] = {0};
	int64_t length = 16;

	if (call_bind(call, "mc_utils.generate_password", params, values, err) ||
	    (param_given(values[0]) && values[0].kind != VALUE_NONE &&
	     value_as_int(values[0], &length, err)))
		return -1;
	if (length < 1 || length > MAX_PASSWORD)
		return err_set(err, ERR_INPUT, "mc_utils.generate_password: 1 to %d characters",
			       MAX_PASSWORD);
	char *text =
		text_random(call->heap, (struct str){letters, sizeof(letters) - 1}, (size_t)length);
	secrets_add(&call_world(call)->secrets, str_of(text));
	*ret_value = value_view(str_of(text));
	return 0;
}

/* ---- the table ---- */

static const struct state_function rows[] = {
	{"mc_apache.settings", fn_mc_apache, FN_PURE},
	{"mc_circus.settings", fn_mc_circus, FN_PURE},
	{"mc_dumper.json_dump", fn_mc_json_dump, FN_PURE},
	{"mc_dumper.json_load", fn_mc_json_load, FN_PURE},
	{"mc_dumper.yaml_dump", fn_mc_yaml_dump, FN_PURE},
	{"mc_locations.settings", fn_mc_locations, FN_PURE},
	{"mc_macros.autoload", fn_mc_none, FN_PURE},
	{"mc_macros.is_item_active", fn_mc_false, FN_PURE},
	{"mc_macros.register", fn_mc_none, FN_PURE},
	{"mc_macros.unregister", fn_mc_none, FN_PURE},
	{"mc_nginx.settings", fn_mc_nginx, FN_PURE},
	{"mc_nginx.vhost_settings", fn_mc_vhost, FN_PURE},
	{"mc_nodetypes.is_container", fn_mc_true, FN_PURE},
	{"mc_nodetypes.is_devhost", fn_mc_false, FN_PURE},
	{"mc_nodetypes.is_docker", fn_mc_true, FN_PURE},
	{"mc_nodetypes.is_docker_service", fn_mc_true, FN_PURE},
	{"mc_nodetypes.is_systemd", fn_mc_false, FN_PURE},
	{"mc_nodetypes.is_travis", fn_mc_false, FN_PURE},
	{"mc_nodetypes.is_upstart", fn_mc_false, FN_PURE},
	{"mc_nodetypes.is_vm", fn_mc_true, FN_PURE},
	{"mc_php.settings", fn_mc_php, FN_PURE},
	{"mc_pkgs.settings", fn_mc_pkgs, FN_PURE},
	{"mc_project.uniquify", fn_mc_uniquify, FN_PURE},
	{"mc_salt.settings", fn_mc_salt, FN_PURE},
	{"mc_services_managers.get_service_enabled_state", fn_mc_service_enabled, FN_PURE},
	{"mc_services_managers.get_service_function", fn_mc_service_function, FN_PURE},
	{"mc_usergroup.settings", fn_mc_usergroup, FN_PURE},
	{"mc_utils.copy_dictupdate", fn_mc_copy_dictupdate, FN_PURE},
	{"mc_utils.cyaml_dump", fn_mc_yaml_dump, FN_PURE},
	{"mc_utils.cyaml_load", fn_mc_yaml_load, FN_PURE},
	{"mc_utils.deepcopy", fn_defaults_deepcopy, FN_PURE},
	{"mc_utils.defaults", fn_mc_defaults, FN_PURE},
	{"mc_utils.dictupdate", fn_mc_dictupdate, FN_PURE},
	{"mc_utils.file_read", fn_mc_file_read, FN_READS},
	{"mc_utils.generate_password", fn_mc_generate_password, FN_PURE},
	{"mc_utils.hash", fn_mc_hash, FN_PURE},
	{"mc_utils.indent", fn_mc_indent, FN_PURE},
	{"mc_utils.invalidate_memoize_cache", fn_mc_none, FN_PURE},
	{"mc_utils.json_dump", fn_mc_json_dump, FN_PURE},
	{"mc_utils.json_load", fn_mc_json_load, FN_PURE},
	{"mc_utils.odict", fn_mc_odict, FN_PURE},
	{"mc_utils.purge_memoize_cache", fn_mc_none, FN_PURE},
	{"mc_utils.remove_cache_entry", fn_mc_none, FN_PURE},
	{"mc_utils.uniquify", fn_mc_uniquify, FN_PURE},
	{"mc_utils.yaml_dump", fn_mc_yaml_dump, FN_PURE},
};
const struct function_table functions_mc = {rows, ARRAY_LEN(rows)};
