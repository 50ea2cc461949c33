/* fuzz_template.c - any bytes as a template; what has no tag stays as it is.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "runner/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int get(void *arg, struct str name, const char **ret_value, struct err *err)
{
	static const char *const values[] = {"a,b,,c", "", "{{A}}{{#if A}}", NULL};

	(void)arg, (void)err;
	assert(name.len);
	*ret_value = values[(unsigned char)name.ptr[0] % 4];
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct template_values values = {.get = get};
	struct str text = {(const char *)bytes, len};
	autobuf struct buf out = {.max = 1 << 20};
	autoerr struct err err = {0};

	int result = template_fill("t", text, &values, &out, &err);
	assert(!result == !err_is_set(&err));
	if (!len || (!memmem(bytes, len, "{{", 2) && !memmem(bytes, len, "}}", 2)))
		assert(!result && str_eq(buf_str(&out), text));
	return 0;
}
