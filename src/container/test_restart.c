/* test_restart.c - when a container is started again, and after how long.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"
#include "container/limits.h"
#include "testing/test.h"

TEST(policies_decide_as_docker_does)
{
	static const struct {
		const char *name;
		int64_t max;
		int exit_code;
		int64_t restarts;
		bool stopped, want;
	} cases[] = {
		{"no", 0, 1, 0, false, false},
		{"always", 0, 0, 9, false, true},
		{"always", 0, 0, 0, true, false},
		{"unless-stopped", 0, 1, 0, false, true},
		{"unless-stopped", 0, 1, 0, true, false},
		{"on-failure", 0, 0, 0, false, false},
		{"on-failure", 0, 1, 99, false, true},
		{"on-failure", 2, 1, 1, false, true},
		{"on-failure", 2, 1, 2, false, false},
		{"on-failure", 2, 137, 0, true, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct restart_policy policy = {cases[i].name, cases[i].max};
		CHECK_INT(restart_wanted(&policy, cases[i].exit_code, cases[i].restarts,
					 cases[i].stopped),
			  cases[i].want);
	}
}

TEST(the_wait_doubles_up_to_a_minute)
{
	int64_t delay = 0, sum = 0;

	for (int i = 0; i < 10; i++)
		sum += delay = restart_delay_ms(delay, 10);
	CHECK_INT(sum, 100 + 200 + 400 + 800 + 1600 + 3200 + 6400 + 12800 + 25600 + 51200);
	CHECK_INT(restart_delay_ms(delay, 10), RESTART_LAST_MS);
}

TEST(the_wait_begins_anew_after_a_good_run)
{
	CHECK_INT(restart_delay_ms(RESTART_LAST_MS, RESTART_RESET_MS), RESTART_FIRST_MS);
}
