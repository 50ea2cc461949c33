/* events.h - one epoll loop: descriptors, timers, children and signals to callbacks.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything that waits is embedded in its owner's struct; the loop allocates nothing. Functions
 * here and in the rest of the module return 0 or -errno: a struct err would allocate its text. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#define container_of(ptr, type, member)                                                           \
	((type *)((char *)(ptr)-offsetof(type, member))) /* NOLINT(bugprone-casting-through-void) \
							  */

struct events;

struct watch { /* a zeroed watch is not watched */
	int fd;
	bool active;
	void (*ready)(struct watch *watch, uint32_t events);
};
int watch_start(struct events *events, struct watch *watch, int fd, uint32_t mask);
int watch_change(struct events *events, struct watch *watch, uint32_t mask);
/* Does not close. Allowed inside callbacks; not active is fine. Events of this turn that were
 * already read for it are dropped. */
void watch_stop(struct events *events, struct watch *watch);

struct timer {          /* a zeroed timer is not set; pairing heap */
	int64_t due_ns; /* CLOCK_MONOTONIC */
	void (*fire)(struct timer *timer);
	struct timer *child, *next, *prev;
	bool active;
};
void timer_set(struct events *events, struct timer *timer, int64_t due_ns); /* moves a set one */
void timer_after(struct events *events, struct timer *timer, int64_t ns);
void timer_cancel(struct events *events, struct timer *timer);

struct child { /* one process that we started */
	pid_t pid;
	struct child *next; /* in its slot of the table of pids */
	/* It has ended and is not reaped yet, so its pid and its group are still its own. */
	void (*ended)(struct child *child, int wait_status, const struct rusage *usage);
};
void child_register(struct events *events, struct child *child, pid_t pid);
void child_forget(struct events *events, struct child *child); /* its end is nobody's */
struct child *child_find(struct events *events, pid_t pid);

/* The loop. One per process. */
struct events_hooks {
	void (*signal)(void *arg, const struct signalfd_siginfo *info);
	void (*orphan)(void *arg, pid_t pid, int wait_status); /* may be NULL */
	void (*reaped)(void *arg);       /* some have ended and are no more; may be NULL */
	void (*clock_jumped)(void *arg); /* may be NULL */
	void *arg;
};
int events_open(struct events **ret_events, const struct events_hooks *hooks);
void events_close(struct events *events);
int events_run(struct events *events); /* until events_stop: its status */
void events_stop(struct events *events, int status);
int64_t events_now(const struct events *events); /* monotonic, taken once a turn */
/* From now on jumps of the wall clock are told; asking twice is fine. Nobody asks, nobody wakes. */
int events_watch_clock(struct events *events);
/* accept4(2), non-blocking and close-on-exec. Out of descriptors: the caller is taken with the
 * spare one and hung up, so that a waiting connection does not wake us for ever; -EMFILE. */
int events_accept(struct events *events, int listener);
bool events_has_children(const struct events *events); /* asks the kernel: adopted ones too */
/* Called once at the end of the turn, when all that was ready was served; a long chain of them goes
 * on in the next turn, behind its signals. */
struct later {
	struct later *next;
	void (*run)(struct later *later);
	bool active;
};
void events_later(struct events *events, struct later *later);
