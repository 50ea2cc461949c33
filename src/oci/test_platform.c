/* test_platform.c - platforms as text, and this machine's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/manifest.h"
#include "testing/test.h"

TEST(platforms_are_read_and_put_into_gos_words)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"linux/amd64", "linux/amd64"},     {"linux/arm64/v8", "linux/arm64/v8"},
		{"LINUX/x86_64", "linux/amd64"},    {"linux/aarch64", "linux/arm64"},
		{"linux/armhf", "linux/arm/v7"},    {"linux/armhf/v8", "linux/arm/v8"},
		{"arm64", "linux/arm64"},           {"i686", "linux/386"},
		{"windows/amd64", "windows/amd64"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct platform platform = {0};
		CHECK_OK(platform_parse(cases[i].text, &platform, &err), &err);
		autofree char *text = platform_text(&platform);
		CHECK_STR(text, cases[i].expected);
		platform_done(&platform);
	}
}

TEST(wrong_platforms_are_refused)
{
	static const char *const texts[] = {"",        "linux",        "linux/",  "/amd64",
					    "a/b/c/d", "linux/am d64", "nonsense"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		autoerr struct err err = {0};
		struct platform platform = {0};
		autofree char *expected =
			xasprintf("platform '%s' must be OS/ARCH[/VARIANT]", texts[i]);
		CHECK_INT(platform_parse(texts[i], &platform, &err), -1);
		CHECK_STR(err_text(&err), expected);
		CHECK(!platform.os);
	}
}

TEST(this_machine_has_a_platform_that_is_read_again)
{
	autoerr struct err err = {0};
	struct platform host = platform_host();
	struct platform again = {0};
	autofree char *text = platform_text(&host);

	CHECK_STR(host.os, "linux");
	CHECK_OK(platform_parse(text, &again, &err), &err);
	CHECK_STR(again.architecture, host.architecture);
	CHECK_STR(again.variant, host.variant);
#ifdef __x86_64__
	CHECK_STR(text, "linux/amd64");
#endif
	platform_done(&host);
	platform_done(&again);
}
