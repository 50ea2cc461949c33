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
	{"attr", filter_attr},
	{"avg", filter_avg},
	{"batch", filter_batch},
	{"capitalize", filter_capitalize},
	{"center", filter_center},
	{"check_whitelist_blacklist", filter_check_whitelist_blacklist},
	{"count", filter_length},
	{"d", filter_default},
	{"default", filter_default},
	{"dictsort", filter_dictsort},
	{"difference", filter_difference},
	{"e", filter_escape},
	{"escape", filter_escape},
	{"exactly_n_true", filter_exactly_n_true},
	{"exactly_one_true", filter_exactly_one_true},
	{"filesizeformat", filter_filesizeformat},
	{"first", filter_first},
	{"flatten", filter_flatten},
	{"float", filter_float},
	{"forceescape", filter_forceescape},
	{"format", filter_format},
	{"groupby", filter_groupby},
	{"indent", filter_indent},
	{"int", filter_int},
	{"intersect", filter_intersect},
	{"is_iter", filter_is_iter},
	{"is_list", filter_is_list},
	{"items", filter_items},
	{"join", filter_join},
	{"last", filter_last},
	{"length", filter_length},
	{"list", filter_list},
	{"lower", filter_lower},
	{"map", filter_map},
	{"max", filter_max},
	{"min", filter_min},
	{"pprint", filter_pprint},
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
	{"slice", filter_slice},
	{"sort", filter_sort},
	{"string", filter_string},
	{"striptags", filter_striptags},
	{"substring_in_list", filter_substring_in_list},
	{"sum", filter_sum},
	{"symmetric_difference", filter_symmetric_difference},
	{"title", filter_title},
	{"tojson", filter_tojson},
	{"trim", filter_trim},
	{"truncate", filter_truncate},
	{"union", filter_union},
	{"unique", filter_unique},
	{"upper", filter_upper},
	{"urlencode", filter_urlencode},
	{"urlize", filter_urlize},
	{"wordcount", filter_wordcount},
	{"wordwrap", filter_wordwrap},
	{"xmlattr", filter_xmlattr},
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
