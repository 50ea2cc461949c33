/* filter_case.c - letters upper and lower.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/unicode.h"

#include "base/banned.h"

/* soft_str(v).method(): what was safe stays safe. */
static int soft_method(struct call *call, const char *filter, const char *method,
		       struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED}, {NULL}};
	struct value v;

	if (call_bind(call, filter, params, &v, err))
		return -1;
	if (!value_is_string(v) && value_str(call->heap, v, &v, err))
		return -1;
	if (call_named(call, v, method, NULL, 0, ret_value, err))
		return -1;
	ret_value->flags |= v.flags & VALUE_MARKUP;
	return 0;
}

int filter_upper(struct call *call, struct value *ret_value, struct err *err)
{
	return soft_method(call, "do_upper", "upper", ret_value, err);
}

int filter_lower(struct call *call, struct value *ret_value, struct err *err)
{
	return soft_method(call, "do_lower", "lower", ret_value, err);
}

int filter_capitalize(struct call *call, struct value *ret_value, struct err *err)
{
	return soft_method(call, "do_capitalize", "capitalize", ret_value, err);
}

static int append_cased(struct call *call, struct str text, const char *method, struct buf *buf,
			struct err *err)
{
	struct value cased;

	if (!text.len)
		return 0;
	if (call_named(call, value_view(text), method, NULL, 0, &cased, err))
		return -1;
	buf_append_str(buf, value_bytes(cased));
	return 0;
}

static bool begins_word(uint32_t code)
{
	return (code < 128 && code && strchr("-({[<", (int)code)) || unicode_is_space(code);
}

int filter_title(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf titled = text_buf();
	struct value v;
	struct str text;

	if (call_bind(call, "do_title", params, &v, err) || arg_text(call->heap, v, &text, err))
		return -1;
	size_t i = 0, start = 0, first = 0; /* of a word: where it starts, its first character */
	for (size_t n; i < text.len; i += n) {
		uint32_t code;
		n = utf8_decode(text.ptr + i, text.len - i, &code);
		bool is_edge = begins_word(code);
		if (!is_edge && first == 0)
			first = n;
		if (!is_edge)
			continue;
		struct str head = {text.ptr + start, first};
		struct str tail = {text.ptr + start + first, i - start - first};
		if (append_cased(call, head, "upper", &titled, err) ||
		    append_cased(call, tail, "lower", &titled, err))
			return -1;
		buf_append(&titled, text.ptr + i, n);
		start = i + n;
		first = 0;
	}
	struct str head = {text.ptr + start, first};
	struct str tail = {text.ptr + start + first, text.len - start - first};
	if (append_cased(call, head, "upper", &titled, err) ||
	    append_cased(call, tail, "lower", &titled, err))
		return -1;
	return text_give(call->heap, &titled, ret_value, err);
}
