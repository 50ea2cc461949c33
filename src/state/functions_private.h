/* functions_private.h - the functions of templates, by family; their tables name them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/functions.h"
#include "value/call.h"

/* The world that a call runs in. */
static inline struct world *call_world(const struct call *call)
{
	return call->heap->world;
}

/* ---- of arguments that may be left out ---- */

bool param_is_true(struct value v, bool fallback); /* bools, numbers, the strings of YAML */
int param_text(struct value v, const char *fallback, struct str *ret_text,
	       struct err *err) must_check; /* "expected a string, not 'int'" */
int param_dict(struct value v, const char *function, const char *name, struct dict **ret_dict,
	       struct err *err) must_check; /* "f: 'x' must be a dictionary, not 'str'" */

/* ---- mappings (mappings.c) ---- */

/* Salt's dictupdate.update: `from` into `into`, mappings recursively; lists replace, or with
 * merge_lists are lengthened by what they lack. ERR_LIMIT: too deep. */
int mapping_update(struct heap *heap, struct dict *into, const struct dict *from, bool merge_lists,
		   struct err *err) must_check;
/* opts, then pillar, then grains, by ':' or '.'. */
struct value world_lookup(struct world *world, struct str key, struct value fallback);
/* What the pillar and the grains say about PREFIX.key goes into `settings`. */
int settings_override(struct world *world, const char *prefix, struct dict *settings,
		      struct err *err) must_check;

/* ---- families ---- */

call_fn fn_pillar_get, fn_pillar_items, fn_pillar_item, fn_pillar_keys, fn_pillar_ls, fn_pillar_raw;
call_fn fn_grains_get, fn_grains_items, fn_grains_item, fn_grains_keys, fn_grains_has_value,
	fn_grains_equals, fn_grains_filter_by;
call_fn fn_config_get, fn_config_option, fn_config_items;
call_fn fn_log_debug, fn_log_info, fn_log_warning, fn_log_error;
call_fn fn_slsutil_merge, fn_slsutil_merge_all, fn_slsutil_update, fn_slsutil_serialize,
	fn_slsutil_deserialize, fn_slsutil_boolstr, fn_slsutil_exists;
call_fn fn_defaults_merge, fn_defaults_update, fn_defaults_deepcopy, fn_defaults_get;
call_fn fn_hashutil_digest, fn_hashutil_md5, fn_hashutil_sha256, fn_hashutil_sha512,
	fn_hashutil_base64_encode, fn_hashutil_base64_lines, fn_hashutil_base64_decode,
	fn_hashutil_hmac_compute, fn_hashutil_hmac_signature;
call_fn fn_random_get_str, fn_random_rand_int, fn_random_hash;
call_fn fn_environ_get, fn_environ_items, fn_environ_has_value;
call_fn fn_test_echo, fn_test_false, fn_test_ping, fn_test_version;
call_fn fn_cp_list_states, fn_cp_get_file_str;

call_fn fn_mc_json_dump, fn_mc_json_load, fn_mc_yaml_dump, fn_mc_yaml_load, fn_mc_dictupdate,
	fn_mc_copy_dictupdate, fn_mc_uniquify, fn_mc_odict, fn_mc_hash, fn_mc_indent,
	fn_mc_file_read, fn_mc_defaults, fn_mc_generate_password, fn_mc_none;
call_fn fn_mc_locations, fn_mc_usergroup, fn_mc_pkgs, fn_mc_salt, fn_mc_nginx, fn_mc_vhost,
	fn_mc_circus, fn_mc_apache, fn_mc_php, fn_mc_true, fn_mc_false, fn_mc_service_function,
	fn_mc_service_enabled;

/* The hex digest of a text; NULL: no such algorithm. In the heap. */
const char *text_digest(struct heap *heap, struct str algorithm, struct str text);
/* N characters of `alphabet`, each as likely as the others. In the heap. */
char *text_random(struct heap *heap, struct str alphabet, size_t n);
