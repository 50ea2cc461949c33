/* filter_join.c - many values as one: joined, added up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"

#include "base/banned.h"

struct joining {
	struct value separator;
	bool escapes; /* one part is safe HTML: the others are made so */
};

/* Under autoescape a safe part, or a safe separator, makes the whole safe. */
static int joining_of(struct call *call, struct value separator, const struct list *items,
		      struct joining *ret, struct err *err)
{
	struct joining joining = {separator, false};

	if (is_autoescape(call)) {
		joining.escapes = is_markup(separator);
		for (size_t i = 0; !joining.escapes && i < items->n; i++)
			joining.escapes = is_markup(items->items[i]);
	}
	if (joining.escapes && value_escape(call->heap, separator, &joining.separator, err))
		return -1;
	*ret = joining;
	return 0;
}

static int join_write(struct call *call, const struct joining *joining, const struct list *items,
		      struct buf *buf, struct err *err)
{
	for (size_t i = 0; i < items->n; i++) {
		struct value item = items->items[i];
		if (heap_step(call->heap, err) ||
		    (i && value_print(call->heap, joining->separator, buf, err)) ||
		    (joining->escapes && value_escape(call->heap, item, &item, err)) ||
		    value_print(call->heap, item, buf, err))
			return -1;
	}
	return 0;
}

int filter_join(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"d", PARAM_OPTIONAL},
					      {"attribute", PARAM_OPTIONAL},
					      {NULL}};
	autobuf struct buf joined = text_buf();
	struct joining joining;
	struct path path;
	struct list *items;
	struct value v[3];

	if (call_bind(call, "do_join", params, v, err) ||
	    value_to_list(call->heap, v[0], &items, err) ||
	    path_parse(call->heap, v[2], &path, err))
		return -1;
	if (path.n) {
		struct list *parts = list_new(call->heap, items->n);
		for (size_t i = 0; i < items->n; i++) {
			struct value part;
			if (path_get(call->heap, &path, items->items[i], value_none(), &part, err))
				return -1;
			list_push(call->heap, parts, part);
		}
		items = parts;
	}
	if (!param_given(v[1]))
		v[1] = value_literal("");
	if (joining_of(call, v[1], items, &joining, err) ||
	    join_write(call, &joining, items, &joined, err) ||
	    text_give(call->heap, &joined, ret_value, err))
		return -1;
	if (joining.escapes)
		ret_value->flags |= VALUE_MARKUP;
	return 0;
}

int filter_sum(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"iterable", PARAM_REQUIRED},
					      {"attribute", PARAM_OPTIONAL},
					      {"start", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[3], sum, item;
	struct value_iter iter;
	struct path path;
	int more;

	if (call_bind(call, "do_sum", params, v, err) || path_parse(call->heap, v[1], &path, err) ||
	    value_iterate(call->heap, v[0], &iter, err))
		return -1;
	sum = param_given(v[2]) ? v[2] : value_int(0);
	if (value_is_string(sum))
		return err_set(err, ERR_INPUT,
			       "sum() can't sum strings [use ''.join(seq) instead]");
	while ((more = value_next(&iter, &item, err)) > 0)
		if (heap_step(call->heap, err) ||
		    path_get(call->heap, &path, item, value_none(), &item, err) ||
		    value_binary(call->heap, OP_ADD, sum, item, &sum, err))
			return -1;
	if (more < 0)
		return -1;
	*ret_value = sum;
	return 0;
}
