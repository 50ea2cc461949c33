/* filters.c - which filters and tests there are.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filters.h"

#include "base/strlist.h"
#include "tmpl/engine.h"
#include "tmpl/filter_private.h"

#include "base/banned.h"

/* One a line, sorted: a test looks. */
/* clang-format off */
static const struct native_row filters[] = {
	{"abs", filter_abs},
	{"append_dict_key_value", filter_append_dict_key_value},
	{"attr", filter_attr},
	{"avg", filter_avg},
	{"base64_decode", filter_base64_decode},
	{"base64_encode", filter_base64_encode},
	{"batch", filter_batch},
	{"capitalize", filter_capitalize},
	{"center", filter_center},
	{"check_whitelist_blacklist", filter_check_whitelist_blacklist},
	{"combinations", filter_combinations},
	{"combinations_with_replacement", filter_combinations_again},
	{"compare_dicts", filter_compare_dicts},
	{"compare_lists", filter_compare_lists},
	{"compress", filter_compress},
	{"contains_whitespace", filter_contains_whitespace},
	{"count", filter_length},
	{"d", filter_default},
	{"date_format", filter_strftime},
	{"default", filter_default},
	{"dict_to_sls_yaml_params", filter_dict_to_sls_yaml_params},
	{"dictsort", filter_dictsort},
	{"difference", filter_difference},
	{"e", filter_escape},
	{"escape", filter_escape},
	{"exactly_n_true", filter_exactly_n_true},
	{"exactly_one_true", filter_exactly_one_true},
	{"extend_dict_key_value", filter_extend_dict_key_value},
	{"filesizeformat", filter_filesizeformat},
	{"first", filter_first},
	{"flatten", filter_flatten},
	{"float", filter_float},
	{"forceescape", filter_forceescape},
	{"format", filter_format},
	{"groupby", filter_groupby},
	{"hmac", filter_hmac},
	{"hmac_compute", filter_hmac_compute},
	{"human_to_bytes", filter_human_to_bytes},
	{"indent", filter_indent},
	{"int", filter_int},
	{"intersect", filter_intersect},
	{"ip_host", filter_ip_host},
	{"ipaddr", filter_ipaddr},
	{"ipv4", filter_ipv4},
	{"ipv6", filter_ipv6},
	{"ipwrap", filter_ipwrap},
	{"is_hex", filter_is_hex},
	{"is_ip", filter_is_ip},
	{"is_ipv4", filter_is_ipv4},
	{"is_ipv6", filter_is_ipv6},
	{"is_iter", filter_is_iter},
	{"is_list", filter_is_list},
	{"items", filter_items},
	{"join", filter_join},
	{"json", filter_json},
	{"json_decode_dict", filter_json_encode_dict},
	{"json_decode_list", filter_json_encode_list},
	{"json_encode_dict", filter_json_encode_dict},
	{"json_encode_list", filter_json_encode_list},
	{"last", filter_last},
	{"length", filter_length},
	{"list", filter_list},
	{"load_json", filter_load_json},
	{"load_text", filter_load_text},
	{"load_yaml", filter_load_yaml},
	{"lower", filter_lower},
	{"map", filter_map},
	{"max", filter_max},
	{"md5", filter_md5},
	{"method_call", filter_method_call},
	{"min", filter_min},
	{"network_hosts", filter_network_hosts},
	{"network_size", filter_network_size},
	{"path_join", filter_path_join},
	{"permutations", filter_permutations},
	{"pprint", filter_pprint},
	{"product", filter_product},
	{"python", filter_pprint},
	{"quote", filter_quote},
	{"random", filter_random},
	{"regex_escape", filter_regex_escape},
	{"regex_match", filter_regex_match},
	{"regex_replace", filter_regex_replace},
	{"regex_search", filter_regex_search},
	{"reject", filter_reject},
	{"rejectattr", filter_rejectattr},
	{"replace", filter_replace},
	{"reverse", filter_reverse},
	{"round", filter_round},
	{"safe", filter_safe},
	{"select", filter_select},
	{"selectattr", filter_selectattr},
	{"sequence", filter_sequence},
	{"set_dict_key_value", filter_set_dict_key_value},
	{"sha1", filter_sha1},
	{"sha256", filter_sha256},
	{"sha512", filter_sha512},
	{"skip", filter_skip},
	{"slice", filter_slice},
	{"sort", filter_sort},
	{"sorted_ignorecase", filter_sorted_ignorecase},
	{"str_to_num", filter_to_num},
	{"strftime", filter_strftime},
	{"string", filter_string},
	{"striptags", filter_striptags},
	{"substring_in_list", filter_substring_in_list},
	{"sum", filter_sum},
	{"symmetric_difference", filter_symmetric_difference},
	{"title", filter_title},
	{"to_bool", filter_to_bool},
	{"to_camelcase", filter_to_camelcase},
	{"to_num", filter_to_num},
	{"to_snake_case", filter_to_snake_case},
	{"tojson", filter_tojson},
	{"traverse", filter_traverse},
	{"trim", filter_trim},
	{"truncate", filter_truncate},
	{"union", filter_union},
	{"unique", filter_unique},
	{"update_dict_key_value", filter_update_dict_key_value},
	{"upper", filter_upper},
	{"urlencode", filter_urlencode},
	{"urlize", filter_urlize},
	{"uuid", filter_uuid},
	{"wordcount", filter_wordcount},
	{"wordwrap", filter_wordwrap},
	{"xmlattr", filter_xmlattr},
	{"yaml", filter_yaml},
	{"yaml_dquote", filter_yaml_dquote},
	{"yaml_encode", filter_yaml_encode},
	{"yaml_squote", filter_yaml_squote},
	{"zip", filter_zip},
	{"zip_longest", filter_zip_longest},
};

static const struct native_row tests[] = {
	{"!=", test_ne},
	{"<", test_lt},
	{"<=", test_le},
	{"==", test_eq},
	{">", test_gt},
	{">=", test_ge},
	{"boolean", test_boolean},
	{"callable", test_callable},
	{"defined", test_defined},
	{"divisibleby", test_divisibleby},
	{"eq", test_eq},
	{"equalto", test_eq},
	{"escaped", test_escaped},
	{"even", test_even},
	{"false", test_false},
	{"filter", test_filter},
	{"float", test_float},
	{"ge", test_ge},
	{"greaterthan", test_gt},
	{"gt", test_gt},
	{"in", test_in},
	{"integer", test_integer},
	{"iterable", test_iterable},
	{"le", test_le},
	{"lessthan", test_lt},
	{"list", test_list},
	{"lower", test_lower},
	{"lt", test_lt},
	{"mapping", test_mapping},
	{"match", test_match},
	{"ne", test_ne},
	{"none", test_none},
	{"number", test_number},
	{"odd", test_odd},
	{"sameas", test_sameas},
	{"sequence", test_sequence},
	{"string", test_string},
	{"test", test_test},
	{"true", test_true},
	{"undefined", test_undefined},
	{"upper", test_upper},
};
/* clang-format on */

#define NAMES_MAX 256

static const char *nearest(const struct native_row *rows, size_t n, struct str name)
{
	const char *names[NAMES_MAX + 1] = {0}; /* as str_nearest wants them */
	autofree char *word = str_dup(name);

	for (size_t i = 0; i < n && i < NAMES_MAX; i++)
		names[i] = rows[i].name;
	return str_nearest(word, names);
}

const struct native_row *filter_find(struct str name)
{
	return native_find(filters, ARRAY_LEN(filters), name);
}

const struct native_row *test_find(struct str name)
{
	return native_find(tests, ARRAY_LEN(tests), name);
}

const char *filter_nearest(struct str name)
{
	return nearest(filters, ARRAY_LEN(filters), name);
}

const char *test_nearest(struct str name)
{
	return nearest(tests, ARRAY_LEN(tests), name);
}

void filter_names(struct strlist *ret_names)
{
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		strlist_add(ret_names, filters[i].name);
}

void test_names(struct strlist *ret_names)
{
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		strlist_add(ret_names, tests[i].name);
}

/* In the tables that the engine was given besides. */
static bool in_more(const struct native_row *const *tables, struct str name)
{
	for (; tables && *tables; tables++)
		for (const struct native_row *row = *tables; row->name; row++)
			if (str_is(name, row->name))
				return true;
	return false;
}

bool is_filter(const struct call *call, struct str name)
{
	return filter_find(name) ||
	       (call->interp && in_more(interp_engine(call->interp)->more_filters, name));
}

bool is_test(const struct call *call, struct str name)
{
	return test_find(name) ||
	       (call->interp && in_more(interp_engine(call->interp)->more_tests, name));
}
