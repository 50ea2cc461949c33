/* test_log_line.c - the log keeps every byte, line by line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/log_line.h"

#include <fcntl.h>

#include "base/clock.h"
#include "base/io.h"
#include "testing/test.h"

static const int64_t when = 1767323045678901234; /* 2026-01-02T03:04:05.678901234Z */

static void check_record(struct str text, const char *want)
{
	struct buf out = {0};

	log_line_format(&out, text, LOG_STDOUT, when);
	CHECK_STR(buf_text(&out), want);
	buf_done(&out);
}

TEST(a_line_is_written_as_docker_writes_it)
{
	check_record(STR("hello \"you\"\n"),
		     "{\"log\":\"hello \\\"you\\\"\\n\",\"stream\":\"stdout\",\"time\":"
		     "\"2026-01-02T03:04:05.678901234Z\"}\n");
}

TEST(bytes_that_are_no_text_are_written_as_lone_surrogates)
{
	check_record(STR("\xff\xc3\xa4\x01"),
		     "{\"log\":\"\\udcff\xc3\xa4\\u0001\",\"stream\":\"stdout\",\"time\":"
		     "\"2026-01-02T03:04:05.678901234Z\"}\n");
}

TEST(every_byte_comes_back)
{
	char all[1024];
	struct buf out = {0};
	struct log_line line = {0};

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i < 256 ? i : i * 7);
	log_line_format(&out, (struct str){all, sizeof(all)}, LOG_STDERR, when);
	CHECK_INT(memchr(out.ptr, '\n', out.len - 1) == NULL, true);
	CHECK(log_line_parse((struct str){out.ptr, out.len - 1}, &line));
	CHECK_INT(line.text.len, sizeof(all));
	CHECK(!memcmp(line.text.ptr, all, sizeof(all)));
	CHECK_INT(line.stream, LOG_STDERR);
	CHECK_INT(line.time_ns, when);
	log_line_done(&line);
	buf_done(&out);
}

TEST(what_is_no_record_is_refused)
{
	static const char *const bad[] = {
		"",
		"{}",
		"{\"log\":\"x",
		"{\"log\":\"x\"}",
		"{\"log\":\"x\",\"stream\":\"stdin\",\"time\":\"2026-01-02T03:04:05Z\"}",
		"{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"yesterday\"}",
		"{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"} ",
		"{\"log\":\"\\q\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}",
		"{\"log\":\"\\ud800\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}",
		"{\"log\":\"\\u12\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}"};
	struct log_line line = {0};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!log_line_parse(str_of(bad[i]), &line));
	log_line_done(&line);
}

/* The texts of the records in the file, one after another, and how many there are. */
static size_t read_back(int dir, struct buf *ret_text)
{
	struct buf file = {.max = 8u << 20};
	struct log_line line = {0};
	struct err err = {0};
	size_t n = 0;

	CHECK_OK(file_read_at(dir, "log", file.max, &file, &err), &err);
	struct str rest = buf_str(&file);
	while (rest.len) {
		CHECK(log_line_parse(str_cut(&rest, '\n'), &line));
		buf_append_str(ret_text, buf_str(&line.text));
		n++;
	}
	log_line_done(&line);
	buf_done(&file);
	return n;
}

static struct log_writer *writer_in(int dir)
{
	return log_writer_new(openat(dir, "log", O_WRONLY | O_CREAT | O_APPEND, 0600));
}

TEST(pieces_become_lines_and_streams_do_not_mix)
{
	int dir = test_dir(NULL);
	struct buf text = {0};
	struct log_writer *writer = writer_in(dir);

	log_writer_add(writer, LOG_STDOUT, "one\ntw", 6);
	log_writer_add(writer, LOG_STDERR, "error\n", 6);
	log_writer_add(writer, LOG_STDOUT, "o\nunfinished", 12);
	log_writer_free(writer);
	CHECK_INT(read_back(dir, &text), 4);
	CHECK_STR(buf_text(&text), "one\nerror\ntwo\nunfinished");
	buf_done(&text);
}

TEST(a_long_line_is_cut_into_records)
{
	int dir = test_dir(NULL);
	struct buf text = {0};
	struct log_writer *writer = writer_in(dir);
	static char line[3 * LIMIT_LOG_LINE_BYTES + 10];

	memset(line, '\xee', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	log_writer_add(writer, LOG_STDOUT, line, sizeof(line));
	log_writer_free(writer);
	CHECK_INT(read_back(dir, &text), 4);
	CHECK_INT(text.len, sizeof(line));
	CHECK(!memcmp(text.ptr, line, sizeof(line)));
	buf_done(&text);
}
