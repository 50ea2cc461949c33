/* fuzz_size.c - byte counts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char written[SIZE_TEXT_MAX];
	uint64_t bytes;
	if (size_parse((struct str){(const char *)data, len}, &bytes))
		size_format(bytes, written);
	return 0;
}
