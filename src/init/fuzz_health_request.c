/* fuzz_health_request.c - heads of requests for health and metrics.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/health_request.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct health_request request, longer;
	struct str bytes = {(const char *)data, len};
	int status = health_request_parse(bytes, 4096, &request);
	if (status == 0 && len >= 4096)
		abort();
	if (status != 200)
		return 0;
	if (request.path.len == 0 || *request.path.ptr != '/')
		abort();
	/* every shorter piece is either unfinished or says the same */
	for (size_t i = 0; i < len; i++) {
		int before = health_request_parse((struct str){bytes.ptr, i}, 4096, &longer);
		if (before != 0 && (before != 200 || longer.path.len != request.path.len))
			abort();
	}
	return 0;
}
