/* test_writer.c - writers, writers around writers, and what happens when the last one fails.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "testing/test.h"

/* What became of a failing writer, outliving it. */
struct fate {
	size_t n_bytes;
	int n_finished, n_closed;
	pthread_t thread; /* of the last write */
	sem_t *gate;      /* NULL: open; else each write waits for it */
};

/* Takes fail_at bytes and no more; counts its finish as one byte more. */
struct failing_writer {
	struct writer writer;
	size_t fail_at;
	struct fate *fate;
};

static int failing_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct failing_writer *self = (struct failing_writer *)writer;

	if (self->fate->gate)
		while (sem_wait(self->fate->gate) < 0)
			;
	self->fate->thread = pthread_self();
	if (self->fate->n_bytes + len > self->fail_at)
		return err_set(err, ERR_DENIED, "failed behind %zu", self->fail_at);
	self->fate->n_bytes += len;
	return 0;
}

static int failing_finish(struct writer *writer, struct err *err)
{
	struct failing_writer *self = (struct failing_writer *)writer;

	if (self->fate->n_bytes + 1 > self->fail_at)
		return err_set(err, ERR_DENIED, "failed behind %zu", self->fail_at);
	self->fate->n_finished++;
	return 0;
}

static void failing_close(struct writer *writer)
{
	((struct failing_writer *)writer)->fate->n_closed++;
	free(writer);
}

static const struct writer_ops failing_ops = {
	.write = failing_write,
	.finish = failing_finish,
	.close = failing_close,
};

static struct writer *make_failing(size_t fail_at, struct fate *fate)
{
	struct failing_writer *self = xcalloc(1, sizeof(*self));

	*self = (struct failing_writer){
		.writer = {.ops = &failing_ops}, .fail_at = fail_at, .fate = fate};
	return &self->writer;
}

TEST(a_buffer_takes_bytes_up_to_its_maximum)
{
	autoerr struct err err = {0};
	autobuf struct buf buf = {.max = 6};
	struct writer *writer = writer_to_buf(&buf);

	CHECK_OK(writer_write(writer, "abc", 3, &err), &err);
	CHECK_OK(writer_write(writer, "def", 3, &err), &err);
	CHECK_OK(writer_finish(writer, &err), &err);
	writer_close(writer);
	CHECK_STR(buf_text(&buf), "abcdef");
	writer = writer_to_buf(&buf);
	CHECK(writer_write(writer, "g", 1, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	writer_close(writer);
	writer_close(NULL);
}

TEST(a_taken_descriptor_is_closed_and_a_borrowed_one_is_not)
{
	autoerr struct err err = {0};
	char text[8] = "";
	int ends[2];

	CHECK(pipe(ends) == 0);
	struct writer *writer = writer_to_borrowed_fd(ends[1]);
	CHECK_OK(writer_write(writer, "abc", 3, &err), &err);
	CHECK_OK(writer_finish(writer, &err), &err);
	writer_close(writer);
	CHECK(fcntl(ends[1], F_GETFD) >= 0);
	int copy = dup(ends[1]);
	writer = writer_to_fd(copy);
	writer_close(writer); /* abandoned: closed all the same */
	CHECK(fcntl(copy, F_GETFD) < 0);
	writer = writer_to_fd(ends[1]);
	CHECK_OK(writer_write(writer, "def", 3, &err), &err);
	CHECK_OK(writer_finish(writer, &err), &err);
	CHECK(fcntl(ends[1], F_GETFD) < 0);
	writer_close(writer);
	CHECK_INT(read(ends[0], text, 7), 6);
	CHECK_STR(text, "abcdef");
	close(ends[0]);
}

TEST(a_full_disk_is_told)
{
	autoerr struct err err = {0};
	autowriter struct writer *writer = writer_to_fd(open("/dev/full", O_WRONLY | O_CLOEXEC));

	CHECK(writer_write(writer, "abc", 3, &err) < 0);
	CHECK_INT(err.sys_errno, ENOSPC);
	err_clear(&err);
	CHECK(writer_finish(writer, &err) < 0); /* a failure stays */
}

TEST(hash_and_count_may_be_the_end_of_a_chain)
{
	autoerr struct err err = {0};
	autohash struct hash *hash = hash_new(HASH_SHA256);
	uint64_t count = 0;
	char got[2 * HASH_MAX_SIZE + 1], want[65];
	uint8_t sum[HASH_MAX_SIZE];
	struct writer *writer = writer_tee(writer_hash(NULL, hash), writer_count(NULL, &count));

	CHECK_OK(writer_write(writer, "abc", 3, &err), &err);
	CHECK_OK(writer_write(writer, "", 0, &err), &err);
	CHECK_OK(writer_write(writer, "def", 3, &err), &err);
	CHECK_OK(writer_finish(writer, &err), &err);
	writer_close(writer);
	CHECK_INT(count, 6);
	hash_hex(sum, hash_final(hash, sum), got);
	sha256_hex("abcdef", 6, want);
	CHECK_STR(got, want);
}

/* Six bytes, one by one, and the finish through a chain over an inner writer that fails at n. */
static int play(struct writer *writer, struct err *err)
{
	for (int i = 0; i < 6; i++)
		if (writer_write(writer, &"abcdef"[i], 1, err))
			return -1;
	return writer_finish(writer, err);
}

static void check_chain(size_t n, bool is_async)
{
	autoerr struct err err = {0};
	autohash struct hash *hash = hash_new(HASH_SHA256);
	struct fate fate = {0}, second = {0};
	uint64_t count = 0;
	char want[32];
	struct writer *writer = make_failing(n, &fate);

	if (is_async)
		writer = writer_async(writer);
	writer = writer_tee(writer_count(writer_hash(writer, hash), &count),
			    make_failing(100, &second));
	int result = play(writer, &err);
	CHECK_INT(result, n >= 7 ? 0 : -1);
	if (result) {
		snprintf(want, sizeof(want), "failed behind %zu", n);
		CHECK_STR(err_text(&err), want);
		CHECK_INT(err.kind, ERR_DENIED);
		err_clear(&err);
		CHECK(writer_finish(writer, &err) < 0); /* and it stays */
		CHECK_STR(err_text(&err), want);
	}
	writer_close(writer);
	CHECK_INT(fate.n_finished, n >= 7);
	CHECK_INT(second.n_finished, n >= 7);
	CHECK_INT(fate.n_closed, 1);
	CHECK_INT(second.n_closed, 1);
	CHECK(fate.n_bytes <= n);
}

TEST(a_chain_reports_a_failure_at_any_byte)
{
	for (size_t n = 0; n <= 7; n++)
		check_chain(n, false);
}

TEST(a_chain_with_a_thread_reports_a_failure_at_any_byte)
{
	for (size_t n = 0; n <= 7; n++)
		check_chain(n, true);
}

TEST(async_writes_on_another_thread_in_order)
{
	autoerr struct err err = {0};
	size_t total = LIMIT_ASYNC_BLOCK_SIZE * (2 * LIMIT_ASYNC_BLOCKS + 1) + 12345;
	autofree char *bytes = xmalloc(total);
	autobuf struct buf buf = {.max = total};
	struct fate fate = {0};

	for (size_t i = 0; i < total; i++)
		bytes[i] = (char)(i * 31 ^ i >> 9);
	struct writer *writer =
		writer_async(writer_tee(writer_to_buf(&buf), make_failing(SIZE_MAX, &fate)));
	for (size_t pos = 0, len = 1; pos < total; pos += len, len = len * 3 % 700001 + 1) {
		if (len > total - pos)
			len = total - pos;
		CHECK_OK(writer_write(writer, bytes + pos, len, &err), &err);
	}
	CHECK_OK(writer_finish(writer, &err), &err);
	writer_close(writer);
	CHECK_INT(buf.len, total);
	CHECK(memcmp(buf.ptr, bytes, total) == 0);
	CHECK(!pthread_equal(fate.thread, pthread_self()));
	CHECK_INT(fate.n_finished, 1);
}

/* Each block's failure surfaces while the producer goes on, however many blocks it is behind. */
TEST(async_failures_at_every_block_surface)
{
	autofree char *bytes = xcalloc(1, LIMIT_ASYNC_BLOCK_SIZE);

	for (size_t n = 0; n <= LIMIT_ASYNC_BLOCKS + 2; n++) {
		autoerr struct err err = {0};
		struct fate fate = {0};
		struct writer *writer =
			writer_async(make_failing(n * LIMIT_ASYNC_BLOCK_SIZE, &fate));
		int result = 0;
		for (size_t i = 0; i < LIMIT_ASYNC_BLOCKS + 2 && !result; i++)
			result = writer_write(writer, bytes, LIMIT_ASYNC_BLOCK_SIZE, &err);
		if (!result)
			result = writer_finish(writer, &err);
		CHECK_INT(result, -1);
		CHECK_INT(err.kind, ERR_DENIED);
		CHECK_INT(fate.n_bytes, n * LIMIT_ASYNC_BLOCK_SIZE);
		writer_close(writer);
		CHECK_INT(fate.n_closed, 1);
		CHECK_INT(fate.n_finished, 0);
	}
}

TEST(async_closed_without_finish_abandons)
{
	autoerr struct err err = {0};
	autofree char *bytes = xcalloc(1, LIMIT_ASYNC_BLOCK_SIZE);
	struct fate fate = {0};
	sem_t gate;

	CHECK(sem_init(&gate, 0, 0) == 0);
	fate.gate = &gate;
	struct writer *writer = writer_async(make_failing(SIZE_MAX, &fate));
	for (size_t i = 0; i < LIMIT_ASYNC_BLOCKS;
	     i++) /* all full, the thread stuck in the first */
		CHECK_OK(writer_write(writer, bytes, LIMIT_ASYNC_BLOCK_SIZE, &err), &err);
	for (size_t i = 0; i < LIMIT_ASYNC_BLOCKS; i++)
		sem_post(&gate);
	writer_close(writer);
	CHECK_INT(fate.n_finished, 0);
	CHECK_INT(fate.n_closed, 1);
	CHECK(fate.n_bytes <= LIMIT_ASYNC_BLOCKS * LIMIT_ASYNC_BLOCK_SIZE);
	sem_destroy(&gate);

	writer = writer_async(make_failing(0, &(struct fate){0}));
	writer_close(writer); /* never written at all */
}

TEST(async_finishes_empty_streams)
{
	autoerr struct err err = {0};
	struct fate fate = {0};
	struct writer *writer = writer_async(make_failing(1, &fate));

	CHECK_OK(writer_finish(writer, &err), &err);
	writer_close(writer);
	CHECK_INT(fate.n_bytes, 0);
	CHECK_INT(fate.n_finished, 1);
}

TEST(async_turns_a_broken_pipe_into_an_error)
{
	autoerr struct err err = {0};
	int ends[2];

	CHECK(pipe(ends) == 0);
	close(ends[0]);
	struct writer *writer = writer_async(writer_to_fd(ends[1]));
	CHECK_OK(writer_write(writer, "x", 1, &err), &err);
	CHECK(writer_finish(writer, &err) < 0);
	CHECK(strstr(err_text(&err), "roken pipe"));
	writer_close(writer);
}
