/* test_out.c - JSON that goes out is JSON, and memory comes and goes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/out.h"

#include <string.h>

#include "base/mem.h"
#include "init/verbs_stats.h"
#include "testing/test.h"

static const char *text_of(struct out *out)
{
	out_bytes(out, "", 1);
	return out->ptr;
}

TEST(commas_come_by_themselves)
{
	struct out out = {.max = 4096};
	json_open(&out, NULL, '{');
	json_put_text(&out, "a", "x");
	json_open(&out, "b", '[');
	json_put_number(&out, NULL, -1);
	json_put_bool(&out, NULL, true);
	json_open(&out, NULL, '{');
	json_close(&out, '}');
	json_close(&out, ']');
	json_put_text(&out, "c", NULL);
	json_put_time(&out, "d", 1500000000);
	json_put_text(&out, "e", "{[:");
	json_put_number(&out, "f", 0);
	json_close(&out, '}');
	CHECK_STR(text_of(&out), "{\"a\":\"x\",\"b\":[-1,true,{}],\"c\":null,\"d\":1.5,"
				 "\"e\":\"{[:\",\"f\":0}");
	out_done(&out);
	CHECK(!out.ptr && out.max == 4096);
}

TEST(bytes_that_are_no_text_do_not_break_a_line)
{
	struct out out = {.max = 4096};
	static const char bytes[] = "a\"b\\c\n\t\x01\x7f\xc3\xa9\xff\xe2\x82 \xf0\x9f\x98\x80\0.";
	json_put_bytes(&out, NULL, bytes, sizeof(bytes) - 1);
	CHECK_STR(text_of(&out),
		  "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
		  "\xf0\x9f\x98\x80\\u0000.\"");
	out_done(&out);
}

TEST(what_does_not_fit_fails_for_good)
{
	struct out out = {.max = 20000};
	char big[15000];
	memset(big, 'x', sizeof(big));
	out_bytes(&out, big, sizeof(big));
	CHECK(!out.failed);
	out_bytes(&out, big, sizeof(big));
	CHECK(out.failed);
	out_text(&out, "x");
	CHECK_INT((long long)out.len, sizeof(big));
	out_consume(&out, 14999);
	CHECK_INT((long long)out.len, 1);
	out_consume(&out, 1);
	CHECK(!out.ptr && !out.failed);
}

TEST(figures_are_for_people)
{
	char text[32];
	bytes_human(1023, text);
	CHECK_STR(text, "1023B");
	bytes_human(1536, text);
	CHECK_STR(text, "1.50K");
	bytes_human((uint64_t)3 << 30, text);
	CHECK_STR(text, "3.00G");
	ticks_human(62.345, text);
	CHECK_STR(text, "1:02.35");
	ticks_human(0, text);
	CHECK_STR(text, "0:00.00");
}
