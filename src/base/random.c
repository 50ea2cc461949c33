/* random.c - getrandom(2) without its corner cases.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/encode.h"

#include "base/banned.h"

void random_bytes(void *out, size_t len)
{
	for (char *at = out; len;) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fprintf(stderr, "the kernel gives no random bytes: %m\n");
			abort();
		}
		at += n;
		len -= (size_t)n;
	}
}

void random_hex(char *out, size_t n_digits)
{
	uint8_t bytes[32];
	char digits[2 * sizeof(bytes) + 1];
	while (n_digits) {
		size_t n = n_digits < 2 * sizeof(bytes) ? n_digits : 2 * sizeof(bytes);
		random_bytes(bytes, sizeof(bytes));
		hex_encode(bytes, sizeof(bytes), digits);
		out = mempcpy(out, digits, n);
		n_digits -= n;
	}
	*out = '\0';
}
