/* fuzz_format.c - str.format and % with any format and any arguments.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first line is the format, the rest its arguments as JSON: a list gives them by position, a
 * dict by name. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "value/format.h"
#include "value/json.h"

#include "base/banned.h"

#define KEYWORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t keywords_of(const struct dict *dict, struct keyword *keywords)
{
	size_t n = 0;

	dict_foreach(entry, dict)
	{
		if (n < KEYWORDS_MAX)
			keywords[n++] = (struct keyword){value_bytes(entry->key), entry->value};
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoheap struct heap heap = {.max = 64 << 20, .max_steps = 10000};
	struct str format = {(const char *)data, size}, json = STR("[1, \"é\", {}]");
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct keyword keywords[KEYWORDS_MAX];
	struct call call = {.heap = &heap, .keywords = keywords};
	struct value args, result;
	autoerr struct err err = {0};

	if (end) {
		format.len = (size_t)(end - data);
		json = (struct str){(const char *)end + 1, size - format.len - 1};
	}
	if (value_from_json(&heap, json, &args, &err)) {
		err_clear(&err);
		args = value_none();
	}
	call.args = args.kind == VALUE_LIST ? args.list->items : &args;
	call.n_args = args.kind == VALUE_LIST ? args.list->n : 1;
	if (args.kind == VALUE_DICT)
		call.n_keywords = keywords_of(args.dict, keywords);
	if (format_braces(format, &call, &result, &err))
		err_clear(&err);
	if (args.kind == VALUE_LIST)
		args.kind = VALUE_TUPLE;
	if (format_percent(&heap, format, args, &result, &err))
		err_clear(&err);
	return 0;
}
