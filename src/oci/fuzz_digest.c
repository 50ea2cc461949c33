/* fuzz_digest.c - an accepted digest is its own text and a safe file name.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "oci/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoerr struct err err = {0};
	struct digest digest = {0};
	struct str text = {(const char *)bytes, len};

	if (digest_parse(text, &digest, &err)) {
		assert(err_is_set(&err) && !digest_is_set(&digest));
		return 0;
	}
	assert(str_is(text, digest.text));
	assert(strlen(digest_hex(&digest)) == 2 * hash_size(digest_algo(&digest)));
	assert(!strpbrk(digest_hex(&digest), "/."));
	return 0;
}
