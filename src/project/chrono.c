/* chrono.c - the name of one deployment: a time stamp and a random part.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/chrono.h"

#include <time.h>

#include "base/random.h"

#include "base/banned.h"

const char *chrono_new(struct heap *heap, time_t now)
{
	struct tm parts;
	uint8_t bytes[16];
	char stamp[32], hex[2 * sizeof(bytes) + 1];

	localtime_r(&now, &parts);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d_%H_%M-%S", &parts);
	random_bytes(bytes, sizeof(bytes));
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* RFC 9562: version 4, variant 10 */
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		static const char digits[] = "0123456789abcdef";
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	return heap_printf(heap, "%s_%.8s-%.4s-%.4s-%.4s-%.12s", stamp, hex, hex + 8, hex + 12,
			   hex + 16, hex + 20);
}
