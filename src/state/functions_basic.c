/* functions_basic.c - the functions of templates that any run has; log.*, environ.*, test.*, cp.*.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions_private.h"

#include "base/strlist.h"

#include "base/banned.h"

extern char **environ;

/* ---- log ---- */

static int log_at(struct call *call, const char *level, struct value *ret_value, struct err *err)
{
	struct world *world = call_world(call);
	autobuf struct buf masked = {0};
	struct value text = {0};

	for (size_t i = 0; i < call->n_args; i++) {
		if (value_str(call->heap, call->args[i], &text, err))
			return -1;
		if (i)
			buf_putc(&masked, ' ');
		secrets_mask(&world->secrets, value_bytes(text), &masked);
	}
	if (world->log)
		world->log(world->log_arg, level, buf_text(&masked));
	*ret_value = value_bool(true);
	return 0;
}

int fn_log_debug(struct call *call, struct value *ret_value, struct err *err)
{
	return log_at(call, "debug", ret_value, err);
}

int fn_log_info(struct call *call, struct value *ret_value, struct err *err)
{
	return log_at(call, "info", ret_value, err);
}

int fn_log_warning(struct call *call, struct value *ret_value, struct err *err)
{
	return log_at(call, "warning", ret_value, err);
}

int fn_log_error(struct call *call, struct value *ret_value, struct err *err)
{
	return log_at(call, "error", ret_value, err);
}

/* ---- environ ---- */

static const struct param param_key_default[] = {
	{"key", PARAM_REQUIRED}, {"default", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};

int fn_environ_get(struct call *call, struct value *ret_value, struct err *err)
{
	struct value values[ARRAY_LEN(param_key_default)] = {0};
	struct str key = {0};

	if (call_bind(call, "environ.get", param_key_default, values, err))
		return -1;
	if (!value_is_string(values[0])) {
		*ret_value = value_bool(false);
		return 0;
	}
	key = value_bytes(values[0]);
	const char *text = getenv(heap_strdup(call->heap, key));
	*ret_value = text                     ? value_cstr(call->heap, text)
		     : param_given(values[1]) ? values[1]
					      : value_literal("");
	return 0;
}

int fn_environ_has_value(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED}, {"value", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str key = {0}, wanted = {0};

	if (call_bind(call, "environ.has_value", params, values, err))
		return -1;
	if (!value_is_string(values[0]) ||
	    (param_given(values[1]) && values[1].kind != VALUE_NONE &&
	     !value_is_string(values[1]))) {
		*ret_value = value_bool(false);
		return 0;
	}
	key = value_bytes(values[0]);
	if (value_is_string(values[1]))
		wanted = value_bytes(values[1]);
	const char *text = getenv(heap_strdup(call->heap, key));
	*ret_value = value_bool(text && (!wanted.ptr || str_is(wanted, text)));
	return 0;
}

int fn_environ_items(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *items = dict_new(call->heap);

	for (char **entry = environ; entry && *entry; entry++) {
		struct str rest = str_of(*entry), name = str_cut(&rest, '=');

		if (rest.ptr)
			dict_put(call->heap, items, value_text(call->heap, name),
				 value_text(call->heap, rest));
	}
	*ret_value = value_of_dict(items);
	return 0;
}

/* ---- test ---- */

int fn_test_echo(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"text", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};

	if (call_bind(call, "test.echo", params, values, err))
		return -1;
	*ret_value = values[0];
	return 0;
}

int fn_test_ping(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_bool(true);
	return 0;
}

int fn_test_false(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_bool(false);
	return 0;
}

int fn_test_version(struct call *call, struct value *ret_value, struct err *err)
{
	const struct world *world = call_world(call);
	const struct value *version = world->grains ? dict_get(world->grains, "saltversion") : NULL;

	*ret_value = version ? *version : value_literal("");
	return 0;
}

/* ---- cp ---- */

int fn_cp_list_states(struct call *call, struct value *ret_value, struct err *err)
{
	cleanup(strlist_done) struct strlist names = {0};
	struct list *list = list_new(call->heap, 0);

	if (source_list_states(call_world(call), &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (list_append(call->heap, list, value_cstr(call->heap, names.items[i]), err))
			return -1;
	*ret_value = value_of_list(list);
	return 0;
}

int fn_cp_get_file_str(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"path", PARAM_REQUIRED}, {"saltenv", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	autobuf struct buf content = {0};
	const char *file = NULL;
	struct str path = {0};

	if (call_bind(call, "cp.get_file_str", params, values, err) ||
	    value_as_str(values[0], &path, err) ||
	    source_read(call_world(call), heap_strdup(call->heap, path), &content, &file, err) ||
	    heap_room(call->heap, content.len, err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(&content));
	return 0;
}

/* ---- the table ---- */

static const struct state_function rows[] = {
	{"config.get", fn_config_get, FN_PURE},
	{"config.items", fn_config_items, FN_PURE},
	{"config.option", fn_config_option, FN_PURE},
	{"cp.get_file_str", fn_cp_get_file_str, FN_READS},
	{"cp.list_states", fn_cp_list_states, FN_READS},
	{"defaults.deepcopy", fn_defaults_deepcopy, FN_PURE},
	{"defaults.get", fn_defaults_get, FN_READS},
	{"defaults.merge", fn_defaults_merge, FN_PURE},
	{"defaults.update", fn_defaults_update, FN_PURE},
	{"environ.get", fn_environ_get, FN_PURE},
	{"environ.has_value", fn_environ_has_value, FN_PURE},
	{"environ.items", fn_environ_items, FN_PURE},
	{"grains.equals", fn_grains_equals, FN_PURE},
	{"grains.fetch", fn_grains_get, FN_PURE},
	{"grains.filter_by", fn_grains_filter_by, FN_PURE},
	{"grains.get", fn_grains_get, FN_PURE},
	{"grains.has_value", fn_grains_has_value, FN_PURE},
	{"grains.item", fn_grains_item, FN_PURE},
	{"grains.items", fn_grains_items, FN_PURE},
	{"grains.ls", fn_grains_keys, FN_PURE},
	{"hashutil.base64_b64decode", fn_hashutil_base64_decode, FN_PURE},
	{"hashutil.base64_b64encode", fn_hashutil_base64_encode, FN_PURE},
	{"hashutil.base64_decodestring", fn_hashutil_base64_decode, FN_PURE},
	{"hashutil.base64_encodestring", fn_hashutil_base64_lines, FN_PURE},
	{"hashutil.digest", fn_hashutil_digest, FN_PURE},
	{"hashutil.hmac_compute", fn_hashutil_hmac_compute, FN_PURE},
	{"hashutil.hmac_signature", fn_hashutil_hmac_signature, FN_PURE},
	{"hashutil.md5_digest", fn_hashutil_md5, FN_PURE},
	{"hashutil.sha256_digest", fn_hashutil_sha256, FN_PURE},
	{"hashutil.sha512_digest", fn_hashutil_sha512, FN_PURE},
	{"log.critical", fn_log_error, FN_PURE},
	{"log.debug", fn_log_debug, FN_PURE},
	{"log.error", fn_log_error, FN_PURE},
	{"log.exception", fn_log_error, FN_PURE},
	{"log.info", fn_log_info, FN_PURE},
	{"log.trace", fn_log_debug, FN_PURE},
	{"log.warning", fn_log_warning, FN_PURE},
	{"pillar.data", fn_pillar_items, FN_PURE},
	{"pillar.fetch", fn_pillar_get, FN_PURE},
	{"pillar.get", fn_pillar_get, FN_PURE},
	{"pillar.item", fn_pillar_item, FN_PURE},
	{"pillar.items", fn_pillar_items, FN_PURE},
	{"pillar.keys", fn_pillar_keys, FN_PURE},
	{"pillar.ls", fn_pillar_ls, FN_PURE},
	{"pillar.raw", fn_pillar_raw, FN_PURE},
	{"random.get_str", fn_random_get_str, FN_PURE},
	{"random.hash", fn_random_hash, FN_PURE},
	{"random.rand_int", fn_random_rand_int, FN_PURE},
	{"slsutil.boolstr", fn_slsutil_boolstr, FN_PURE},
	{"slsutil.deserialize", fn_slsutil_deserialize, FN_PURE},
	{"slsutil.dir_exists", fn_slsutil_exists, FN_READS},
	{"slsutil.file_exists", fn_slsutil_exists, FN_READS},
	{"slsutil.merge", fn_slsutil_merge, FN_PURE},
	{"slsutil.merge_all", fn_slsutil_merge_all, FN_PURE},
	{"slsutil.path_exists", fn_slsutil_exists, FN_READS},
	{"slsutil.serialize", fn_slsutil_serialize, FN_PURE},
	{"slsutil.update", fn_slsutil_update, FN_PURE},
	{"test.echo", fn_test_echo, FN_PURE},
	{"test.false", fn_test_false, FN_PURE},
	{"test.ping", fn_test_ping, FN_PURE},
	{"test.true", fn_test_ping, FN_PURE},
	{"test.version", fn_test_version, FN_PURE},
};
const struct function_table functions_basic = {rows, ARRAY_LEN(rows)};
