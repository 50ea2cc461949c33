/* events.c - one epoll loop: descriptors, timers, children and signals to callbacks.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A turn: wait; read the signals; reap a bounded number of children; tell descriptors; fire timers
 * that are due; run what was put off to the end of the turn. What is left of a storm of deaths
 * waits for the next turn, which does not sleep: so a TERM is heard between two handfuls of
 * orphans. */
#include "init/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "init/entry.h"
#include "init/limits.h"
#include "init/timers.h"

#include "base/banned.h"

#define PID_BUCKETS      512 /* a power of two; chains stay short up to thousands of children */
#define EVENTS_A_TURN    64
#define SIGNALS_A_READ   16
#define MASK_BYTES       8   /* of the kernel's sigset_t, real-time signals of libc included */
#define SYS_EPOLL_PWAIT2 441 /* Linux 5.11, the same number on every architecture */

struct kernel_time { /* __kernel_timespec */
	int64_t sec, ns;
};

struct events {
	int epoll;
	struct watch signals, clock;
	struct events_hooks hooks;
	uint64_t mask_before;
	struct timers timers;
	struct child *children[PID_BUCKETS];
	int64_t now;
	bool is_firing, may_reap, without_pwait2;
	bool is_stopped;
	int status;
	int spare; /* descriptor, for events_accept */
	struct later *later, **later_end;
	struct epoll_event *batch; /* of this turn; NULL outside of it */
	int n_batch;
};

/* ---- descriptors ---- */

int watch_start(struct events *events, struct watch *watch, int fd, uint32_t mask)
{
	struct epoll_event event = {.events = mask, .data.ptr = watch};

	if (watch->active)
		return -EBUSY;
	if (epoll_ctl(events->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	watch->fd = fd;
	watch->active = true;
	return 0;
}

int watch_change(struct events *events, struct watch *watch, uint32_t mask)
{
	struct epoll_event event = {.events = mask, .data.ptr = watch};

	if (!watch->active)
		return -ENOENT;
	return epoll_ctl(events->epoll, EPOLL_CTL_MOD, watch->fd, &event) ? -errno : 0;
}

void watch_stop(struct events *events, struct watch *watch)
{
	if (!watch->active)
		return;
	epoll_ctl(events->epoll, EPOLL_CTL_DEL, watch->fd, &(struct epoll_event){0});
	watch->active = false;
	for (int i = 0; i < events->n_batch; i++)
		if (events->batch[i].data.ptr == watch)
			events->batch[i].data.ptr = NULL;
}

int events_accept(struct events *events, int listener)
{
	/* cppcheck-suppress nullPointer ; accept(2): who it is need not be asked */
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		return fd;
	int error = errno;
	if ((error != EMFILE && error != ENFILE) || events->spare < 0)
		return -error;
	close(events->spare);
	/* cppcheck-suppress nullPointer */
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	events->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return -error;
}

/* ---- timers ---- */

void timer_set(struct events *events, struct timer *timer, int64_t due_ns)
{
	timer_cancel(events, timer);
	/* One that is set again by its own call is for the next turn, or this one would never end.
	 */
	if (events->is_firing && due_ns <= events->now)
		due_ns = events->now + 1;
	timer->due_ns = due_ns;
	timers_add(&events->timers, timer);
}

void timer_after(struct events *events, struct timer *timer, int64_t ns)
{
	int64_t due;

	if (__builtin_add_overflow(events->now, ns, &due))
		due = INT64_MAX;
	timer_set(events, timer, due);
}

void timer_cancel(struct events *events, struct timer *timer)
{
	if (timer->active)
		timers_remove(&events->timers, timer);
}

static void fire_timers(struct events *events)
{
	struct timer *timer;

	events->is_firing = true;
	while ((timer = timers_first(&events->timers)) && timer->due_ns <= events->now) {
		timers_remove(&events->timers, timer);
		timer->fire(timer);
	}
	events->is_firing = false;
}

int64_t events_now(const struct events *events)
{
	return events->now;
}

/* ---- children ---- */

static struct child **bucket_of(struct events *events, pid_t pid)
{
	return &events->children[(unsigned)pid % PID_BUCKETS];
}

void child_register(struct events *events, struct child *child, pid_t pid)
{
	struct child **bucket = bucket_of(events, pid);

	child->pid = pid;
	child->next = *bucket;
	*bucket = child;
}

void child_forget(struct events *events, struct child *child)
{
	if (child->pid <= 0)
		return;
	for (struct child **at = bucket_of(events, child->pid); *at; at = &(*at)->next) {
		if (*at == child) {
			*at = child->next;
			break;
		}
	}
	child->pid = 0;
	child->next = NULL;
}

struct child *child_find(struct events *events, pid_t pid)
{
	struct child *child = *bucket_of(events, pid);

	while (child && child->pid != pid)
		child = child->next;
	return child;
}

bool events_has_children(const struct events *events)
{
	siginfo_t found;

	(void)events;
	return !waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) || errno != ECHILD;
}

/* The status as wait(2) tells it. */
static int wait_status_of(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return (info->si_status & 0xff) << 8;
	return info->si_status | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

/* One that has ended, left as it is. Raw: libc's waitid has no room for what it used. */
static bool find_ended(siginfo_t *info, struct rusage *usage)
{
	info->si_pid = 0;
	return !syscall(SYS_waitid, P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT, usage) &&
	       info->si_pid > 0;
}

/* The pid is taken out of the table before its owner hears of it, so that the owner may register
 * the same struct anew; it is given back to the kernel only behind that. */
static void reap(struct events *events)
{
	siginfo_t info;
	struct rusage usage;

	int n = 0;

	for (; n < LIMIT_REAPED_A_TURN && find_ended(&info, &usage); n++) {
		pid_t pid = info.si_pid;
		int status = wait_status_of(&info);
		struct child *child = child_find(events, pid);
		if (child) {
			child_forget(events, child);
			child->pid = pid;
			child->ended(child, status, &usage);
		} else if (events->hooks.orphan) {
			events->hooks.orphan(events->hooks.arg, pid, status);
		}
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
	}
	events->may_reap = n == LIMIT_REAPED_A_TURN;
	if (n && events->hooks.reaped)
		events->hooks.reaped(events->hooks.arg);
}

/* ---- signals and the clock ---- */

static void signals_ready(struct watch *watch, uint32_t ready)
{
	struct events *events = container_of(watch, struct events, signals);
	struct signalfd_siginfo heard[SIGNALS_A_READ];

	(void)ready;
	ssize_t n = read(watch->fd, heard, sizeof(heard));
	for (ssize_t i = 0; n > 0 && i < n / (ssize_t)sizeof(heard[0]); i++) {
		if (heard[i].ssi_signo == SIGCHLD)
			events->may_reap = true;
		else if (events->hooks.signal)
			events->hooks.signal(events->hooks.arg, &heard[i]);
	}
}

/* A timer that is never due: all it does is fail with ECANCELED when somebody sets the clock. */
static void arm_clock(struct events *events)
{
	struct itimerspec never = {.it_value = {.tv_sec = (time_t)(INT64_MAX / NS_PER_SEC)}};

	timerfd_settime(events->clock.fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
			NULL);
}

static void clock_ready(struct watch *watch, uint32_t ready)
{
	struct events *events = container_of(watch, struct events, clock);
	uint64_t n_times;

	(void)ready;
	if (read(watch->fd, &n_times, sizeof(n_times)) < 0 && errno != ECANCELED)
		return;
	arm_clock(events);
	if (events->hooks.clock_jumped)
		events->hooks.clock_jumped(events->hooks.arg);
}

int events_watch_clock(struct events *events)
{
	if (events->clock.active)
		return 0;
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	events->clock.ready = clock_ready;
	int error = watch_start(events, &events->clock, fd, EPOLLIN);
	if (error) {
		close(fd);
		return error;
	}
	arm_clock(events);
	return 0;
}

static int open_signals(struct events *events)
{
	uint64_t mask = entry_blocked();

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &events->mask_before, MASK_BYTES);
	int fd = (int)syscall(SYS_signalfd4, -1, &mask, MASK_BYTES, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	events->signals.ready = signals_ready;
	int error = watch_start(events, &events->signals, fd, EPOLLIN);
	if (error)
		close(fd);
	return error;
}

/* ---- the loop ---- */

int events_open(struct events **ret_events, const struct events_hooks *hooks)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return -ENOMEM;
	events->hooks = *hooks;
	events->later_end = &events->later;
	events->now = clock_monotonic_ns();
	events->may_reap = true; /* children of the program that became us */
	events->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	events->epoll = epoll_create1(EPOLL_CLOEXEC);
	int error = events->epoll < 0 ? -errno : open_signals(events);
	if (error) {
		events_close(events);
		return error;
	}
	*ret_events = events;
	return 0;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	if (events->signals.active) {
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, &events->mask_before, NULL, MASK_BYTES);
		close(events->signals.fd);
	}
	if (events->clock.active)
		close(events->clock.fd);
	if (events->spare >= 0)
		close(events->spare);
	if (events->epoll >= 0)
		close(events->epoll);
	free(events);
}

void events_later(struct events *events, struct later *later)
{
	if (later->active)
		return;
	later->active = true;
	later->next = NULL;
	*events->later_end = later;
	events->later_end = &later->next;
}

static void run_later(struct events *events)
{
	for (int n = 0; events->later && n < LIMIT_LATER_A_TURN; n++) {
		struct later *later = events->later;
		events->later = later->next;
		if (!events->later)
			events->later_end = &events->later;
		later->active = false;
		later->run(later);
	}
}

/* Nanoseconds to sleep; -1: until something happens. */
static int64_t sleep_ns(const struct events *events)
{
	const struct timer *first = timers_first(&events->timers);

	if (events->may_reap || events->is_stopped || events->later)
		return 0;
	if (!first)
		return -1;
	int64_t ns = first->due_ns - clock_monotonic_ns();
	return ns < 0 ? 0 : ns;
}

static int wait_for_events(struct events *events, struct epoll_event *batch)
{
	int64_t ns = sleep_ns(events);
	struct kernel_time time = {ns / NS_PER_SEC, ns % NS_PER_SEC};

	if (ns > 0 && !events->without_pwait2) {
		int n = (int)syscall(SYS_EPOLL_PWAIT2, events->epoll, batch, EVENTS_A_TURN, &time,
				     NULL, (size_t)MASK_BYTES);
		if (n >= 0 || errno == EINTR)
			return n;
		events->without_pwait2 = true; /* an older kernel, or a filter that says EPERM */
	}
	int64_t ms = ns <= 0 ? ns : ns / 1000000 + 1; /* up: early would be a turn for nothing */
	return epoll_wait(events->epoll, batch, EVENTS_A_TURN,
			  ms > INT32_MAX ? INT32_MAX : (int)ms);
}

/* Signals first, whatever the order they came in. */
static void tell_batch(struct events *events)
{
	for (int i = 0; i < events->n_batch; i++)
		if (events->batch[i].data.ptr == &events->signals) {
			events->batch[i].data.ptr = NULL;
			signals_ready(&events->signals, EPOLLIN);
		}
	if (events->may_reap)
		reap(events);
	for (int i = 0; i < events->n_batch; i++) {
		struct watch *watch = events->batch[i].data.ptr;
		if (watch)
			watch->ready(watch, events->batch[i].events);
	}
}

int events_run(struct events *events)
{
	struct epoll_event batch[EVENTS_A_TURN];

	events->is_stopped = false;
	run_later(events); /* what was put off before there was a turn */
	while (!events->is_stopped) {
		int n = wait_for_events(events, batch);
		if (n < 0 && errno != EINTR)
			return -errno;
		events->now = clock_monotonic_ns();
		events->batch = batch;
		events->n_batch = n > 0 ? n : 0;
		tell_batch(events);
		events->n_batch = 0;
		events->batch = NULL;
		fire_timers(events);
		run_later(events);
	}
	return events->status;
}

void events_stop(struct events *events, int status)
{
	events->is_stopped = true;
	events->status = status;
}
