/* wait.c - a probe asked again and again, on a loop of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/wait.h"

#include <errno.h>
#include <limits.h>

#include "base/clock.h"
#include "init/probe.h"
#include "runner/limits.h"

#include "base/banned.h"

enum { WAIT_GOOD, WAIT_LATE, WAIT_SIGNAL }; /* what the loop ends with */

struct waiting {
	struct events *events;
	const struct wait_spec *spec;
	const char *const *env;
	struct entry entry; /* of commands: nothing blocked, nothing ignored */
	struct probe probe;
	struct timer again, limit;
	int signal;
};

static void ask(struct waiting *waiting)
{
	int64_t timeout = waiting->spec->timeout;

	probe_start(waiting->events, &waiting->probe, &waiting->spec->probe,
		    timeout > 0 && timeout < WAIT_ANSWER_NS ? timeout : WAIT_ANSWER_NS,
		    waiting->env, &waiting->entry);
}

static void ask_again(struct timer *timer)
{
	ask(container_of(timer, struct waiting, again));
}

static void answered(struct probe *probe, bool good)
{
	struct waiting *waiting = container_of(probe, struct waiting, probe);
	int64_t interval = waiting->spec->interval;

	if (good)
		events_stop(waiting->events, WAIT_GOOD);
	else
		timer_after(waiting->events, &waiting->again,
			    interval > 0 ? interval : WAIT_INTERVAL_NS);
}

static void too_late(struct timer *timer)
{
	events_stop(container_of(timer, struct waiting, limit)->events, WAIT_LATE);
}

static void heard(void *arg, const struct signalfd_siginfo *info)
{
	struct waiting *waiting = arg;
	int signal = (int)info->ssi_signo;

	if (signal != SIGTERM && signal != SIGINT && signal != SIGHUP && signal != SIGQUIT)
		return;
	waiting->signal = signal;
	events_stop(waiting->events, WAIT_SIGNAL);
}

static int report(const struct waiting *waiting, int outcome, struct err *err)
{
	const struct wait_spec *spec = waiting->spec;
	char limit[CLOCK_TEXT_MAX];

	if (outcome == WAIT_GOOD)
		return 0;
	if (outcome == WAIT_SIGNAL) {
		errno = EINTR;
		return err_sys(err, "waiting for '%s'", spec->probe.text);
	}
	snprintf(limit, sizeof(limit), "%g s", (double)spec->timeout / (double)NS_PER_SEC);
	return err_set(err, ERR_LIMIT, "waiting for '%s': not there after %s%s%s", spec->probe.text,
		       limit, waiting->probe.reason[0] ? ": " : "", waiting->probe.reason);
}

int wait_for(const struct wait_spec *wait, const char *const *env, int *ret_signal, struct err *err)
{
	struct waiting waiting = {
		.spec = wait,
		.env = env,
		.entry = {.oom_score = INT_MIN},
		.probe = {.done = answered},
		.again = {.fire = ask_again},
		.limit = {.fire = too_late},
	};
	struct events_hooks hooks = {.signal = heard, .arg = &waiting};
	int error = events_open(&waiting.events, &hooks);

	if (error) {
		errno = -error;
		return err_sys(err, "waiting");
	}
	if (wait->timeout > 0)
		timer_after(waiting.events, &waiting.limit, wait->timeout);
	ask(&waiting);
	int outcome = events_run(waiting.events);
	probe_cancel(&waiting.probe);
	events_close(waiting.events);
	if (ret_signal)
		*ret_signal = waiting.signal;
	return report(&waiting, outcome, err);
}
