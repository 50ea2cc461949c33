/* fuzz_encode.c - base64, hex and UTF-8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text = {(const char *)data, len};
	autobuf struct buf plain = {0}, coded = {0}, escaped = {0};
	if (base64_decode(&plain, text)) {
		base64_encode(&coded, buf_text(&plain), plain.len);
		if (!str_eq(buf_str(&coded), text)) /* there is only one way to write a thing */
			abort();
	}
	buf_truncate(&plain, 0);
	buf_truncate(&coded, 0);
	if (base64url_decode(&plain, text)) {
		base64url_encode(&coded, buf_text(&plain), plain.len);
		if (!str_eq(buf_str(&coded), text))
			abort();
	}
	autofree uint8_t *bytes = xmalloc(len / 2);
	(void)hex_decode(text, bytes);
	text_escape(&escaped, text);
	if (!escaped.overflowed && !text_is_utf8(buf_str(&escaped)))
		abort();
	return 0;
}
