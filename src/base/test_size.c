/* test_size.c - byte counts to show and to ask for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"

#include "testing/test.h"

TEST(sizes_are_shown_as_docker_shows_them)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0B"},
		{999, "999B"},
		{1000, "1kB"},
		{1239, "1.24kB"},
		{72000000, "72MB"},
		{72800000, "72.8MB"},
		{999400, "999kB"},
		{999600, "1MB"}, /* not 1e+03kB */
		{1100000000, "1.1GB"},
		{124000000, "124MB"},
		{UINT64_MAX, "18.4EB"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[SIZE_TEXT_MAX];
		size_format(cases[i].bytes, text);
		CHECK_STR(text, cases[i].text);
	}
}

TEST(sizes_are_asked_for_as_docker_takes_them)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t bytes;
	} cases[] = {
		{"0", true, 0},
		{"512", true, 512},
		{"512b", true, 512},
		{"32kb", true, 32768},
		{"32K", true, 32768},
		{"32KiB", true, 32768},
		{"32 kb", true, 32768},
		{"512m", true, 512 << 20},
		{"1g", true, 1 << 30},
		{"1.5g", true, 3 << 29},
		{"0.5", true, 0},
		{"2t", true, (uint64_t)2 << 40},
		{"3p", true, (uint64_t)3 << 50},
		{"1.0000000000000000001k", true, 1024},
		{"16383p", true, (uint64_t)16383 << 50},
		{"16384p", false, 0},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"", false, 0},
		{"m", false, 0},
		{"-1", false, 0},
		{".5k", false, 0},
		{"1.", false, 0},
		{"1..2k", false, 0},
		{"1.2.3k", false, 0},
		{"1x", false, 0},
		{"1kx", false, 0},
		{"1bb", false, 0},
		{"1kbb", false, 0},
		{"1kibs", false, 0},
		{"1 ", false, 0},
		{"1  k", false, 0},
		{" 1k", false, 0},
		{"1k ", false, 0},
		{"0x10", false, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t bytes = 42;
		if (size_parse(str_of(cases[i].text), &bytes) != cases[i].ok)
			test_fail(__FILE__, __LINE__, "'%s'", cases[i].text);
		CHECK_INT(bytes, cases[i].ok ? cases[i].bytes : 42);
	}
}
