/* string_split.c - taking texts apart and putting them together.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/method_private.h"
#include "value/unicode.h"

#include "base/banned.h"

/* One split into parts; those found from the end are turned round at last. */
struct splitting {
	struct call *call;
	struct list *parts;
	int64_t left; /* cuts that are still allowed; < 0: any number */
	struct err *err;
};

static int part_add(struct splitting *s, struct str part)
{
	if (heap_step(s->call->heap, s->err))
		return -1;
	return list_append(s->call->heap, s->parts, string_part(s->call, part), s->err);
}

static struct str str_from(struct str s, size_t from)
{
	return (struct str){s.ptr + from, s.len - from};
}

static int split_at(struct splitting *s, struct str text, struct str sep)
{
	const char *found;

	while (s->left-- != 0 && text.len >= sep.len &&
	       (found = memmem(text.ptr, text.len, sep.ptr, sep.len))) {
		size_t len = (size_t)(found - text.ptr);

		if (part_add(s, (struct str){text.ptr, len}))
			return -1;
		text = str_from(text, len + sep.len);
	}
	return part_add(s, text);
}

static int rsplit_at(struct splitting *s, struct str text, struct str sep)
{
	size_t at = text.len;

	while (s->left && at >= sep.len) {
		if (memcmp(text.ptr + at - sep.len, sep.ptr, sep.len) != 0) {
			at--;
			continue;
		}
		if (part_add(s, str_from(text, at)))
			return -1;
		at -= sep.len;
		text.len = at;
		s->left--;
	}
	return part_add(s, text);
}

/* Bytes of white space, or of anything else, at the front. */
static size_t run_length(struct str text, bool space)
{
	size_t i = 0;

	while (i < text.len) {
		uint32_t code;
		size_t len = utf8_decode(text.ptr + i, text.len - i, &code);

		if (unicode_is_space(code) != space)
			break;
		i += len;
	}
	return i;
}

/* The same from the end: where the run begins. */
static size_t run_start(struct str text, bool space)
{
	size_t end = text.len;

	while (end) {
		size_t i = end - 1;
		uint32_t code;

		while (i && end - i < 4 && ((unsigned char)text.ptr[i] & 0xc0) == 0x80)
			i--;
		if (utf8_decode(text.ptr + i, end - i, &code) != end - i)
			utf8_decode(text.ptr + (i = end - 1), 1, &code);
		if (unicode_is_space(code) != space)
			break;
		end = i;
	}
	return end;
}

static int split_words(struct splitting *s, struct str text)
{
	text = str_from(text, run_length(text, true));
	while (text.len) {
		size_t len = s->left-- != 0 ? run_length(text, false) : text.len;

		if (part_add(s, (struct str){text.ptr, len}))
			return -1;
		text = str_from(text, len);
		text = str_from(text, run_length(text, true));
	}
	return 0;
}

static int rsplit_words(struct splitting *s, struct str text)
{
	text.len = run_start(text, true);
	while (text.len) {
		size_t start = s->left-- != 0 ? run_start(text, false) : 0;

		if (part_add(s, str_from(text, start)))
			return -1;
		text.len = start;
		text.len = run_start(text, true);
	}
	return 0;
}

static void list_turn(struct list *list)
{
	for (size_t i = 0, k = list->n; i + 1 < k; i++) {
		struct value item = list->items[i];

		list->items[i] = list->items[--k];
		list->items[k] = item;
	}
}

static int split(struct call *call, bool from_end, struct value *ret_value, struct err *err)
{
	struct splitting s = {call, list_new(call->heap, 0), -1, err};
	struct str text = value_bytes(call->self), sep = {0};
	const struct value *given = method_arg(call, 0);
	bool by_words = !given || given->kind == VALUE_NONE;
	int result;

	if (method_whole(call, 1, &s.left, err))
		return -1;
	if (!by_words && given->kind != VALUE_STRING && given->kind != VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "must be str or None, not %s",
			       value_type_name(*given));
	if (!by_words && method_text(call, 0, &sep, err))
		return -1;
	if (!by_words && !sep.len)
		return err_set(err, ERR_INPUT, "empty separator");
	if (by_words)
		result = from_end ? rsplit_words(&s, text) : split_words(&s, text);
	else
		result = from_end ? rsplit_at(&s, text, sep) : split_at(&s, text, sep);
	if (result)
		return -1;
	if (from_end)
		list_turn(s.parts);
	*ret_value = value_of_list(s.parts);
	return 0;
}

int string_split(struct call *call, struct value *ret_value, struct err *err)
{
	return split(call, false, ret_value, err);
}

int string_rsplit(struct call *call, struct value *ret_value, struct err *err)
{
	return split(call, true, ret_value, err);
}

static bool is_line_end(uint32_t code)
{
	return (code >= '\n' && code <= '\r') || (code >= 0x1c && code <= 0x1e) || code == 0x85 ||
	       code == 0x2028 || code == 0x2029;
}

int string_splitlines(struct call *call, struct value *ret_value, struct err *err)
{
	struct splitting s = {call, list_new(call->heap, 0), -1, err};
	struct str text = value_bytes(call->self);
	size_t start = 0, end;
	int64_t keep = 0;
	uint32_t code;

	if (method_whole(call, 0, &keep, err))
		return -1;
	for (size_t i = 0; i < text.len;) {
		end = i;
		i += utf8_decode(text.ptr + i, text.len - i, &code);
		if (!is_line_end(code))
			continue;
		if (code == '\r' && i < text.len && text.ptr[i] == '\n')
			i++;
		if (part_add(&s, (struct str){text.ptr + start, (keep ? i : end) - start}))
			return -1;
		start = i;
	}
	if (start < text.len && part_add(&s, str_from(text, start)))
		return -1;
	*ret_value = value_of_list(s.parts);
	return 0;
}

static int partition(struct call *call, bool last, struct value *ret_value, struct err *err)
{
	struct str text = value_bytes(call->self), sep = {0}, parts[3] = {{0}};
	struct splitting s = {call, list_new(call->heap, 3), 1, err};
	struct value items[3];

	if (call->args[0].kind != VALUE_STRING && call->args[0].kind != VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "must be str, not %s",
			       value_type_name(call->args[0]));
	if (method_text(call, 0, &sep, err))
		return -1;
	if (!sep.len)
		return err_set(err, ERR_INPUT, "empty separator");
	if (last ? rsplit_at(&s, text, sep) : split_at(&s, text, sep))
		return -1;
	if (last)
		list_turn(s.parts);
	parts[last && s.parts->n == 1 ? 2 : 0] = value_bytes(s.parts->items[0]);
	if (s.parts->n == 2) {
		parts[1] = sep;
		parts[2] = value_bytes(s.parts->items[1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		items[i] = string_part(call, parts[i]);
	*ret_value = value_tuple(call->heap, items, ARRAY_LEN(items));
	return 0;
}

int string_partition(struct call *call, struct value *ret_value, struct err *err)
{
	return partition(call, false, ret_value, err);
}

int string_rpartition(struct call *call, struct value *ret_value, struct err *err)
{
	return partition(call, true, ret_value, err);
}

/* What the parts need, with the separator between them. */
static int join_measure(const struct list *parts, size_t sep_len, size_t *ret_total,
			struct err *err)
{
	size_t total = 0;

	for (size_t i = 0; i < parts->n; i++) {
		struct value part = parts->items[i];

		if (part.kind == VALUE_UNDEFINED)
			return value_refuse_undefined(part, err);
		if (part.kind != VALUE_STRING)
			return err_set(err, ERR_INPUT,
				       "sequence item %zu: expected str instance, %s found", i,
				       value_type_name(part));
		total += part.len + (i ? sep_len : 0);
	}
	*ret_total = total;
	return 0;
}

int string_join(struct call *call, struct value *ret_value, struct err *err)
{
	struct str sep = value_bytes(call->self);
	struct value from = call->args[0];
	struct list *parts;
	size_t total = 0, at = 0;
	char *bytes;

	if (from.kind == VALUE_NONE || value_is_number(from) ||
	    (from.kind == VALUE_OBJECT && !from.object->type->at))
		return err_set(err, ERR_INPUT, "can only join an iterable");
	if (value_to_list(call->heap, from, &parts, err) ||
	    join_measure(parts, sep.len, &total, err) || heap_room(call->heap, total, err))
		return -1;
	bytes = heap_alloc(call->heap, total + 1);
	for (size_t i = 0; i < parts->n; i++) {
		struct value part = parts->items[i];

		if (i && sep.len)
			memcpy(bytes + at, sep.ptr, sep.len);
		at += i ? sep.len : 0;
		if (part.len)
			memcpy(bytes + at, part.text, part.len);
		at += part.len;
	}
	*ret_value = string_part(call, (struct str){bytes, total});
	return 0;
}
