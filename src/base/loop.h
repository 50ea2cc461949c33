/* loop.h - a small epoll loop: descriptors, signals and timers to callbacks.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/err.h"

struct loop;
struct loop_source;
/* Returns 0, or -1 with err set: loop_run ends with that error. */
typedef int (*loop_fd_fn)(struct loop_source *source, int fd, uint32_t events, void *arg,
			  struct err *err);
typedef int (*loop_signal_fn)(int signal, void *arg, struct err *err);
typedef int (*loop_timer_fn)(struct loop_source *source, void *arg, struct err *err);

int loop_new(struct loop **ret_loop, struct err *err) must_check;
void loop_free(struct loop *loop);
/* The descriptor stays the caller's: remove the source, then close it. ret_source may be NULL. */
int loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_fn fn, void *arg,
		struct loop_source **ret_source, struct err *err) must_check;
int loop_set_events(struct loop_source *source, uint32_t events, struct err *err) must_check;
/* Blocks the signals in this thread and hears them by signalfd. One call a loop; loop_free gives
 * the old mask back. */
int loop_add_signals(struct loop *loop, const sigset_t *set, loop_signal_fn fn, void *arg,
		     struct err *err) must_check;
/* Fires once; the source stays until loop_remove or loop_free. */
int loop_add_timer(struct loop *loop, int64_t after_ms, loop_timer_fn fn, void *arg,
		   struct loop_source **ret_source, struct err *err) must_check;
void loop_remove(struct loop_source *source); /* NULL is fine; allowed inside callbacks */
int loop_run(struct loop *loop, struct err *err) must_check; /* until loop_stop */
void loop_stop(struct loop *loop);
