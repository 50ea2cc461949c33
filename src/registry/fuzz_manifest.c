/* fuzz_manifest.c - manifests from anybody: the first line is the Content-Type, the rest the body.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "registry/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct document document = {0}, stored = {0};
	struct str body = {(const char *)data, len};
	autofree char *type = str_dup(str_cut(&body, '\n'));

	if (document_read(&arena, type, body, &document, &err) == 0) {
		assert(media_type_is_sane(str_of(document.media_type)));
		for (size_t i = 0; i < document.n_parts; i++)
			assert(digest_is_set(&document.parts[i].digest));
	} else {
		assert(err_is_set(&err));
	}
	document_read_stored(&arena, NULL, body, &stored);
	assert(stored.media_type);
	/* What is accepted is read the same way when it comes back from the storage. */
	if (!err_is_set(&err))
		document_read_stored(&arena, document.media_type, body, &stored);
	if (!err_is_set(&err))
		assert(stored.kind == document.kind && stored.n_parts == document.n_parts);
	return 0;
}
