/* fuzz_json.c - what is read and written reads again as the same bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "doc/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf once = {.max = SIZE_MAX / 2};
	autobuf struct buf twice = {.max = SIZE_MAX / 2};
	struct node *root;

	if (json_parse(&arena, "fuzz", (struct str){(const char *)bytes, len}, &root, &err)) {
		assert(err_is_set(&err));
		return 0;
	}
	json_write(&once, root, JSON_COMPACT);
	int failed = json_parse(&arena, "again", buf_str(&once), &root, &err);
	assert(!failed);
	json_write(&twice, root, JSON_COMPACT);
	assert(str_eq(buf_str(&once), buf_str(&twice)));
	return 0;
}
