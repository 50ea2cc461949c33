/* fuzz_clock.c - times and durations.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text = {(const char *)data, len};
	char written[CLOCK_TEXT_MAX];
	int64_t ns, again;
	if (clock_parse_rfc3339(text, &ns)) {
		clock_format_rfc3339(ns, written);
		if (!clock_parse_rfc3339(str_of(written), &again) || again != ns)
			abort();
	}
	if (clock_parse_duration(text, &ns))
		clock_human_duration(ns, written);
	return 0;
}
