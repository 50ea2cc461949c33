/* fuzz_mirror.c - any text as a file of apt's sources, in both forms.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "stage/mirror.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum sources_form forms[] = {SOURCES_LIST, SOURCES_DEB822};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		autofree char *uri = stage_sources_uri((struct str){(const char *)data, size},
						       forms[i], "bookworm");
		/* One word: it becomes an argument. */
		assert(!uri || (uri[0] && !strpbrk(uri, " \t\r\n")));
	}
	return 0;
}
