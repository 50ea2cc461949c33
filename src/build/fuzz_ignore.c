/* fuzz_ignore.c - any bytes as an ignore file; its last line is also asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "build/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	cleanup(ignore_done) struct ignore ignore = {0};
	autofree char *text = xstrndup((const char *)bytes, len);
	const char *last = strrchr(text, '\n');
	autoerr struct err err = {0};

	if (ignore_parse("fuzz", (struct str){(const char *)bytes, len}, &ignore, &err)) {
		assert(err_is_set(&err) && !ignore.items);
		return 0;
	}
	bool is_ignored = ignore_has(&ignore, last ? last + 1 : text);
	assert(!is_ignored || ignore.n);
	return 0;
}
