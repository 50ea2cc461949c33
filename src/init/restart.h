/* restart.h - the pure decision: again at once, again later, or no more.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ini/model.h"

struct restart_history {         /* zeroed: nothing happened yet */
	int failures;            /* in a row, since the last stable run */
	int spawn_failures;      /* in a row: max_retry */
	int64_t window_began_ns; /* of restart_limit */
	int in_window;
};
enum restart_answer { RESTART_NOW, RESTART_LATER, RESTART_DONE, RESTART_FAILED };
struct restart_input {
	int wait_status;
	bool spawn_failed; /* it never ran */
	int64_t uptime_ns, now_ns;
	double random; /* [0, 1): jitter */
};
struct restart_output {
	enum restart_answer answer;
	int64_t delay_ns; /* RESTART_LATER */
	const char *why;  /* static text */
};
struct restart_output restart_decide(const struct service_spec *spec,
				     struct restart_history *history,
				     const struct restart_input *input);
bool exit_is_success(const struct service_spec *spec, int wait_status);
int exit_status_of(int wait_status); /* 128 + N for signal N */
