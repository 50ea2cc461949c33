/* method_str.c - the methods of strings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/format.h"
#include "value/method_private.h"

#include "base/banned.h"

struct value string_part(const struct call *call, struct str part)
{
	struct value v = value_view(part);

	v.flags = call->self.flags;
	return v;
}

int string_made(const struct call *call, const struct buf *buf, struct value *ret_value,
		struct err *err)
{
	struct value made;

	if (text_take(call->heap, buf, &made, err))
		return -1;
	*ret_value = string_part(call, value_bytes(made));
	return 0;
}

int string_format(struct call *call, struct value *ret_value, struct err *err)
{
	return format_braces(value_bytes(call->self), call, ret_value, err);
}

int string_format_map(struct call *call, struct value *ret_value, struct err *err)
{
	return format_braces_map(value_bytes(call->self), call, call->args[0], ret_value, err);
}

/* Python 2's encode('utf-8') is in old templates: a text is its bytes here. */
int string_encode(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = call->self;
	return 0;
}

static const char *const split_keywords[] = {"sep", "maxsplit"};
static const char *const splitlines_keywords[] = {"keepends"};
static const char *const expandtabs_keywords[] = {"tabsize"};
static const char *const encode_keywords[] = {"encoding", "errors"};

const struct method str_methods[] = {
	{"capitalize", string_capitalize, 0, 0, SAYS_TAKES_EXACTLY},
	{"casefold", string_casefold, 0, 0, SAYS_TAKES_EXACTLY},
	{"center", string_center, 1, 2, SAYS_EXPECTED},
	{"count", string_count, 1, 3, SAYS_TAKES},
	{"decode", string_encode, 0, 2, SAYS_TAKES, ARRAY_LEN(encode_keywords), encode_keywords},
	{"encode", string_encode, 0, 2, SAYS_TAKES, ARRAY_LEN(encode_keywords), encode_keywords},
	{"endswith", string_endswith, 1, 3, SAYS_TAKES},
	{"expandtabs", string_expandtabs, 0, 1, SAYS_TAKES, ARRAY_LEN(expandtabs_keywords),
	 expandtabs_keywords},
	{"find", string_find, 1, 3, SAYS_TAKES},
	{"format", string_format, 0, ANY_NUMBER, SAYS_TAKES, ANY_NUMBER},
	{"format_map", string_format_map, 1, 1, SAYS_TAKES_EXACTLY},
	{"index", string_index, 1, 3, SAYS_TAKES},
	{"isalnum", string_isalnum, 0, 0, SAYS_TAKES_EXACTLY},
	{"isalpha", string_isalpha, 0, 0, SAYS_TAKES_EXACTLY},
	{"isascii", string_isascii, 0, 0, SAYS_TAKES_EXACTLY},
	{"isdecimal", string_isdecimal, 0, 0, SAYS_TAKES_EXACTLY},
	{"isdigit", string_isdigit, 0, 0, SAYS_TAKES_EXACTLY},
	{"isidentifier", string_isidentifier, 0, 0, SAYS_TAKES_EXACTLY},
	{"islower", string_islower, 0, 0, SAYS_TAKES_EXACTLY},
	{"isnumeric", string_isnumeric, 0, 0, SAYS_TAKES_EXACTLY},
	{"isprintable", string_isprintable, 0, 0, SAYS_TAKES_EXACTLY},
	{"isspace", string_isspace, 0, 0, SAYS_TAKES_EXACTLY},
	{"istitle", string_istitle, 0, 0, SAYS_TAKES_EXACTLY},
	{"isupper", string_isupper, 0, 0, SAYS_TAKES_EXACTLY},
	{"join", string_join, 1, 1, SAYS_TAKES_EXACTLY},
	{"ljust", string_ljust, 1, 2, SAYS_EXPECTED},
	{"lower", string_lower, 0, 0, SAYS_TAKES_EXACTLY},
	{"lstrip", string_lstrip, 0, 1, SAYS_EXPECTED},
	{"partition", string_partition, 1, 1, SAYS_TAKES_EXACTLY},
	{"removeprefix", string_removeprefix, 1, 1, SAYS_TAKES_EXACTLY},
	{"removesuffix", string_removesuffix, 1, 1, SAYS_TAKES_EXACTLY},
	{"replace", string_replace, 2, 3, SAYS_EXPECTED},
	{"rfind", string_rfind, 1, 3, SAYS_TAKES},
	{"rindex", string_rindex, 1, 3, SAYS_TAKES},
	{"rjust", string_rjust, 1, 2, SAYS_EXPECTED},
	{"rpartition", string_rpartition, 1, 1, SAYS_TAKES_EXACTLY},
	{"rsplit", string_rsplit, 0, 2, SAYS_TAKES, ARRAY_LEN(split_keywords), split_keywords},
	{"rstrip", string_rstrip, 0, 1, SAYS_EXPECTED},
	{"split", string_split, 0, 2, SAYS_TAKES, ARRAY_LEN(split_keywords), split_keywords},
	{"splitlines", string_splitlines, 0, 1, SAYS_TAKES, ARRAY_LEN(splitlines_keywords),
	 splitlines_keywords},
	{"startswith", string_startswith, 1, 3, SAYS_TAKES},
	{"strip", string_strip, 0, 1, SAYS_EXPECTED},
	{"swapcase", string_swapcase, 0, 0, SAYS_TAKES_EXACTLY},
	{"title", string_title, 0, 0, SAYS_TAKES_EXACTLY},
	{"upper", string_upper, 0, 0, SAYS_TAKES_EXACTLY},
	{"zfill", string_zfill, 1, 1, SAYS_TAKES_EXACTLY},
};
const size_t n_str_methods = ARRAY_LEN(str_methods);
