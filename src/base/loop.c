/* loop.c - a small epoll loop: descriptors, signals and timers to callbacks.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A source removed while a batch of events is being told may still stand in that batch: it is only
 * marked, and freed when the batch is over. */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

enum source_kind { SOURCE_FD, SOURCE_SIGNALS, SOURCE_TIMER };

struct loop_source {
	struct loop *loop;
	struct loop_source *next;
	struct loop_source **link; /* what points to us */
	enum source_kind kind;
	bool is_removed;
	int fd; /* ours but for SOURCE_FD */
	union {
		loop_fd_fn on_fd;
		loop_signal_fn on_signal;
		loop_timer_fn on_timer;
	};
	void *arg;
};

struct loop {
	int epoll;
	bool is_telling; /* inside callbacks */
	bool is_stopped;
	bool has_signals;
	sigset_t old_signals; /* blocked before loop_add_signals */
	struct loop_source *sources;
	struct loop_source *removed;
};

int loop_new(struct loop **ret_loop, struct err *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "making an event loop");
	struct loop *loop = xcalloc(1, sizeof(*loop));
	loop->epoll = fd;
	*ret_loop = loop;
	return 0;
}

static void free_removed(struct loop *loop)
{
	while (loop->removed) {
		struct loop_source *source = loop->removed;
		loop->removed = source->next;
		free(source);
	}
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	assert(!loop->is_telling);
	while (loop->sources)
		loop_remove(loop->sources);
	free_removed(loop);
	if (loop->has_signals)
		pthread_sigmask(SIG_SETMASK, &loop->old_signals, NULL);
	close(loop->epoll);
	free(loop);
}

/* Takes source->fd only when it succeeds. */
static int source_add(struct loop *loop, const struct loop_source *model, uint32_t events,
		      struct loop_source **ret_source, struct err *err)
{
	struct loop_source *source = xmemdup(model, sizeof(*model));
	struct epoll_event event = {.events = events, .data.ptr = source};

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event)) {
		free(source);
		return err_sys(err, "watching descriptor %d", model->fd);
	}
	source->loop = loop;
	source->next = loop->sources;
	source->link = &loop->sources;
	if (source->next)
		source->next->link = &source->next;
	loop->sources = source;
	if (ret_source)
		*ret_source = source;
	return 0;
}

int loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_fn fn, void *arg,
		struct loop_source **ret_source, struct err *err)
{
	struct loop_source model = {.kind = SOURCE_FD, .fd = fd, .on_fd = fn, .arg = arg};

	return source_add(loop, &model, events, ret_source, err);
}

int loop_set_events(struct loop_source *source, uint32_t events, struct err *err)
{
	struct epoll_event event = {.events = events, .data.ptr = source};

	assert(!source->is_removed);
	if (epoll_ctl(source->loop->epoll, EPOLL_CTL_MOD, source->fd, &event))
		return err_sys(err, "watching descriptor %d", source->fd);
	return 0;
}

int loop_add_signals(struct loop *loop, const sigset_t *set, loop_signal_fn fn, void *arg,
		     struct err *err)
{
	autoclose int fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	struct loop_source model = {.kind = SOURCE_SIGNALS, .fd = fd, .on_signal = fn, .arg = arg};

	assert(!loop->has_signals);
	if (fd < 0)
		return err_sys(err, "listening for signals");
	if (source_add(loop, &model, EPOLLIN, NULL, err))
		return -1;
	steal_fd(&fd);
	pthread_sigmask(SIG_BLOCK, set, &loop->old_signals);
	loop->has_signals = true;
	return 0;
}

int loop_add_timer(struct loop *loop, int64_t after_ms, loop_timer_fn fn, void *arg,
		   struct loop_source **ret_source, struct err *err)
{
	autoclose int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct loop_source model = {.kind = SOURCE_TIMER, .fd = fd, .on_timer = fn, .arg = arg};
	struct itimerspec when = {
		.it_value = {.tv_sec = after_ms / 1000, .tv_nsec = after_ms % 1000 * 1000000},
	};

	if (after_ms <= 0)
		when.it_value = (struct timespec){.tv_nsec = 1}; /* zero would disarm it */
	if (fd < 0 || timerfd_settime(fd, 0, &when, NULL))
		return err_sys(err, "making a timer");
	if (source_add(loop, &model, EPOLLIN, ret_source, err))
		return -1;
	steal_fd(&fd);
	return 0;
}

void loop_remove(struct loop_source *source)
{
	if (!source || source->is_removed)
		return;
	struct loop *loop = source->loop;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	if (source->kind != SOURCE_FD)
		close(source->fd);
	*source->link = source->next;
	if (source->next)
		source->next->link = source->link;
	source->is_removed = true;
	source->next = loop->removed;
	loop->removed = source;
	if (!loop->is_telling)
		free_removed(loop);
}

static int tell_fd(struct loop_source *source, uint32_t events, struct err *err)
{
	return source->on_fd(source, source->fd, events, source->arg, err);
}

static int tell_signals(struct loop_source *source, uint32_t events, struct err *err)
{
	struct signalfd_siginfo heard;

	(void)events;
	while (read(source->fd, &heard, sizeof(heard)) == (ssize_t)sizeof(heard))
		if (source->on_signal((int)heard.ssi_signo, source->arg, err))
			return -1;
	return 0;
}

static int tell_timer(struct loop_source *source, uint32_t events, struct err *err)
{
	uint64_t n_times;

	(void)events;
	if (read(source->fd, &n_times, sizeof(n_times)) != (ssize_t)sizeof(n_times))
		return 0;
	return source->on_timer(source, source->arg, err);
}

static int (*const tell[])(struct loop_source *source, uint32_t events, struct err *err) = {
	[SOURCE_FD] = tell_fd,
	[SOURCE_SIGNALS] = tell_signals,
	[SOURCE_TIMER] = tell_timer,
};

static int tell_batch(const struct epoll_event *events, int n, struct err *err)
{
	for (int i = 0; i < n; i++) {
		struct loop_source *source = events[i].data.ptr;
		if (!source->is_removed && tell[source->kind](source, events[i].events, err))
			return -1;
	}
	return 0;
}

int loop_run(struct loop *loop, struct err *err)
{
	int result = 0;

	while (!result && !loop->is_stopped) {
		struct epoll_event events[LIMIT_LOOP_EVENTS];
		int n = epoll_wait(loop->epoll, events, LIMIT_LOOP_EVENTS, -1);
		if (n < 0 && errno != EINTR)
			return err_sys(err, "waiting for events");
		loop->is_telling = true;
		result = tell_batch(events, n, err);
		loop->is_telling = false;
		free_removed(loop);
	}
	loop->is_stopped = false;
	return result;
}

void loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}
