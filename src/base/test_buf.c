/* test_buf.c - growing, overflowing and giving away.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdlib.h>

#include "testing/test.h"

TEST(an_unused_buffer_is_an_empty_text)
{
	autobuf struct buf buf = {0};
	CHECK_STR(buf_text(&buf), "");
	CHECK_INT(buf_str(&buf).len, 0);
	buf_append(&buf, NULL, 0);
	buf_consume(&buf, 0);
	buf_truncate(&buf, 0);
	CHECK(buf.ptr == NULL);
}

TEST(appends_of_all_kinds_follow_each_other)
{
	autobuf struct buf buf = {0};
	buf_puts(&buf, "a");
	buf_putc(&buf, 'b');
	buf_append(&buf, "c\0d", 3);
	buf_append_str(&buf, STR("e"));
	buf_printf(&buf, "%03d", 7);
	CHECK_INT(buf.len, 9);
	CHECK(memcmp(buf.ptr, "abc\0de007", 10) == 0);
}

TEST(long_formats_grow_the_buffer)
{
	autobuf struct buf buf = {0};
	for (int width = 1; width < 300; width += 7) {
		size_t before = buf.len;
		buf_printf(&buf, "%*d", width, 5);
		CHECK_INT(buf.len, before + (size_t)width);
		CHECK(buf.ptr[buf.len - 1] == '5' && buf.ptr[buf.len] == '\0');
	}
}

TEST(the_maximum_itself_fits)
{
	autobuf struct buf buf = {.max = 4};
	autoerr struct err err = {0};
	buf_puts(&buf, "1234");
	CHECK_OK(buf_check(&buf, "the header", &err), &err);
	CHECK_STR(buf_text(&buf), "1234");
}

TEST(overflow_is_sticky_and_keeps_what_was_there)
{
	autobuf struct buf buf = {.max = 4};
	autoerr struct err err = {0};
	buf_puts(&buf, "123");
	buf_puts(&buf, "45");
	buf_puts(&buf, "6");
	buf_printf(&buf, "%d", 7);
	CHECK_STR(buf_text(&buf), "123");
	CHECK_INT(buf_check(&buf, "the header", &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_STR(err_text(&err), "the header: larger than 4 bytes");
}

TEST(an_overflowing_format_leaves_no_part_behind)
{
	autobuf struct buf buf = {.max = 8};
	buf_puts(&buf, "abc");
	buf_printf(&buf, "%d", 123456789);
	CHECK(buf.overflowed);
	CHECK_STR(buf_text(&buf), "abc");
}

TEST(a_zero_maximum_is_the_default)
{
	autobuf struct buf buf = {0};
	CHECK(buf_reserve(&buf, BUF_DEFAULT_MAX) != NULL);
	CHECK(buf_reserve(&buf, BUF_DEFAULT_MAX + 1) == NULL);
	CHECK(buf.overflowed);
}

TEST(reserved_room_counts_once_it_is_added)
{
	autobuf struct buf buf = {0};
	char *room = buf_reserve(&buf, 100);
	memset(room, 'x', 4);
	CHECK_INT(buf.len, 0);
	buf_added(&buf, 4);
	CHECK_STR(buf_text(&buf), "xxxx");
}

TEST(consume_drops_the_front)
{
	autobuf struct buf buf = {0};
	buf_puts(&buf, "abcdef");
	buf_consume(&buf, 2);
	CHECK_STR(buf_text(&buf), "cdef");
	buf_truncate(&buf, 2);
	CHECK_STR(buf_text(&buf), "cd");
	buf_consume(&buf, 2);
	CHECK_STR(buf_text(&buf), "");
}

TEST(a_stolen_text_is_never_null_and_the_buffer_is_new)
{
	autobuf struct buf buf = {.max = 4};
	autofree char *empty = buf_steal(&buf);
	CHECK_STR(empty, "");
	buf_puts(&buf, "1234");
	buf_puts(&buf, "5");
	autofree char *text = buf_steal(&buf);
	CHECK_STR(text, "1234");
	CHECK(!buf.overflowed && buf.len == 0 && buf.max == 4);
}
