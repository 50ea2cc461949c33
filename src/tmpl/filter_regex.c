/* filter_regex.c - Salt's filters with regular expressions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/regex.h"

#include "tmpl/filter_private.h"

#include "base/banned.h"

int regex_of(struct call *call, const struct value v[3], struct regex **ret_regex, struct err *err)
{
	struct str pattern;
	bool ignorecase, multiline;

	if (value_as_str(v[0], &pattern, err) ||
	    arg_bool(call->heap, v[1], false, &ignorecase, err) ||
	    arg_bool(call->heap, v[2], false, &multiline, err))
		return -1;
	return regex_compile(call->heap, pattern,
			     (ignorecase ? REGEX_IGNORECASE : 0) |
				     (multiline ? REGEX_MULTILINE : 0),
			     ret_regex, err);
}

/* A tuple of the groups, or None. */
static int groups_of(struct call *call, const char *name, bool anchored, struct value *ret_value,
		     struct err *err)
{
	static const struct param params[] = {{"txt", PARAM_REQUIRED},
					      {"rgx", PARAM_REQUIRED},
					      {"ignorecase", PARAM_OPTIONAL},
					      {"multiline", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[4], groups[REGEX_GROUPS_MAX];
	struct regex_match match;
	struct regex *regex;
	struct str text;

	if (call_bind(call, name, params, v, err) || matched_text(v[0], &text, err) ||
	    regex_of(call, &v[1], &regex, err))
		return -1;
	int found = regex_search(regex, text, 0, anchored, &match, err);
	if (found < 0)
		return -1;
	*ret_value = value_none();
	if (!found)
		return 0;
	for (size_t i = 1; i < match.n_groups; i++)
		groups[i - 1] = match.groups[i].ptr ? value_view(match.groups[i]) : value_none();
	*ret_value = value_tuple(call->heap, groups, match.n_groups - 1);
	return 0;
}

int filter_regex_search(struct call *call, struct value *ret_value, struct err *err)
{
	return groups_of(call, "regex_search", false, ret_value, err);
}

int filter_regex_match(struct call *call, struct value *ret_value, struct err *err)
{
	return groups_of(call, "regex_match", true, ret_value, err);
}

int filter_regex_replace(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"txt", PARAM_REQUIRED},       {"rgx", PARAM_REQUIRED},
		{"val", PARAM_REQUIRED},       {"ignorecase", PARAM_OPTIONAL},
		{"multiline", PARAM_OPTIONAL}, {NULL}};
	autobuf struct buf replaced = text_buf();
	struct str text, replacement;
	struct regex *regex;
	struct value v[5];
	size_t n;

	if (call_bind(call, "regex_replace", params, v, err) || matched_text(v[0], &text, err) ||
	    value_as_str(v[2], &replacement, err))
		return -1;
	struct value pattern[] = {v[1], v[3], v[4]};
	struct regex_replacement by = {.text = replacement};
	if (regex_of(call, pattern, &regex, err) ||
	    regex_replace(regex, text, &by, &replaced, &n, err))
		return -1;
	return text_give(call->heap, &replaced, ret_value, err);
}

int filter_regex_escape(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf escaped = text_buf();
	struct value v;
	struct str text;

	if (call_bind(call, "regex_escape", params, &v, err))
		return -1;
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	if (!value_is_string(v))
		return err_set(err, ERR_INPUT,
			       "decoding to str: need a bytes-like object, %s found",
			       value_type_name(v));
	text = value_bytes(v);
	regex_escape(text, &escaped);
	return text_give(call->heap, &escaped, ret_value, err);
}
