/* fuzz_scrub.c - any text as a list of what to scrub.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "stage/scrub.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoerr struct err err = {0};
	size_t n_rows = 0;

	if (scrub_check("list", (struct str){(const char *)data, size}, &n_rows, &err))
		assert(err.kind == ERR_INPUT && !n_rows);
	else
		assert(n_rows <= size);
	return 0;
}
