/* restart.c - the pure decision: again at once, again later, or no more.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first failure after a stable run is answered at once, the next ones by a delay that doubles
 * from restart_delay to restart_delay_max, of which a random part is waited ("full jitter": a
 * hundred copies that failed together do not come back together). */
#include "init/restart.h"

#include <sys/wait.h>

#include "base/banned.h"

#define MIN_DELAY_NS                                                                 \
	INT64_C(1000000) /* jitter may draw nothing; a loop of nothing is a busy one \
			  */

/* Of what cannot be started: its tries take no time at all, so a file that asks for no delay would
 * have us do nothing else. */
#define MIN_SPAWN_DELAY_NS INT64_C(100000000)

int exit_status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

bool exit_is_success(const struct service_spec *spec, int wait_status)
{
	if (!WIFEXITED(wait_status))
		return false;
	unsigned status = (unsigned)WEXITSTATUS(wait_status);
	return spec->success[status / 64] >> (status % 64) & 1;
}

/* Doubling without a shift that could overflow. */
static int64_t delay_of(const struct service_spec *spec, int n_retries)
{
	int64_t delay = spec->restart_delay;

	for (int i = 1; i < n_retries && delay < spec->restart_delay_max; i++)
		delay = delay > INT64_MAX / 2 ? INT64_MAX : delay * 2;
	return delay < spec->restart_delay_max ? delay : spec->restart_delay_max;
}

/* Whether one more failure is more than the window allows. */
static bool is_over_limit(const struct service_spec *spec, struct restart_history *history,
			  int64_t now_ns)
{
	if (history->in_window == 0 || now_ns - history->window_began_ns > spec->restart_window) {
		history->window_began_ns = now_ns;
		history->in_window = 0;
	}
	history->in_window++;
	return spec->restart_limit > 0 && history->in_window >= spec->restart_limit;
}

static struct restart_output retry(const struct service_spec *spec, struct restart_history *history,
				   const struct restart_input *input)
{
	int64_t now = input->now_ns;

	history->failures++;
	history->spawn_failures = input->spawn_failed ? history->spawn_failures + 1 : 0;
	if (input->spawn_failed && spec->max_retry >= 0 &&
	    history->spawn_failures >= spec->max_retry)
		return (struct restart_output){RESTART_FAILED, 0, "it cannot be started"};
	if (is_over_limit(spec, history, now) && spec->on_limit != ON_LIMIT_KEEP)
		return (struct restart_output){RESTART_FAILED, 0, "it failed too often"};
	if (history->failures == 1)
		return (struct restart_output){RESTART_NOW, 0, "the first failure"};
	int64_t delay = delay_of(spec, history->failures - 1);
	if (input->spawn_failed && delay < MIN_SPAWN_DELAY_NS)
		return (struct restart_output){RESTART_LATER, MIN_SPAWN_DELAY_NS,
					       "it cannot be started"};
	if (delay <= 0)
		return (struct restart_output){RESTART_NOW, 0, "it has no restart delay"};
	delay = (int64_t)((double)delay * input->random);
	return (struct restart_output){RESTART_LATER, delay > MIN_DELAY_NS ? delay : MIN_DELAY_NS,
				       "it failed again"};
}

struct restart_output restart_decide(const struct service_spec *spec,
				     struct restart_history *history,
				     const struct restart_input *input)
{
	bool is_good = !input->spawn_failed && exit_is_success(spec, input->wait_status);

	if (!input->spawn_failed && input->uptime_ns >= spec->restart_stable)
		*history = (struct restart_history){0};
	if (spec->restart == RESTART_NEVER || (is_good && spec->restart == RESTART_ON_FAILURE))
		return is_good ? (struct restart_output){RESTART_DONE, 0, "it ended"}
			       : (struct restart_output){RESTART_FAILED, 0, "it failed once"};
	/* A program that ends well at once and for ever is a loop as well: it counts. */
	return retry(spec, history, input);
}
