/* fuzz_json.c - what is read as JSON is written so that it reads the same again.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "value/json.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoheap struct heap heap = {.max = 64 << 20};
	const struct value_json_options options = {.indent = size % 3 ? -1 : 1, .ascii = size % 2};
	autobuf struct buf first = {0}, second = {0};
	autoerr struct err err = {0};
	struct value v, again;
	int failed;

	/* Bytes that are no text become U+FFFD: two keys may be one then. */
	if (!text_is_utf8((struct str){(const char *)data, size}))
		return 0;
	if (value_from_json(&heap, (struct str){(const char *)data, size}, &v, &err) ||
	    value_to_json(&heap, v, &options, &first, &err))
		return 0;
	failed = value_from_json(&heap, buf_str(&first), &again, &err);
	assert(!failed);
	failed = value_to_json(&heap, again, &options, &second, &err);
	assert(!failed && str_eq(buf_str(&first), buf_str(&second)));
	return 0;
}
