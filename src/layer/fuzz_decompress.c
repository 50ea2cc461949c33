/* fuzz_decompress.c - compressed streams of all forms.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/compression.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define BYTES_MAX ((size_t)4 << 20) /* enough of a bomb */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoerr struct err err = {0};
	autoreader struct reader *reader = NULL;
	enum compression found;
	struct reader *bytes = reader_of_bytes((struct str){(const char *)data, len});
	if (reader_decompress(bytes, &found, &reader, &err))
		return 0;
	char piece[4096];
	ssize_t n;
	size_t n_bytes = 0;
	while ((n = reader_read(reader, piece, sizeof(piece), &err)) > 0 && n_bytes < BYTES_MAX)
		n_bytes += (size_t)n;
	return 0;
}
