/* fuzz_acl.c - ACL texts: what is accepted comes back from its bytes; and bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "layer/acl.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autobuf struct buf bytes = {0}, text = {0}, again = {0};
	autoerr struct err err = {0}, from_bytes = {0};
	if (acl_from_text((struct str){(const char *)data, len}, &bytes, &err) == 0 && bytes.len) {
		int failed = acl_to_text(bytes.ptr, bytes.len, "", &text, &err) ||
			     acl_from_text(buf_str(&text), &again, &err);
		assert(!failed && again.len == bytes.len);
		assert(memcmp(again.ptr, bytes.ptr, bytes.len) == 0);
	}
	buf_truncate(&text, 0);
	if (acl_to_text(data, len, "default:", &text, &from_bytes) == 0)
		assert(text.len > 0 || len == 4);
	return 0;
}
