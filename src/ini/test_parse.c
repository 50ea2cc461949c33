/* test_parse.c - values of init files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"
#include "testing/test.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

TEST(durations_have_units_sums_and_fractions)
{
	static const struct {
		const char *text;
		int64_t ns; /* -1: refused */
	} cases[] = {
		{"0", 0},
		{"5", 5 * SECOND},
		{"0.5", SECOND / 2},
		{".5", SECOND / 2},
		{"2.", -1},
		{"500ms", SECOND / 2},
		{"1.5s", 3 * SECOND / 2},
		{"1m30s", 90 * SECOND},
		{"1h30", -1},
		{"2h", 7200 * SECOND},
		{"7d", 7 * 86400 * SECOND},
		{"1w", 7 * 86400 * SECOND},
		{"10us", 10000},
		{"7ns", 7},
		{"0.0000000019", 1},
		{"", -1},
		{"s", -1},
		{"-1", -1},
		{"5 s", -1},
		{"5x", -1},
		{"36500d", INT64_C(36500) * 86400 * SECOND},
		{"99999d", -1},
		{"99999999999999999999", -1},
		{"9223372036854775807w", -1},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		int64_t ns = -1;
		int result = parse_duration(cases[i].text, &ns, &err);
		if ((result == 0) != (cases[i].ns >= 0) || ns != cases[i].ns)
			test_fail(__FILE__, __LINE__, "'%s' gives %lld: %s", cases[i].text,
				  (long long)ns, err_text(&err));
	}
}
