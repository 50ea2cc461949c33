/* filter_text.c - filters from text to text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "tmpl/markup.h"
#include "value/format.h"
#include "value/unicode.h"

#include "base/banned.h"

int filter_string(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED}, {NULL}};
	struct value v;

	if (call_bind(call, "soft_str", params, &v, err))
		return -1;
	if (!value_is_string(v))
		return value_str(call->heap, v, ret_value, err);
	*ret_value = v;
	return 0;
}

int filter_center(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"width", PARAM_OPTIONAL}, {NULL}};
	struct value v[2];

	if (call_bind(call, "do_center", params, v, err))
		return -1;
	if (!param_given(v[1]))
		v[1] = value_int(80);
	if (!value_is_string(v[0]) && value_str(call->heap, v[0], &v[0], err))
		return -1;
	return call_named(call, v[0], "center", &v[1], 1, ret_value, err);
}

int filter_trim(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"chars", PARAM_OPTIONAL}, {NULL}};
	struct value v[2];

	if (call_bind(call, "do_trim", params, v, err))
		return -1;
	if (!param_given(v[1]))
		v[1] = value_none();
	if (!value_is_string(v[0]) && value_str(call->heap, v[0], &v[0], err))
		return -1;
	if (call_named(call, v[0], "strip", &v[1], 1, ret_value, err))
		return -1;
	ret_value->flags |= v[0].flags & VALUE_MARKUP;
	return 0;
}

/* Under autoescape: what is replaced into safe text is made safe; text that meets a safe part is
 * escaped first. */
static int replace_escaped(struct call *call, struct value v[4], struct err *err)
{
	bool is_safe = is_markup(v[0]);

	if (is_markup(v[1]) || (is_markup(v[2]) && !is_safe)) {
		if (value_escape(call->heap, v[0], &v[0], err))
			return -1;
		is_safe = true;
	}
	if (is_safe && value_escape(call->heap, v[2], &v[2], err))
		return -1;
	return 0;
}

int filter_replace(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED},
					      {"old", PARAM_REQUIRED},
					      {"new", PARAM_REQUIRED},
					      {"count", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[4];

	if (call_bind(call, "do_replace", params, v, err))
		return -1;
	if (!param_given(v[3]) || v[3].kind == VALUE_NONE)
		v[3] = value_int(-1);
	bool autoescape = is_autoescape(call);
	if (autoescape && replace_escaped(call, v, err))
		return -1;
	for (size_t i = 0; i < 3; i++)
		if (!value_is_string(v[i]) && value_str(call->heap, v[i], &v[i], err))
			return -1;
	uint8_t flags = autoescape ? v[0].flags & VALUE_MARKUP : 0;
	for (size_t i = 0; i < 3; i++)
		v[i].flags &= (uint8_t)~VALUE_MARKUP;
	if (call_named(call, v[0], "replace", &v[1], 3, ret_value, err))
		return -1;
	ret_value->flags |= flags;
	return 0;
}

int filter_format(struct call *call, struct value *ret_value, struct err *err)
{
	struct heap *heap = call->heap;
	struct value format = call->n_args ? call->args[0] : value_none(), values;

	if (call->n_args > 1 && call->n_keywords)
		return err_set(err, ERR_INPUT,
			       "can't handle positional and keyword arguments at the same time");
	if (!value_is_string(format) && value_str(heap, format, &format, err))
		return -1;
	if (call->n_keywords) {
		struct dict *dict = dict_new(heap);
		for (size_t i = 0; i < call->n_keywords; i++)
			dict_put(heap, dict, value_view(call->keywords[i].name),
				 call->keywords[i].value);
		values = value_of_dict(dict);
	} else {
		values = value_tuple(heap, call->args + 1, call->n_args ? call->n_args - 1 : 0);
	}
	if (markup_is(format))
		return markup_binary(heap, OP_MOD, format, values, ret_value, err);
	return value_binary(heap, OP_MOD, format, values, ret_value, err);
}

static int indentation_of(struct heap *heap, struct value width, struct str *ret_indentation,
			  struct err *err)
{
	int64_t n;

	if (value_is_string(width)) {
		*ret_indentation = value_bytes(width);
		return 0;
	}
	if (arg_int(width, 4, &n, err) || count_room(heap, n, err))
		return -1;
	n = n < 0 ? 0 : n;
	char *spaces = heap_alloc(heap, (size_t)n + 1);
	memset(spaces, ' ', (size_t)n);
	*ret_indentation = (struct str){spaces, (size_t)n};
	return 0;
}

int filter_indent(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED},
					      {"width", PARAM_OPTIONAL},
					      {"first", PARAM_OPTIONAL},
					      {"blank", PARAM_OPTIONAL},
					      {NULL}};
	autobuf struct buf indented = text_buf();
	struct value v[4];
	struct str indentation, line;
	bool first, blank;

	if (call_bind(call, "do_indent", params, v, err) ||
	    indentation_of(call->heap, v[1], &indentation, err) ||
	    arg_bool(call->heap, v[2], false, &first, err) ||
	    arg_bool(call->heap, v[3], false, &blank, err))
		return -1;
	struct str rest;
	if (v[0].kind == VALUE_TUPLE)
		return value_binary(call->heap, OP_ADD, v[0], value_literal("\n"), ret_value, err);
	if (!value_is_string(v[0]) && v[0].kind != VALUE_LIST && v[0].kind != VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "unsupported operand type(s) for +=: '%s' and 'str'",
			       value_type_name(v[0]));
	if (lines_of(call->heap, v[0], &rest, err))
		return -1;
	/* A last line end does not begin a line, and a text without any is a line. */
	autobuf struct buf whole = text_buf();
	buf_append_str(&whole, rest);
	buf_putc(&whole, '\n');
	rest = buf_str(&whole);
	if (first)
		buf_append_str(&indented, indentation);
	for (bool is_first = true; line_cut(&rest, &line); is_first = false) {
		if (!is_first)
			buf_putc(&indented, '\n');
		if (!is_first && (blank || line.len))
			buf_append_str(&indented, indentation);
		buf_append_str(&indented, line);
	}
	if (text_give(call->heap, &indented, ret_value, err))
		return -1;
	ret_value->flags |= v[0].flags & VALUE_MARKUP;
	return 0;
}

struct truncation {
	int64_t length, leeway, n_end;
	bool kills_words;
	struct str end;
};

static int truncation_read(struct call *call, const struct value v[5], struct truncation *ret,
			   struct err *err)
{
	struct truncation t = {.end = STR("...")};

	if (arg_int(v[1], 255, &t.length, err) ||
	    arg_bool(call->heap, v[2], false, &t.kills_words, err) ||
	    (param_given(v[3]) && value_as_str(v[3], &t.end, err)) ||
	    (v[4].kind != VALUE_NONE && arg_int(v[4], 5, &t.leeway, err)))
		return -1;
	if (v[4].kind == VALUE_NONE)
		t.leeway = 5;
	t.n_end = (int64_t)utf8_count(t.end);
	if (t.length < t.n_end)
		return err_set(err, ERR_INPUT, "expected length >= %lld, got %lld",
			       (long long)t.n_end, (long long)t.length);
	if (t.leeway < 0)
		return err_set(err, ERR_INPUT, "expected leeway >= 0, got %lld",
			       (long long)t.leeway);
	*ret = t;
	return 0;
}

int filter_truncate(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"s", PARAM_REQUIRED},   {"length", PARAM_OPTIONAL}, {"killwords", PARAM_OPTIONAL},
		{"end", PARAM_OPTIONAL}, {"leeway", PARAM_OPTIONAL}, {NULL}};
	autobuf struct buf truncated = text_buf();
	struct truncation t;
	struct value v[5];
	int64_t length;

	if (call_bind(call, "do_truncate", params, v, err) || truncation_read(call, v, &t, err) ||
	    value_length(call->heap, v[0], &length, err))
		return -1;
	if (length - t.leeway <= t.length) {
		*ret_value = v[0];
		return 0;
	}
	struct str text;
	if (value_as_str(v[0], &text, err))
		return -1;
	text.len = utf8_offset(text, (size_t)(t.length - t.n_end));
	if (!t.kills_words) {
		const char *blank = memrchr(text.ptr, ' ', text.len);
		text.len = blank ? (size_t)(blank - text.ptr) : text.len;
	}
	buf_append_str(&truncated, text);
	buf_append_str(&truncated, t.end);
	return text_give(call->heap, &truncated, ret_value, err);
}
