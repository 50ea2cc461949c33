/* filter_call.c - arguments of filters, and the texts they give back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/engine.h"
#include "tmpl/filter_private.h"
#include "tmpl/interp_private.h"
#include "value/iterator.h"
#include "value/unicode.h"

#include "base/banned.h"

int arg_int(struct value v, int64_t fallback, int64_t *ret_int, struct err *err)
{
	if (param_given(v))
		return value_as_int(v, ret_int, err);
	*ret_int = fallback;
	return 0;
}

int arg_bool(struct heap *heap, struct value v, bool fallback, bool *ret_bool, struct err *err)
{
	if (param_given(v))
		return value_truth(heap, v, ret_bool, err);
	*ret_bool = fallback;
	return 0;
}

int arg_text(struct heap *heap, struct value v, struct str *ret_text, struct err *err)
{
	struct value text = v;

	if (!value_is_string(v) && value_str(heap, v, &text, err))
		return -1;
	*ret_text = value_bytes(text);
	return 0;
}

int bytes_of(struct value v, struct str *ret_text, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	if (!value_is_string(v))
		return err_set(err, ERR_INPUT, "expected str, bytes, or bytearray not <class '%s'>",
			       value_type_name(v));
	*ret_text = value_bytes(v);
	return 0;
}

int matched_text(struct value v, struct str *ret_text, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	if (!value_is_string(v))
		return err_set(err, ERR_INPUT, "expected string or bytes-like object, got '%s'",
			       value_type_name(v));
	*ret_text = value_bytes(v);
	return 0;
}

bool is_hashable(struct value v)
{
	return v.kind != VALUE_LIST && v.kind != VALUE_DICT &&
	       (v.kind != VALUE_VIEW || v.view->kind == VIEW_VALUES);
}

bool is_markup(struct value v)
{
	return v.kind == VALUE_STRING && v.flags & VALUE_MARKUP;
}

bool is_autoescape(const struct call *call)
{
	return call->interp && interp_autoescape(call->interp);
}

bool in_salt(const struct call *call)
{
	return call->interp && interp_engine(call->interp)->salt_newline;
}

struct buf text_buf(void)
{
	return (struct buf){.max = LIMIT_VALUE_BYTES};
}

int text_give(struct heap *heap, const struct buf *buf, struct value *ret_string, struct err *err)
{
	if (buf->overflowed)
		return heap_room(heap, LIMIT_VALUE_BYTES + 1, err);
	if (heap_room(heap, buf->len, err))
		return -1;
	*ret_string = value_text(heap, buf_str(buf));
	return 0;
}

int generator_give(struct call *call, const char *name,
		   int (*fill)(struct call *call, struct list *items, struct err *err),
		   struct value *ret_value, struct err *err)
{
	struct list *items = list_new(call->heap, 0);
	autoerr struct err why = {0};
	struct interp_state before;

	if (call->interp)
		interp_save(call->interp, &before);
	if (fill(call, items, &why)) {
		if (why.kind == ERR_LIMIT) {
			err_move(err, &why);
			return -1;
		}
		if (call->interp)
			interp_restore(call->interp, &before);
	}
	*ret_value = value_iterator(call->heap, &generator_type, name, items, &why);
	return 0;
}

int call_named(struct call *call, struct value v, const char *name, const struct value *args,
	       size_t n_args, struct value *ret_value, struct err *err)
{
	struct call inner = {
		.heap = call->heap, .args = args, .n_args = n_args, .interp = call->interp};

	return value_call_method(v, str_of(name), &inner, ret_value, err);
}

int count_room(struct heap *heap, int64_t n, struct err *err)
{
	return n > 0 ? heap_room(heap, (uint64_t)n > SIZE_MAX ? SIZE_MAX : (size_t)n, err) : 0;
}

static bool ends_line(uint32_t code)
{
	return (code >= 0x0a && code <= 0x0d) || (code >= 0x1c && code <= 0x1e) || code == 0x85 ||
	       code == 0x2028 || code == 0x2029;
}

bool line_cut(struct str *rest, struct str *ret_line)
{
	size_t i = 0, n = 0;
	uint32_t code = 0;

	if (!rest->len)
		return false;
	for (; i < rest->len; i += n) {
		n = utf8_decode(rest->ptr + i, rest->len - i, &code);
		if (ends_line(code))
			break;
	}
	*ret_line = (struct str){rest->ptr, i};
	if (i < rest->len) {
		i += n;
		if (code == '\r' && i < rest->len && rest->ptr[i] == '\n')
			i++;
	}
	*rest = (struct str){rest->ptr + i, rest->len - i};
	return true;
}

int lines_of(struct heap *heap, struct value v, struct str *ret_text, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED)
		return arg_text(heap, v, ret_text, err);
	if (!value_is_string(v))
		return err_set(err, ERR_INPUT, "'%s' object has no attribute 'splitlines'",
			       value_type_name(v));
	*ret_text = value_bytes(v);
	return 0;
}

int dict_of(struct heap *heap, struct value v, const struct dict **ret_dict, struct err *err)
{
	struct str text;

	if (v.kind == VALUE_UNDEFINED && arg_text(heap, v, &text, err))
		return -1;
	if (v.kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "'%s' object has no attribute 'items'",
			       value_type_name(v));
	*ret_dict = v.dict;
	return 0;
}
