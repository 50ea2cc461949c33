/* fuzz_http_status.c - answers of HTTP servers, in one piece and in two.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/http_status.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *bytes = (const char *)data;
	struct http_status whole = {0}, parts = {0};
	int at_once = http_status_feed(&whole, bytes, len);
	if (at_once != -1 && at_once != 0 && (at_once < 200 || at_once > 999))
		abort();
	size_t cut = len ? data[len - 1] % len : 0;
	int later = http_status_feed(&parts, bytes, cut);
	if (later == 0)
		later = http_status_feed(&parts, bytes + cut, len - cut);
	if (later != at_once)
		abort();
	return 0;
}
