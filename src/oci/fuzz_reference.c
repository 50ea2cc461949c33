/* fuzz_reference.c - both forms of an accepted name are read as the same name.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "oci/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_same(const struct reference *ref, const char *form)
{
	autoerr struct err err = {0};
	autoref struct reference again = {0};
	int failed = reference_parse(form, &again, &err);

	assert(!failed);
	assert(text_eq(ref->domain, again.domain) && text_eq(ref->path, again.path));
	assert(text_eq(ref->tag, again.tag) && digest_eq(&ref->digest, &again.digest));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoerr struct err err = {0};
	autoref struct reference ref = {0};
	autofree char *text = xstrndup((const char *)bytes, len);

	if (reference_parse(text, &ref, &err)) {
		assert(err_is_set(&err) && !ref.domain);
		return 0;
	}
	autofree char *canonical = reference_text(&ref);
	autofree char *familiar = reference_familiar(&ref);
	check_same(&ref, canonical);
	check_same(&ref, familiar);
	return 0;
}
