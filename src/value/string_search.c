/* string_search.c - finding texts in texts.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/method_private.h"
#include "value/unicode.h"

#include "base/banned.h"

/* The part of the string that arguments 1 and 2 name, in characters. */
struct window {
	struct str text;
	int64_t start; /* characters before it */
	bool is_valid; /* false: it begins behind its end; nothing is in there, not even "" */
};

static int window_open(struct call *call, struct window *ret_window, struct err *err)
{
	struct str s = value_bytes(call->self);
	int64_t bounds[2];
	size_t from, to;

	*ret_window = (struct window){s, 0, true};
	if (call->n_args < 2)
		return 0;
	if (method_bounds(call, 1, (int64_t)utf8_count(s), bounds, err))
		return -1;
	*ret_window = (struct window){{s.ptr, 0}, bounds[0], bounds[0] <= bounds[1]};
	if (!ret_window->is_valid)
		return 0;
	from = utf8_offset(s, (size_t)bounds[0]);
	to = utf8_offset(s, (size_t)bounds[1]);
	ret_window->text = (struct str){s.ptr + from, to - from};
	return 0;
}

/* Bytes before the first or the last place, or -1. */
static int64_t place_find(struct str text, struct str what, bool last)
{
	const char *found;

	if (what.len > text.len)
		return -1;
	if (!what.len)
		return last ? (int64_t)text.len : 0;
	if (!last) {
		found = memmem(text.ptr, text.len, what.ptr, what.len);
		return found ? found - text.ptr : -1;
	}
	for (size_t i = text.len - what.len + 1; i-- > 0;)
		if (memcmp(text.ptr + i, what.ptr, what.len) == 0)
			return (int64_t)i;
	return -1;
}

static int what_read(const struct call *call, struct str *ret_what, struct err *err)
{
	struct value what = call->args[0];

	if (what.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(what, err);
	if (what.kind != VALUE_STRING)
		return err_set(err, ERR_INPUT, "must be str, not %s", value_type_name(what));
	*ret_what = value_bytes(what);
	return 0;
}

static int find(struct call *call, bool last, bool must_be, struct value *ret_value,
		struct err *err)
{
	struct window window;
	struct str what = {0};
	int64_t at = -1;

	if (window_open(call, &window, err) || what_read(call, &what, err))
		return -1;
	if (window.is_valid)
		at = place_find(window.text, what, last);
	if (at < 0 && must_be)
		return err_set(err, ERR_INPUT, "substring not found");
	if (at >= 0)
		at = window.start + (int64_t)utf8_count((struct str){window.text.ptr, (size_t)at});
	*ret_value = value_int(at);
	return 0;
}

int string_find(struct call *call, struct value *ret_value, struct err *err)
{
	return find(call, false, false, ret_value, err);
}

int string_index(struct call *call, struct value *ret_value, struct err *err)
{
	return find(call, false, true, ret_value, err);
}

int string_rfind(struct call *call, struct value *ret_value, struct err *err)
{
	return find(call, true, false, ret_value, err);
}

int string_rindex(struct call *call, struct value *ret_value, struct err *err)
{
	return find(call, true, true, ret_value, err);
}

int string_count(struct call *call, struct value *ret_value, struct err *err)
{
	struct window window;
	struct str what = {0};
	int64_t count = 0, at;

	if (window_open(call, &window, err) || what_read(call, &what, err))
		return -1;
	if (window.is_valid && !what.len)
		count = (int64_t)utf8_count(window.text) + 1;
	while (window.is_valid && what.len && (at = place_find(window.text, what, false)) >= 0) {
		window.text.ptr += (size_t)at + what.len;
		window.text.len -= (size_t)at + what.len;
		count++;
	}
	*ret_value = value_int(count);
	return 0;
}

static bool affix_holds(const struct window *window, struct str affix, bool at_end)
{
	return window->is_valid &&
	       (at_end ? str_ends(window->text, affix) : str_starts(window->text, affix));
}

/* One text, or a tuple of them. */
static int affix_test(struct call *call, bool at_end, struct value *ret_value, struct err *err)
{
	const char *name = method_of(call)->name;
	struct value what = call->args[0];
	struct window window;
	bool holds = false;

	if (what.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(what, err);
	if (window_open(call, &window, err))
		return -1;
	if (what.kind == VALUE_STRING) {
		*ret_value = value_bool(affix_holds(&window, value_bytes(what), at_end));
		return 0;
	}
	if (what.kind != VALUE_TUPLE)
		return err_set(err, ERR_INPUT, "%s first arg must be str or a tuple of str, not %s",
			       name, value_type_name(what));
	for (size_t i = 0; i < what.list->n && !holds; i++) {
		struct value item = what.list->items[i];

		if (item.kind != VALUE_STRING)
			return err_set(err, ERR_INPUT, "tuple for %s must only contain str, not %s",
				       name, value_type_name(item));
		holds = affix_holds(&window, value_bytes(item), at_end);
	}
	*ret_value = value_bool(holds);
	return 0;
}

int string_startswith(struct call *call, struct value *ret_value, struct err *err)
{
	return affix_test(call, false, ret_value, err);
}

int string_endswith(struct call *call, struct value *ret_value, struct err *err)
{
	return affix_test(call, true, ret_value, err);
}
