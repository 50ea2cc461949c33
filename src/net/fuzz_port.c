/* fuzz_port.c - any text as --publish.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "net/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoports struct port_list ports = {0};
	autoerr struct err err = {0};
	autofree char *text = xstrndup((const char *)data, size);
	bool is_refused = port_parse(text, &ports, &err) != 0;
	if (is_refused != err_is_set(&err) || is_refused != (ports.n == 0))
		abort();
	return 0;
}
