/* method.c - which methods values have.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/value_private.h"

#include "base/banned.h"

static int dict_get_method(struct call *call, struct value *ret_value, struct err *err)
{
	const struct value *found;

	if (call->n_args < 1 || call->n_args > 2)
		return err_set(err, ERR_INPUT, "get expected at least 1 argument, got 0");
	found = dict_find(call->self.dict, call->args[0]);
	*ret_value = found ? *found : call->n_args > 1 ? call->args[1] : value_none();
	return 0;
}

static int dict_items(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_of_view(call->heap, call->self.dict, VIEW_ITEMS);
	return 0;
}

static int dict_keys(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_of_view(call->heap, call->self.dict, VIEW_KEYS);
	return 0;
}

static int dict_values(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_of_view(call->heap, call->self.dict, VIEW_VALUES);
	return 0;
}

static const struct native_row dict_rows[] = {
	{"get", dict_get_method},
	{"items", dict_items},
	{"keys", dict_keys},
	{"values", dict_values},
};

const struct native_row *method_find(struct value v, struct str name)
{
	return v.kind == VALUE_DICT ? native_find(dict_rows, ARRAY_LEN(dict_rows), name) : NULL;
}
