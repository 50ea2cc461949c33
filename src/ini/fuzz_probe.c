/* fuzz_probe.c - probes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autofree char *text = xstrndup((const char *)data, len);
	struct probe_spec probe;
	if (parse_probe(&arena, text, &probe, &err))
		err_clear(&err);
	else if (probe.kind == PROBE_NONE || !probe.text)
		__builtin_trap();
	return 0;
}
