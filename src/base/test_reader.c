/* test_reader.c - readers, and readers around readers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "testing/test.h"

/* Gives `text` one byte at a time and fails in place of byte number fail_at. */
struct failing_reader {
	struct reader reader;
	const char *text;
	size_t pos, fail_at;
	int *n_closed;
};

static ssize_t failing_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct failing_reader *self = (struct failing_reader *)reader;

	if (self->pos == self->fail_at)
		return err_set(err, ERR_DENIED, "failed at %zu", self->pos++);
	if (len == 0 || !self->text[self->pos])
		return 0;
	*(char *)data = self->text[self->pos++];
	return 1;
}

static void failing_close(struct reader *reader)
{
	++*((struct failing_reader *)reader)->n_closed;
	free(reader);
}

static const struct reader_ops failing_ops = {.read = failing_read, .close = failing_close};

static struct reader *make_failing(const char *text, size_t fail_at, int *n_closed)
{
	struct failing_reader *self = xcalloc(1, sizeof(*self));

	*self = (struct failing_reader){.reader = {.ops = &failing_ops},
					.text = text,
					.fail_at = fail_at,
					.n_closed = n_closed};
	return &self->reader;
}

TEST(bytes_come_and_end)
{
	autoerr struct err err = {0};
	autoreader struct reader *reader = reader_of_bytes(STR("abcdef"));
	char text[8] = "";

	CHECK_INT(reader_read(reader, text, 4, &err), 4);
	CHECK_INT(reader_read(reader, text + 4, 4, &err), 2);
	CHECK_STR(text, "abcdef");
	CHECK_INT(reader_read(reader, text, 4, &err), 0);
	reader_close(NULL);
}

TEST(a_taken_descriptor_is_closed_and_a_borrowed_one_is_not)
{
	autoerr struct err err = {0};
	char byte;
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], "xy", 2) == 2);
	struct reader *reader = reader_of_borrowed_fd(ends[0]);
	CHECK_INT(reader_read(reader, &byte, 1, &err), 1);
	reader_close(reader);
	CHECK(fcntl(ends[0], F_GETFD) >= 0);
	reader = reader_of_fd(ends[0]);
	CHECK_INT(reader_read(reader, &byte, 1, &err), 1);
	CHECK_INT(byte, 'y');
	reader_close(reader);
	CHECK(fcntl(ends[0], F_GETFD) < 0);
	close(ends[1]);
}

TEST(a_failure_stays)
{
	autoerr struct err err = {0};
	autoreader struct reader *reader = reader_of_borrowed_fd(-1);
	char byte;

	CHECK(reader_read(reader, &byte, 1, &err) < 0);
	CHECK_INT(err.kind, ERR_SYSTEM);
	autofree char *text = xstrdup(err_text(&err));
	err_clear(&err);
	CHECK(reader_read(reader, &byte, 1, &err) < 0);
	CHECK_STR(err_text(&err), text);
}

TEST(read_full_and_skip_want_all)
{
	autoerr struct err err = {0};
	int n_closed = 0;
	autoreader struct reader *reader = make_failing("abcdef", 100, &n_closed);
	char text[8] = "";

	CHECK_OK(reader_skip(reader, 2, &err), &err);
	CHECK_OK(reader_read_full(reader, text, 3, &err), &err);
	CHECK_STR(text, "cde");
	CHECK_OK(reader_read_full(reader, text, 0, &err), &err);
	CHECK(reader_read_full(reader, text, 2, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), "ends early");
	err_clear(&err);
	CHECK(reader_skip(reader, 1, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
}

TEST(skip_goes_beyond_one_block)
{
	autoerr struct err err = {0};
	autofree char *bytes = xcalloc(1, 100001);
	bytes[100000] = 'x';
	autoreader struct reader *reader = reader_of_bytes((struct str){bytes, 100001});
	char byte = 0;

	CHECK_OK(reader_skip(reader, 100000, &err), &err);
	CHECK_OK(reader_read_full(reader, &byte, 1, &err), &err);
	CHECK_INT(byte, 'x');
}

TEST(a_limit_lets_exactly_that_much_through)
{
	autoerr struct err err = {0};
	char text[16];
	struct reader *reader = reader_limit(reader_of_bytes(STR("12345")), 5, "the blob");

	CHECK_INT(reader_read(reader, text, sizeof(text), &err), 5);
	CHECK_INT(reader_read(reader, text, sizeof(text), &err), 0);
	reader_close(reader);
	reader = reader_limit(reader_of_bytes(STR("12345")), 4, "the blob");
	CHECK_INT(reader_read(reader, text, sizeof(text), &err), 4);
	CHECK(reader_read(reader, text, sizeof(text), &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_STR(err_text(&err), "the blob is larger than 4 bytes");
	reader_close(reader);
	err_clear(&err);
	reader = reader_limit(reader_of_bytes((struct str){0}), 0, "nothing");
	CHECK_INT(reader_read(reader, text, sizeof(text), &err), 0);
	reader_close(reader);
}

TEST(hash_and_count_see_what_passes)
{
	autoerr struct err err = {0};
	autohash struct hash *hash = hash_new(HASH_SHA256);
	uint64_t count = 0;
	int n_closed = 0;
	char text[8], got[2 * HASH_MAX_SIZE + 1], want[65];
	uint8_t sum[HASH_MAX_SIZE];
	struct reader *reader =
		reader_count(reader_hash(make_failing("abcdef", 100, &n_closed), hash), &count);

	CHECK_OK(reader_read_full(reader, text, 6, &err), &err);
	CHECK_INT(reader_read(reader, text, 1, &err), 0);
	reader_close(reader);
	CHECK_INT(n_closed, 1);
	CHECK_INT(count, 6);
	hash_hex(sum, hash_final(hash, sum), got);
	sha256_hex("abcdef", 6, want);
	CHECK_STR(got, want);
}

TEST(a_chain_reports_a_failure_at_any_byte)
{
	for (size_t n = 0; n <= 6; n++) {
		autoerr struct err err = {0};
		autohash struct hash *hash = hash_new(HASH_SHA256);
		uint64_t count = 0;
		int n_closed = 0;
		char text[8] = "", want[32];
		struct reader *reader = reader_limit(
			reader_count(reader_hash(make_failing("abcdef", n, &n_closed), hash),
				     &count),
			10, "x");
		CHECK(reader_read_full(reader, text, 7, &err) < 0);
		snprintf(want, sizeof(want), "failed at %zu", n);
		CHECK_STR(err_text(&err), want);
		CHECK_INT(err.kind, ERR_DENIED);
		CHECK_INT(count, n);
		CHECK_INT(strlen(text), n);
		reader_close(reader);
		CHECK_INT(n_closed, 1);
	}
}
