/* test_events.c - the loop: timers against a simple model, children, orphans, descriptors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/events.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "init/timers.h"
#include "testing/test.h"

#define N_TIMERS 200
#define N_STEPS  20000

/* The earliest of those that are set, found the slow way. */
static int64_t earliest(const struct timer *all)
{
	int64_t due = INT64_MAX;

	for (int i = 0; i < N_TIMERS; i++)
		if (all[i].active && all[i].due_ns < due)
			due = all[i].due_ns;
	return due;
}

TEST(timers_first_is_always_the_earliest)
{
	struct timers timers = {0};
	struct timer all[N_TIMERS] = {0};
	unsigned seed = 42;

	for (int step = 0; step < N_STEPS; step++) {
		struct timer *timer = &all[rand_r(&seed) % N_TIMERS];
		struct timer *first = timers_first(&timers);
		switch (rand_r(&seed) % 4) {
		case 0:
			if (first)
				timers_remove(&timers, first);
			break;
		case 1:
			if (timer->active)
				timers_remove(&timers, timer);
			break;
		default:
			if (timer->active)
				timers_remove(&timers, timer);
			timer->due_ns = rand_r(&seed) % 1000;
			timers_add(&timers, timer);
		}
		first = timers_first(&timers);
		CHECK_INT(first ? first->due_ns : INT64_MAX, earliest(all));
	}
}

TEST(timers_come_out_in_order)
{
	struct timers timers = {0};
	struct timer all[N_TIMERS] = {0};
	unsigned seed = 7;
	int64_t last = -1;

	for (int i = 0; i < N_TIMERS; i++) {
		all[i].due_ns = rand_r(&seed) % 50;
		timers_add(&timers, &all[i]);
	}
	for (int i = 0; i < N_TIMERS; i++) {
		struct timer *first = timers_first(&timers);
		CHECK(first->due_ns >= last);
		last = first->due_ns;
		timers_remove(&timers, first);
	}
	CHECK(!timers_first(&timers));
}

struct scene {
	struct events *events;
	struct timer timer;
	struct child child;
	struct watch watch;
	struct later later;
	int n_fired, n_orphans, n_later, n_heard, status;
	int last_signal;
};

static void hear_signal(void *arg, const struct signalfd_siginfo *info)
{
	struct scene *scene = arg;

	scene->last_signal = (int)info->ssi_signo;
	events_stop(scene->events, 7);
}

static void hear_orphan(void *arg, pid_t pid, int status)
{
	struct scene *scene = arg;

	(void)pid;
	(void)status;
	scene->n_orphans++;
}

static void open_scene(struct scene *scene)
{
	struct events_hooks hooks = {.signal = hear_signal, .orphan = hear_orphan, .arg = scene};

	*scene = (struct scene){0};
	CHECK_INT(events_open(&scene->events, &hooks), 0);
}

static void fire_and_stop(struct timer *timer)
{
	struct scene *scene = container_of(timer, struct scene, timer);

	scene->n_fired++;
	events_stop(scene->events, 3);
}

TEST(events_run_sleeps_until_the_timer_and_not_less)
{
	struct scene scene;

	open_scene(&scene);
	int64_t begin = clock_monotonic_ns();
	scene.timer.fire = fire_and_stop;
	timer_set(scene.events, &scene.timer, begin + 20 * 1000000);
	CHECK_INT(events_run(scene.events), 3);
	CHECK(clock_monotonic_ns() - begin >= 20 * 1000000);
	CHECK_INT(scene.n_fired, 1);
	events_close(scene.events);
}

static void fire_again(struct timer *timer)
{
	struct scene *scene = container_of(timer, struct scene, timer);

	if (++scene->n_fired == 3)
		events_stop(scene->events, 0);
	else
		timer_after(scene->events, timer, 0);
}

TEST(events_timer_set_by_its_own_call_waits_for_the_next_turn)
{
	struct scene scene;

	open_scene(&scene);
	scene.timer.fire = fire_again;
	timer_after(scene.events, &scene.timer, 0);
	CHECK_INT(events_run(scene.events), 0);
	CHECK_INT(scene.n_fired, 3);
	events_close(scene.events);
}

TEST(events_signal_is_heard_and_the_mask_comes_back)
{
	struct scene scene;
	sigset_t before, after;

	sigprocmask(SIG_SETMASK, NULL, &before);
	open_scene(&scene);
	kill(getpid(), SIGRTMAX);
	CHECK_INT(events_run(scene.events), 7);
	CHECK_INT(scene.last_signal, SIGRTMAX);
	events_close(scene.events);
	sigprocmask(SIG_SETMASK, NULL, &after);
	CHECK_INT(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

static void see_end(struct child *child, int status, const struct rusage *usage)
{
	struct scene *scene = container_of(child, struct scene, child);

	(void)usage;
	scene->status = status;
	/* Not reaped yet: the pid is still its own. */
	CHECK_INT(kill(child->pid, 0), 0);
	events_stop(scene->events, 0);
}

TEST(events_child_is_told_while_its_pid_is_held)
{
	struct scene scene;

	open_scene(&scene);
	pid_t pid = fork();
	if (!pid)
		_exit(42);
	scene.child.ended = see_end;
	child_register(scene.events, &scene.child, pid);
	CHECK(child_find(scene.events, pid) == &scene.child);
	CHECK_INT(events_run(scene.events), 0);
	CHECK_INT(WEXITSTATUS(scene.status), 42);
	CHECK(!child_find(scene.events, pid));
	CHECK_INT(waitpid(pid, NULL, WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
	CHECK(!events_has_children(scene.events));
	events_close(scene.events);
}

TEST(events_signal_death_has_its_signal)
{
	struct scene scene;

	open_scene(&scene);
	pid_t pid = fork();
	if (!pid) {
		pause();
		_exit(1);
	}
	scene.child.ended = see_end;
	child_register(scene.events, &scene.child, pid);
	kill(pid, SIGKILL);
	CHECK_INT(events_run(scene.events), 0);
	CHECK(WIFSIGNALED(scene.status));
	CHECK_INT(WTERMSIG(scene.status), SIGKILL);
	events_close(scene.events);
}

#define N_STORM 600 /* more than are reaped in one turn */

static void stop_when_alone(struct timer *timer)
{
	struct scene *scene = container_of(timer, struct scene, timer);

	if (events_has_children(scene->events))
		timer_after(scene->events, timer, 1000000);
	else
		events_stop(scene->events, 0);
}

TEST(events_storm_of_orphans_is_reaped_to_the_last)
{
	struct scene scene;

	open_scene(&scene);
	for (int i = 0; i < N_STORM; i++)
		if (!fork())
			_exit(0);
	scene.timer.fire = stop_when_alone;
	timer_after(scene.events, &scene.timer, 0);
	CHECK_INT(events_run(scene.events), 0);
	CHECK_INT(scene.n_orphans, N_STORM);
	events_close(scene.events);
}

static void run_later(struct later *later)
{
	struct scene *scene = container_of(later, struct scene, later);

	scene->n_later++;
	events_stop(scene->events, 0);
}

static void hear_pipe(struct watch *watch, uint32_t ready)
{
	struct scene *scene = container_of(watch, struct scene, watch);

	CHECK(ready & EPOLLIN);
	scene->n_heard++;
	watch_stop(scene->events, watch);
	events_later(scene->events, &scene->later);
	events_later(scene->events, &scene->later);
}

TEST(events_watch_tells_once_and_later_runs_once)
{
	struct scene scene;
	int ends[2];

	open_scene(&scene);
	CHECK_INT(pipe(ends), 0);
	CHECK_INT((int)write(ends[1], "x", 1), 1);
	scene.watch.ready = hear_pipe;
	scene.later.run = run_later;
	CHECK_INT(watch_start(scene.events, &scene.watch, ends[0], EPOLLIN), 0);
	CHECK_INT(watch_start(scene.events, &scene.watch, ends[0], EPOLLIN), -EBUSY);
	CHECK_INT(events_run(scene.events), 0);
	CHECK_INT(scene.n_heard, 1);
	CHECK_INT(scene.n_later, 1);
	close(ends[0]);
	close(ends[1]);
	events_close(scene.events);
}

struct endless {
	struct events *events;
	struct later later;
	struct timer end;
	int n;
};

static void ask_again(struct later *later)
{
	struct endless *endless = container_of(later, struct endless, later);

	endless->n++;
	events_later(endless->events, later);
}

static void end_it(struct timer *timer)
{
	events_stop(container_of(timer, struct endless, end)->events, 7);
}

TEST(events_later_that_asks_for_itself_for_ever_does_not_keep_the_turn)
{
	struct endless endless = {.later = {.run = ask_again}, .end = {.fire = end_it}};

	CHECK_INT(events_open(&endless.events, &(struct events_hooks){0}), 0);
	timer_after(endless.events, &endless.end, 20 * INT64_C(1000000));
	events_later(endless.events, &endless.later);
	CHECK_INT(events_run(endless.events), 7);
	CHECK(endless.n > 0);
	events_close(endless.events);
}
