/* test_loop.c - callbacks come, once each, and not after they were removed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "testing/test.h"

DEFINE_FREEP(struct loop, loop_free)
#define autoloop cleanup(loop_freep)

struct scene {
	struct loop *loop;
	struct loop_source *first, *second;
	int n_calls;
	int n_wanted;
	int last_signal;
	char text[16];
};

static int read_text(struct loop_source *source, int fd, uint32_t events, void *arg,
		     struct err *err)
{
	struct scene *scene = arg;

	if (events & EPOLLIN) {
		ssize_t n = read(fd, scene->text, sizeof(scene->text) - 1);
		scene->text[n < 0 ? 0 : n] = '\0';
	} else if (events & EPOLLHUP) {
		loop_remove(source);
		loop_stop(scene->loop);
	}
	scene->n_calls++;
	return 0;
}

TEST(a_descriptor_is_heard_until_it_hangs_up)
{
	autoerr struct err err = {0};
	autoloop struct loop *loop = NULL;
	struct scene scene = {0};
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK_OK(loop_new(&loop, &err), &err);
	scene.loop = loop;
	CHECK_OK(loop_add_fd(loop, ends[0], EPOLLIN, read_text, &scene, NULL, &err), &err);
	CHECK(write(ends[1], "hello", 5) == 5);
	close(ends[1]);
	CHECK_OK(loop_run(loop, &err), &err);
	CHECK_STR(scene.text, "hello");
	CHECK_INT(scene.n_calls, 2);
	CHECK(fcntl(ends[0], F_GETFD) >= 0); /* still ours */
	close(ends[0]);
}

/* Whichever comes first removes both: the other must not be called any more. */
static int remove_both(struct loop_source *source, int fd, uint32_t events, void *arg,
		       struct err *err)
{
	struct scene *scene = arg;

	scene->n_calls++;
	loop_remove(scene->first);
	loop_remove(scene->second);
	loop_remove(scene->second); /* twice is harmless inside the callback */
	loop_stop(scene->loop);
	return 0;
}

TEST(a_source_removed_in_a_callback_is_silent_at_once)
{
	autoerr struct err err = {0};
	autoloop struct loop *loop = NULL;
	struct scene scene = {0};
	int a[2], b[2];

	CHECK(pipe(a) == 0 && pipe(b) == 0);
	CHECK(write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1);
	CHECK_OK(loop_new(&loop, &err), &err);
	scene.loop = loop;
	CHECK_OK(loop_add_fd(loop, a[0], EPOLLIN, remove_both, &scene, &scene.first, &err), &err);
	CHECK_OK(loop_add_fd(loop, b[0], EPOLLIN, remove_both, &scene, &scene.second, &err), &err);
	CHECK_OK(loop_run(loop, &err), &err);
	CHECK_INT(scene.n_calls, 1);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static int fail_call(struct loop_source *source, int fd, uint32_t events, void *arg,
		     struct err *err)
{
	return err_set(err, ERR_CORRUPT, "no more");
}

TEST(an_error_in_a_callback_ends_the_run)
{
	autoerr struct err err = {0};
	autoloop struct loop *loop = NULL;
	int ends[2];

	CHECK(pipe(ends) == 0);
	close(ends[1]);
	CHECK_OK(loop_new(&loop, &err), &err);
	CHECK_OK(loop_add_fd(loop, ends[0], 0, fail_call, NULL, NULL, &err), &err);
	CHECK(loop_run(loop, &err) < 0);
	CHECK_STR(err_text(&err), "no more");
	close(ends[0]);
}

static int count_write(struct loop_source *source, int fd, uint32_t events, void *arg,
		       struct err *err)
{
	struct scene *scene = arg;

	if (++scene->n_calls < 3)
		return 0;
	return loop_set_events(source, 0, err); /* not interested any more */
}

static int stop_by_timer(struct loop_source *source, void *arg, struct err *err)
{
	loop_stop(arg);
	return 0;
}

TEST(events_can_be_changed)
{
	autoerr struct err err = {0};
	autoloop struct loop *loop = NULL;
	struct scene scene = {0};
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK_OK(loop_new(&loop, &err), &err);
	CHECK_OK(loop_add_fd(loop, ends[1], EPOLLOUT, count_write, &scene, NULL, &err), &err);
	CHECK_OK(loop_add_timer(loop, 20, stop_by_timer, loop, NULL, &err), &err);
	CHECK_OK(loop_run(loop, &err), &err);
	CHECK_INT(scene.n_calls, 3);
	close(ends[0]);
	close(ends[1]);
}

static int count_timer(struct loop_source *source, void *arg, struct err *err)
{
	((struct scene *)arg)->n_calls++;
	return 0;
}

TEST(a_timer_fires_once_and_not_early)
{
	autoerr struct err err = {0};
	autoloop struct loop *loop = NULL;
	struct scene scene = {0}, removed = {0};
	struct loop_source *source;
	int64_t start = clock_monotonic_ns();

	CHECK_OK(loop_new(&loop, &err), &err);
	CHECK_OK(loop_add_timer(loop, 0, count_timer, &scene, NULL, &err), &err);
	CHECK_OK(loop_add_timer(loop, 1, count_timer, &removed, &source, &err), &err);
	CHECK_OK(loop_add_timer(loop, 50, stop_by_timer, loop, NULL, &err), &err);
	loop_remove(source);
	CHECK_OK(loop_run(loop, &err), &err);
	CHECK_INT(scene.n_calls, 1);
	CHECK_INT(removed.n_calls, 0);
	CHECK(clock_monotonic_ns() - start >= 50 * (NS_PER_SEC / 1000));
}

static int hear_signal(int number, void *arg, struct err *err)
{
	struct scene *scene = arg;

	scene->last_signal = number;
	if (++scene->n_calls == scene->n_wanted)
		loop_stop(scene->loop);
	return 0;
}

TEST(signals_are_heard_and_the_mask_comes_back)
{
	autoerr struct err err = {0};
	struct loop *loop = NULL;
	struct scene scene = {.n_wanted = 2};
	sigset_t set, now;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	CHECK_OK(loop_new(&loop, &err), &err);
	scene.loop = loop;
	CHECK_OK(loop_add_signals(loop, &set, hear_signal, &scene, &err), &err);
	CHECK(raise(SIGUSR1) == 0 && raise(SIGUSR2) == 0);
	CHECK_OK(loop_run(loop, &err), &err);
	CHECK_INT(scene.n_calls, 2);
	CHECK_INT(scene.last_signal, SIGUSR2);
	loop_free(loop);
	CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
	CHECK(!sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
}

TEST(watching_a_plain_file_is_an_error)
{
	autoerr struct err err = {0};
	autoloop struct loop *loop = NULL;
	struct loop_source *source = NULL;
	autoclose int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	CHECK_OK(loop_new(&loop, &err), &err);
	CHECK(loop_add_fd(loop, fd, EPOLLIN, fail_call, NULL, &source, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED); /* epoll_ctl(2): EPERM */
	CHECK(!source);
	loop_remove(NULL);
}
