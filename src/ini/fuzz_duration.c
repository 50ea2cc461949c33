/* fuzz_duration.c - durations, sizes and signals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoerr struct err err = {0};
	autofree char *text = xstrndup((const char *)data, len);
	int64_t ns;
	uint64_t bytes;
	int signal;
	if (parse_duration(text, &ns, &err))
		err_clear(&err);
	else if (ns < 0)
		__builtin_trap();
	if (parse_bytes(text, &bytes, &err))
		err_clear(&err);
	if (parse_signal(text, &signal, &err))
		err_clear(&err);
	else if (signal < 1 || signal > 64)
		__builtin_trap();
	return 0;
}
