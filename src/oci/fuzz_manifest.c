/* fuzz_manifest.c - what is accepted and written is read again as the same bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_manifest(struct str text)
{
	autoerr struct err err = {0};
	struct manifest manifest = {0};
	size_t len = 0;
	size_t len_again = 0;

	if (manifest_parse("fuzz", text, &manifest, &err))
		return;
	autofree char *once = manifest_write(&manifest, &len);
	manifest_done(&manifest);
	int failed = manifest_parse("again", (struct str){once, len}, &manifest, &err);
	assert(!failed);
	autofree char *twice = manifest_write(&manifest, &len_again);
	manifest_done(&manifest);
	assert(len == len_again && !memcmp(once, twice, len));
}

static void check_index(struct str text)
{
	autoerr struct err err = {0};
	struct index index = {0};
	const struct descriptor *entry = NULL;
	size_t len = 0;
	size_t len_again = 0;

	if (index_parse("fuzz", text, &index, &err))
		return;
	if (index_choose(&index, "linux/arm", &entry, &err))
		err_clear(&err);
	autofree char *once = index_write(&index, &len);
	index_done(&index);
	int failed = index_parse("again", (struct str){once, len}, &index, &err);
	assert(!failed);
	autofree char *twice = index_write(&index, &len_again);
	index_done(&index);
	assert(len == len_again && !memcmp(once, twice, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str text = {(const char *)bytes, len};

	check_manifest(text);
	check_index(text);
	return 0;
}
