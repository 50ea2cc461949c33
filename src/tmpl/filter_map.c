/* filter_map.c - filters and tests over every item: map, select, reject and their kin.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/engine.h"
#include "tmpl/filter_private.h"

#include "base/banned.h"

/* The rest of a call behind `n` arguments. */
static struct call call_rest(const struct call *call, size_t n)
{
	struct call rest = *call;

	rest.args += n;
	rest.n_args -= n;
	return rest;
}

/* Whether there is anything to go through; else the other arguments are not even looked at. */
static int is_something(struct call *call, bool *ret_truth, struct err *err)
{
	if (!call->n_args)
		return err_set(err, ERR_INPUT, "missing required argument 'value'");
	return value_truth(call->heap, call->args[0], ret_truth, err);
}

static int map_attribute(struct call *call, struct list *mapped, struct err *err)
{
	struct list *items;
	struct value fallback = value_none();
	struct path path;

	for (size_t i = 0; i < call->n_keywords; i++) {
		const struct keyword *keyword = &call->keywords[i];
		if (str_is(keyword->name, "default"))
			fallback = keyword->value;
		else if (!str_is(keyword->name, "attribute"))
			return err_set(err, ERR_INPUT, "Unexpected keyword argument '%.*s'",
				       STR_ARG(keyword->name));
	}
	if (path_parse(call->heap, *call_keyword(call, "attribute"), &path, err) ||
	    value_to_list(call->heap, call->args[0], &items, err))
		return -1;
	for (size_t i = 0; i < items->n; i++) {
		struct value part;
		if (heap_step(call->heap, err) ||
		    path_get(call->heap, &path, items->items[i], fallback, &part, err))
			return -1;
		list_push(call->heap, mapped, part);
	}
	return 0;
}

static int map_items(struct call *call, struct list *mapped, struct err *err)
{
	struct list *items;
	struct str name;
	bool truth;

	if (is_something(call, &truth, err))
		return -1;
	if (!truth)
		return 0;
	if (call->n_args == 1 && call_keyword(call, "attribute"))
		return map_attribute(call, mapped, err);
	if (call->n_args == 1)
		return err_set(err, ERR_INPUT, "map requires a filter argument");
	if (value_as_str(call->args[1], &name, err) ||
	    value_to_list(call->heap, call->args[0], &items, err))
		return -1;
	for (size_t i = 0; i < items->n; i++) {
		struct call rest = call_rest(call, 2);
		struct value one;
		if (heap_step(call->heap, err) ||
		    interp_filter(call->interp, name, items->items[i], &rest, &one, err))
			return -1;
		list_push(call->heap, mapped, one);
	}
	return 0;
}

int filter_map(struct call *call, struct value *ret_value, struct err *err)
{
	return generator_give(call, "sync_do_map", map_items, ret_value, err);
}

struct selection {
	bool by_attribute;
	struct path path;
	size_t n_used; /* arguments in front of the test's own */
	bool has_test;
	struct str test;
};

static int selection_read(struct call *call, struct selection *selection, struct err *err)
{
	size_t n = 1;

	if (selection->by_attribute) {
		if (call->n_args < 2)
			return err_set(err, ERR_INPUT, "Missing parameter for attribute name");
		if (path_parse(call->heap, call->args[n++], &selection->path, err))
			return -1;
	}
	selection->has_test = call->n_args > n;
	if (selection->has_test && value_as_str(call->args[n++], &selection->test, err))
		return -1;
	selection->n_used = n;
	return 0;
}

static int selection_asks(struct call *call, const struct selection *selection, struct value item,
			  bool *ret_holds, struct err *err)
{
	struct call rest = call_rest(call, selection->n_used);

	if (heap_step(call->heap, err) ||
	    path_get(call->heap, &selection->path, item, value_none(), &item, err))
		return -1;
	if (!selection->has_test)
		return value_truth(call->heap, item, ret_holds, err);
	return interp_test(call->interp, selection->test, item, &rest, ret_holds, err);
}

static int select_by(struct call *call, bool by_attribute, bool wants, struct list *selected,
		     struct err *err)
{
	struct selection selection = {.by_attribute = by_attribute};
	struct list *items;
	bool truth;

	if (is_something(call, &truth, err))
		return -1;
	if (!truth)
		return 0;
	if (selection_read(call, &selection, err) ||
	    value_to_list(call->heap, call->args[0], &items, err))
		return -1;
	for (size_t i = 0; i < items->n; i++) {
		bool holds;
		if (selection_asks(call, &selection, items->items[i], &holds, err))
			return -1;
		if (holds == wants)
			list_push(call->heap, selected, items->items[i]);
	}
	return 0;
}

#define FILTER_OF_SELECTION(name, by_attribute, wants)                                        \
	static int name##_fill(struct call *call, struct list *selected, struct err *err)     \
	{                                                                                     \
		return select_by(call, by_attribute, wants, selected, err);                   \
	}                                                                                     \
	int filter_##name(struct call *call, struct value *ret_value, struct err *err)        \
	{                                                                                     \
		return generator_give(call, "select_or_reject", name##_fill, ret_value, err); \
	}

FILTER_OF_SELECTION(select, false, true)
FILTER_OF_SELECTION(reject, false, false)
FILTER_OF_SELECTION(selectattr, true, true)
FILTER_OF_SELECTION(rejectattr, true, false)
