/* test_random.c - bytes from the kernel differ.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "testing/test.h"

TEST(two_draws_differ)
{
	char a[32], b[32];
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	random_bytes(a, 0);
}

TEST(hex_digits_have_the_length_asked_for)
{
	static const size_t lengths[] = {0, 1, 12, 63, 64, 65, 200};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char text[202], again[202];
		memset(text, 'x', sizeof(text));
		random_hex(text, lengths[i]);
		random_hex(again, lengths[i]);
		CHECK_INT(strlen(text), lengths[i]);
		CHECK_INT(strspn(text, "0123456789abcdef"), lengths[i]);
		CHECK_INT(text[lengths[i] + 1], 'x');
		CHECK(lengths[i] < 12 || strcmp(text, again) != 0);
	}
}
