/* filter_private.h - the filters, tests and globals by name, and what they share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the reference gives as a generator is made at once, and can be gone through once
 * (value/iterator.h). */
#pragma once

#include "tmpl/filters.h"
#include "value/call.h"
#include "value/limits.h"

/* ---- arguments and results (filter_call.c) ---- */

/* What was given, else `fallback`. */
int arg_int(struct value v, int64_t fallback, int64_t *ret_int, struct err *err) must_check;
int arg_bool(struct heap *heap, struct value v, bool fallback, bool *ret_bool,
	     struct err *err) must_check;
/* str(v); a string is itself. */
int arg_text(struct heap *heap, struct value v, struct str *ret_text, struct err *err) must_check;
/* Of Salt's functions on bytes: "expected str, bytes, or bytearray not <class 'int'>". */
int bytes_of(struct value v, struct str *ret_text, struct err *err) must_check;
/* Python's `re` and shlex: "expected string or bytes-like object, got 'int'" */
int matched_text(struct value v, struct str *ret_text, struct err *err) must_check;
/* hash() can be asked of it: Salt's filters tell collections from other things so. */
bool is_hashable(struct value v);
bool is_markup(struct value v);
bool is_autoescape(const struct call *call);
/* What `buf` holds, as a string of the heap; bounded. */
int text_give(struct heap *heap, const struct buf *buf, struct value *ret_string,
	      struct err *err) must_check;
struct buf text_buf(void); /* with the bound of a value */
/* v.name(args) of Python's types. */
int call_named(struct call *call, struct value v, const char *name, const struct value *args,
	       size_t n_args, struct value *ret_value, struct err *err) must_check;
/* A generator of what `fill` puts into the list; where that fails, going through it fails. */
int generator_give(struct call *call, const char *name,
		   int (*fill)(struct call *call, struct list *items, struct err *err),
		   struct value *ret_value, struct err *err) must_check;
/* Cuts the first line off, as str.splitlines(): false when nothing is left. */
bool line_cut(struct str *rest, struct str *ret_line);
/* Of a string; "'int' object has no attribute 'splitlines'". */
int lines_of(struct heap *heap, struct value v, struct str *ret_text, struct err *err) must_check;
/* "'list' object has no attribute 'items'" */
int dict_of(struct heap *heap, struct value v, const struct dict **ret_dict,
	    struct err *err) must_check;
/* The most that is written after a number that a template chose. */
int count_room(struct heap *heap, int64_t n, struct err *err) must_check;
bool in_salt(const struct call *call); /* Salt's own filters replace Jinja's of the name */

/* ---- "a.b.0" (filter_path.c) ---- */

#define PATH_PARTS_MAX 32

struct path {
	struct value parts[PATH_PARTS_MAX];
	size_t n;
};
/* None: the thing itself. */
int path_parse(struct heap *heap, struct value attribute, struct path *ret_path,
	       struct err *err) must_check;
/* What is missing is `fallback` when that is not None. */
int path_get(struct heap *heap, const struct path *path, struct value item, struct value fallback,
	     struct value *ret_value, struct err *err) must_check;
/* What is sorted and compared by: the part, in lower case unless case_sensitive. */
struct sort_key {
	struct path path;
	bool is_case_sensitive;
	struct value fallback;
};
int key_get(struct call *call, const struct sort_key *key, struct value item,
	    struct value *ret_value, struct err *err) must_check;

/* ---- order and sets (filter_sort.c, filter_unique.c) ---- */

/* `keys` and `items` go together; stable. */
int sort_by_keys(struct heap *heap, struct list *keys, struct list *items, bool reverse,
		 struct list **ret_sorted, struct err *err) must_check;
int unique_by_equality(struct heap *heap, const struct list *list, struct list **ret_unique,
		       struct err *err) must_check;

/* ---- HTML (filter_html.c) ---- */

void markup_escape(struct buf *buf, struct str text);
/* escape(v): Markup is itself. */
int value_escape(struct heap *heap, struct value v, struct value *ret_markup,
		 struct err *err) must_check;

/* ---- numbers in text (filter_number.c) ---- */

/* int(text, base): 1 it is one, 0 it is not, -1 beyond 64 bits. */
int int_parse(struct str text, int64_t base, int64_t *ret_int, struct err *err) must_check;
bool float_parse(struct str text, double *ret_number);
int float_of(struct value v, double *ret_number, struct err *err) must_check;

/* ---- regular expressions (filter_regex.c) ---- */

struct regex;
/* (rgx, ignorecase, multiline) of Salt's filters. */
int regex_of(struct call *call, const struct value v[3], struct regex **ret_regex,
	     struct err *err) must_check;

/* ---- the tables (filters.c) ---- */

bool is_filter(const struct call *call, struct str name);
bool is_test(const struct call *call, struct str name);

call_fn filter_append_dict_key_value, filter_compare_dicts, filter_compare_lists,
	filter_extend_dict_key_value, filter_product, filter_set_dict_key_value,
	filter_sorted_ignorecase, filter_update_dict_key_value, filter_zip, filter_combinations,
	filter_combinations_again, filter_compress, filter_contains_whitespace, filter_ipwrap,
	filter_is_hex, filter_permutations, filter_zip_longest;

call_fn filter_abs, filter_attr, filter_avg, filter_base64_decode, filter_base64_encode,
	filter_batch, filter_capitalize, filter_center, filter_check_whitelist_blacklist,
	filter_default, filter_dict_to_sls_yaml_params, filter_dictsort, filter_difference,
	filter_escape, filter_exactly_n_true, filter_exactly_one_true, filter_filesizeformat,
	filter_first, filter_flatten, filter_float, filter_forceescape, filter_format,
	filter_groupby, filter_hmac, filter_hmac_compute, filter_human_to_bytes, filter_indent,
	filter_int, filter_intersect, filter_ip_host, filter_ipaddr, filter_ipv4, filter_ipv6,
	filter_is_ip, filter_is_ipv4, filter_is_ipv6, filter_is_iter, filter_is_list, filter_items,
	filter_join, filter_json, filter_json_encode_dict, filter_json_encode_list, filter_last,
	filter_length, filter_list, filter_load_json, filter_load_text, filter_load_yaml,
	filter_lower, filter_map, filter_max, filter_md5, filter_method_call, filter_min,
	filter_network_hosts, filter_network_size, filter_path_join, filter_pprint, filter_quote,
	filter_random, filter_regex_escape, filter_regex_match, filter_regex_replace,
	filter_regex_search, filter_reject, filter_rejectattr, filter_replace, filter_reverse,
	filter_round, filter_safe, filter_select, filter_selectattr, filter_sequence, filter_sha1,
	filter_sha256, filter_sha512, filter_skip, filter_slice, filter_sort, filter_strftime,
	filter_string, filter_striptags, filter_substring_in_list, filter_sum,
	filter_symmetric_difference, filter_title, filter_to_bool, filter_to_camelcase,
	filter_to_num, filter_to_snake_case, filter_tojson, filter_traverse, filter_trim,
	filter_truncate, filter_union, filter_unique, filter_upper, filter_urlencode, filter_urlize,
	filter_uuid, filter_wordcount, filter_wordwrap, filter_xmlattr, filter_yaml,
	filter_yaml_dquote, filter_yaml_encode, filter_yaml_squote;

call_fn test_boolean, test_callable, test_defined, test_divisibleby, test_eq, test_escaped,
	test_even, test_false, test_filter, test_float, test_ge, test_gt, test_in, test_integer,
	test_iterable, test_le, test_list, test_lower, test_lt, test_mapping, test_match, test_ne,
	test_none, test_number, test_odd, test_sameas, test_sequence, test_string, test_test,
	test_true, test_undefined, test_upper;

call_fn global_range, global_dict, global_namespace, global_cycler, global_joiner, global_lipsum,
	global_raise, global_ifelse, global_show_full_context;
