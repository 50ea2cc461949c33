/* slice.c - v[start:stop:step].
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/unicode.h"
#include "value/value_private.h"

#include "base/banned.h"

/* Where a slice goes: `count` items from `start` on, `step` apart. */
struct walk {
	int64_t start, step, count;
};

/* A bound of a slice, moved into what there is (Python's PySlice_AdjustIndices). */
static int64_t bound_of(struct value part, int64_t missing, int64_t length, int64_t step)
{
	int64_t i;

	if (part.kind == VALUE_NONE)
		return missing;
	i = value_integer(part);
	if (i < 0)
		return i + length < 0 ? (step < 0 ? -1 : 0) : i + length;
	return i >= length ? (step < 0 ? length - 1 : length) : i;
}

static int walk_plan(const struct value parts[3], int64_t length, struct walk *ret_walk,
		     struct err *err)
{
	int64_t step = parts[2].kind == VALUE_NONE ? 1 : value_integer(parts[2]), start, stop, span,
		stride;

	if (step == 0)
		return err_set(err, ERR_INPUT, "slice step cannot be zero");
	/* Nothing is longer: and a step so large may be negated and added. */
	if (step < -INT32_MAX)
		step = -INT32_MAX;
	if (step > INT32_MAX)
		step = INT32_MAX;
	start = bound_of(parts[0], step < 0 ? length - 1 : 0, length, step);
	stop = bound_of(parts[1], step < 0 ? -1 : length, length, step);
	span = step < 0 ? start - stop : stop - start;
	stride = step < 0 ? -step : step;
	*ret_walk = (struct walk){start, step, 0};
	if (span > 0)
		ret_walk->count = (span - 1) / stride + 1;
	return 0;
}

/* A run of bytes of the text itself, when the characters are bytes or follow each other. */
static int text_slice(struct heap *heap, struct value text, const struct value parts[3],
		      struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(text);
	autofree size_t *offsets = NULL;
	struct walk walk;
	size_t n = utf8_count(s), at = 0, len = 0;
	char *bytes;

	if (walk_plan(parts, (int64_t)n, &walk, err))
		return -1;
	if (walk.step == 1 || walk.count == 0) {
		size_t from = walk.count ? utf8_offset(s, (size_t)walk.start) : 0;
		struct str rest = {s.ptr + from, s.len - from};

		*ret_value =
			value_view((struct str){rest.ptr, utf8_offset(rest, (size_t)walk.count)});
		ret_value->flags = text.flags;
		return 0;
	}
	if (heap_room(heap, s.len, err))
		return -1;
	offsets = xmalloc((n + 1) * sizeof(*offsets));
	for (size_t i = 0; i < n; i++) {
		offsets[i] = at;
		at += utf8_length(s.ptr + at, s.len - at);
	}
	offsets[n] = at;
	bytes = heap_alloc(heap, s.len + 1);
	for (int64_t i = 0, k = walk.start; i < walk.count; i++, k += walk.step) {
		memcpy(bytes + len, s.ptr + offsets[k], offsets[k + 1] - offsets[k]);
		len += offsets[k + 1] - offsets[k];
	}
	*ret_value = value_view((struct str){bytes, len});
	ret_value->flags = text.flags;
	return 0;
}

static int list_slice(struct heap *heap, struct value v, const struct value parts[3],
		      struct value *ret_value, struct err *err)
{
	struct list *list;
	struct walk walk;

	if (walk_plan(parts, (int64_t)v.list->n, &walk, err) ||
	    heap_room(heap, (size_t)walk.count * sizeof(*list->items), err))
		return -1;
	list = list_new(heap, (size_t)walk.count);
	for (int64_t i = 0; i < walk.count; i++)
		list->items[list->n++] = v.list->items[walk.start + i * walk.step];
	*ret_value = (struct value){.kind = v.kind, .list = list};
	return 0;
}

static int range_slice(struct heap *heap, struct value v, const struct value parts[3],
		       struct value *ret_value, struct err *err)
{
	struct walk walk;
	struct range *range;

	if (walk_plan(parts, range_length(v.range), &walk, err))
		return -1;
	range = heap_alloc(heap, sizeof(*range));
	range->start = range_at(v.range, walk.start).integer;
	range->step = v.range->step * walk.step;
	range->stop = range->start + walk.count * range->step;
	*ret_value = (struct value){.kind = VALUE_RANGE, .range = range};
	return 0;
}

/* Jinja leaves slices to Python: what cannot be cut is an error, not undefined. */
static int slice_refuse(struct value v, struct err *err)
{
	if (v.kind == VALUE_DICT)
		return err_set(err, ERR_INPUT, "unhashable type: 'slice'");
	if (v.kind == VALUE_STRING || value_is_sequence(v) || v.kind == VALUE_RANGE)
		return err_set(
			err, ERR_INPUT,
			"slice indices must be integers or None or have an __index__ method");
	return err_set(err, ERR_INPUT, "'%s' object is not subscriptable", value_type_name(v));
}

int value_slice(struct heap *heap, struct value v, const struct value parts[3],
		struct value *ret_value, struct err *err)
{
	bool is_plain = true;

	if (v.kind == VALUE_UNDEFINED) {
		if (heap->undefined != UNDEFINED_CHAINED)
			return value_refuse_undefined(v, err);
		*ret_value = v;
		return 0;
	}
	for (int i = 0; i < 3; i++)
		if (parts[i].kind != VALUE_NONE && !value_is_whole(parts[i]))
			is_plain = false;
	if (is_plain && v.kind == VALUE_STRING)
		return text_slice(heap, v, parts, ret_value, err);
	if (is_plain && value_is_sequence(v))
		return list_slice(heap, v, parts, ret_value, err);
	if (is_plain && v.kind == VALUE_RANGE)
		return range_slice(heap, v, parts, ret_value, err);
	return slice_refuse(v, err);
}
