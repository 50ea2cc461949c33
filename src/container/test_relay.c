/* test_relay.c - bytes arrive whole, and nobody waits for a receiver that is gone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/relay.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "testing/test.h"

struct watch {
	struct loop *loop;
	size_t n_seen;
	bool has_ended;
};

static size_t on_bytes(char *data, size_t len, void *arg)
{
	struct watch *watch = arg;

	watch->n_seen += len;
	return len;
}

static void on_end(void *arg)
{
	struct watch *watch = arg;

	watch->has_ended = true;
	loop_stop(watch->loop);
}

static void run(int from, int to, struct watch *watch)
{
	struct err err = {0};
	struct relay *relay;

	CHECK_OK(loop_new(&watch->loop, &err), &err);
	const struct relay_options options = {.loop = watch->loop,
					      .from = from,
					      .to = to,
					      .tap = on_bytes,
					      .ended = on_end,
					      .arg = watch};
	CHECK_OK(relay_new(&options, &relay, &err), &err);
	CHECK_OK(loop_run(watch->loop, &err), &err);
	relay_free(relay);
	loop_free(watch->loop);
}

static void make_pipe(int ends[2])
{
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	CHECK_INT(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
}

TEST(a_pipe_goes_to_a_file)
{
	int dir = test_dir(NULL);
	int ends[2];
	struct watch watch = {0};
	struct buf got = {0};
	struct err err = {0};

	make_pipe(ends);
	CHECK_INT(write(ends[1], "hello", 5), 5);
	close(ends[1]);
	run(ends[0], openat(dir, "out", O_WRONLY | O_CREAT, 0600), &watch);
	CHECK(watch.has_ended);
	CHECK_INT(watch.n_seen, 5);
	CHECK_OK(file_read_at(dir, "out", 100, &got, &err), &err);
	CHECK_STR(buf_text(&got), "hello");
	buf_done(&got);
}

TEST(a_file_goes_to_a_pipe)
{
	int dir = test_dir(NULL);
	int ends[2];
	struct watch watch = {0};
	struct err err = {0};
	char got[8] = "";

	CHECK_OK(file_write_at(dir, "in", "12345", 5, 0600, FILE_NO_SYNC, &err), &err);
	make_pipe(ends);
	run(openat(dir, "in", O_RDONLY), ends[1], &watch);
	CHECK_INT(read(ends[0], got, sizeof(got)), 5);
	CHECK_STR(got, "12345");
	CHECK_INT(read(ends[0], got, sizeof(got)), 0);
	close(ends[0]);
}

TEST(the_tap_sees_all_when_the_receiver_is_gone)
{
	int in[2], out[2];
	struct watch watch = {0};

	signal(SIGPIPE, SIG_IGN);
	make_pipe(in);
	make_pipe(out);
	close(out[0]);
	CHECK_INT(write(in[1], "0123456789", 10), 10);
	close(in[1]);
	run(in[0], out[1], &watch);
	CHECK(watch.has_ended);
	CHECK_INT(watch.n_seen, 10);
}

TEST(a_pipe_of_the_callers_keeps_its_flags)
{
	int ends[2], own;
	struct err err = {0};

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	CHECK_OK(relay_own_fd(ends[1], true, &own, &err), &err);
	CHECK(fcntl(own, F_GETFL) & O_NONBLOCK);
	CHECK(!(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
	close(own);
	close(ends[0]);
	close(ends[1]);
}
