/* fuzz_filters.c - a filter's name, its arguments and a text, each on its line: never more than the
 * bounds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filters.h"

#include "value/json.h"

#define ARGS_MAX 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int call_filter(struct heap *heap, struct str name, struct str args, struct str text,
		       struct err *err)
{
	const struct native_row *row = filter_find(name);
	struct value v[1 + ARGS_MAX] = {value_view(text)}, given, got;
	struct call call = {.heap = heap, .args = v, .n_args = 1};

	if (!row)
		row = test_find(name);
	if (!row)
		return 0;
	if (args.len && value_from_json(heap, args, &given, err))
		return -1;
	if (args.len && given.kind == VALUE_LIST)
		for (size_t i = 0; i < given.list->n && i < ARGS_MAX; i++)
			v[call.n_args++] = given.list->items[i];
	return row->fn(&call, &got, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str rest = {(const char *)data, len};
	struct str name = str_cut(&rest, '\n'), args = str_cut(&rest, '\n');
	autoheap struct heap heap = {.max = (size_t)64 << 20, .max_steps = 1000000};
	autoerr struct err err = {0};

	if (len && call_filter(&heap, name, args, rest.ptr ? rest : STR(""), &err))
		return 0;
	return 0;
}
