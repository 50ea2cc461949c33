/* test_diff.c - unified diffs as difflib makes them (the answers are Python's).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "state/report.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(diffs_are_difflibs)
{
	static const struct {
		const char *old, *new, *diff;
	} cases[] = {
		{"a\n", "a\n", ""},
		{"", "a\n", "--- \n+++ \n@@ -0,0 +1 @@\n+a\n"},
		{"a\n", "", "--- \n+++ \n@@ -1 +0,0 @@\n-a\n"},
		{"a\nb\nc\n", "a\nB\nc\n", "--- \n+++ \n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"a", "a\n", "--- \n+++ \n@@ -1 +1 @@\n-a+a\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n",
		 "--- \n+++ \n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n "
		 "8\n-9\n+y\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n",
		 "--- \n+++ \n@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"},
		{"a\r\nb\r\n", "a\r\nc\r\n", "--- \n+++ \n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf buf = {0};
		diff_unified(str_of(cases[i].old), str_of(cases[i].new), &buf);
		CHECK_STR(buf_text(&buf), cases[i].diff);
	}
}

TEST(hostile_texts_end_soon)
{
	autobuf struct buf old = {0}, new = {0}, diff = {0};

	for (int i = 0; i < 100000; i++) {
		buf_printf(&old, "%d\n", i % 150);
		buf_printf(&new, "%d\n", (i * 7) % 150);
	}
	int64_t begun = clock_monotonic_ns();
	diff_unified(buf_str(&old), buf_str(&new), &diff);
	CHECK(clock_monotonic_ns() - begun < INT64_C(20000000000));
	CHECK(diff.len > 0);
}
