/* test_restart.c - the restart decision, without a process.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/restart.h"

#include "testing/test.h"

#define MS     INT64_C(1000000)
#define SECOND (1000 * MS)

#define EXIT(n)   ((n) << 8)
#define KILLED(n) (n)

static struct service_spec ordinary(void)
{
	return (struct service_spec){
		.restart = RESTART_ALWAYS,
		.restart_delay = 100 * MS,
		.restart_delay_max = 30 * SECOND,
		.restart_stable = 10 * SECOND,
		.restart_window = 60 * SECOND,
		.max_retry = -1,
		.success = {1},
	};
}

static struct restart_output decide(const struct service_spec *spec,
				    struct restart_history *history, int status, int64_t now,
				    int64_t uptime, double random)
{
	struct restart_input input = {
		.wait_status = status, .uptime_ns = uptime, .now_ns = now, .random = random};

	return restart_decide(spec, history, &input);
}

TEST(restart_first_failure_is_answered_at_once_then_delays_double_to_the_largest)
{
	static const int64_t delays_ms[] = {100,  200,   400,   800,   1600,  3200,
					    6400, 12800, 25600, 30000, 30000, 30000};
	struct service_spec spec = ordinary();
	struct restart_history history = {0};

	CHECK_INT(decide(&spec, &history, EXIT(1), 0, 0, 1.0).answer, RESTART_NOW);
	for (size_t i = 0; i < ARRAY_LEN(delays_ms); i++) {
		struct restart_output output = decide(&spec, &history, EXIT(1), 0, 0, 1.0);
		CHECK_INT(output.answer, RESTART_LATER);
		CHECK_INT(output.delay_ns, delays_ms[i] * MS);
	}
	for (int i = 0; i < 200; i++) /* no overflow, however long it goes on */
		CHECK_INT(decide(&spec, &history, EXIT(1), 0, 0, 1.0).delay_ns, 30 * SECOND);
}

TEST(restart_jitter_takes_any_part_of_the_delay_but_none)
{
	struct service_spec spec = ordinary();

	for (int i = 0; i < 10; i++) {
		struct restart_history history = {.failures = 3, .in_window = 1};
		struct restart_output output = decide(&spec, &history, EXIT(1), 0, 0, i / 10.0);
		int64_t want = 400 * MS * i / 10;
		CHECK_INT(output.delay_ns, want > MS ? want : MS);
	}
}

TEST(restart_stable_run_forgets)
{
	struct service_spec spec = ordinary();
	struct restart_history history = {.failures = 7};

	CHECK_INT(decide(&spec, &history, EXIT(1), 100 * SECOND, 9 * SECOND, 1.0).answer,
		  RESTART_LATER);
	CHECK_INT(decide(&spec, &history, EXIT(1), 200 * SECOND, 10 * SECOND, 1.0).answer,
		  RESTART_NOW);
	CHECK_INT(history.failures, 1);
}

TEST(restart_limit_counts_within_its_window)
{
	struct service_spec spec = ordinary();
	struct restart_history history = {0};

	spec.restart_limit = 3;
	CHECK_INT(decide(&spec, &history, EXIT(1), 0, 0, 0).answer, RESTART_NOW);
	CHECK_INT(decide(&spec, &history, EXIT(1), 1 * SECOND, 0, 0).answer, RESTART_LATER);
	/* The window is over: the count begins anew. */
	CHECK_INT(decide(&spec, &history, EXIT(1), 62 * SECOND, 0, 0).answer, RESTART_LATER);
	CHECK_INT(decide(&spec, &history, EXIT(1), 63 * SECOND, 0, 0).answer, RESTART_LATER);
	CHECK_INT(decide(&spec, &history, EXIT(1), 64 * SECOND, 0, 0).answer, RESTART_FAILED);

	history = (struct restart_history){0};
	spec.on_limit = ON_LIMIT_KEEP;
	for (int i = 0; i < 10; i++)
		CHECK(decide(&spec, &history, EXIT(1), i, 0, 0).answer != RESTART_FAILED);
}

static const struct {
	const char *name;
	enum restart_policy policy;
	int status;
	enum restart_answer answer;
} policy_cases[] = {
	{"always, ended well", RESTART_ALWAYS, EXIT(0), RESTART_NOW},
	{"always, failed", RESTART_ALWAYS, EXIT(3), RESTART_NOW},
	{"on failure, ended well", RESTART_ON_FAILURE, EXIT(0), RESTART_DONE},
	{"on failure, the other good status", RESTART_ON_FAILURE, EXIT(75), RESTART_DONE},
	{"on failure, failed", RESTART_ON_FAILURE, EXIT(1), RESTART_NOW},
	{"on failure, killed", RESTART_ON_FAILURE, KILLED(9), RESTART_NOW},
	{"never, ended well", RESTART_NEVER, EXIT(0), RESTART_DONE},
	{"never, failed", RESTART_NEVER, EXIT(1), RESTART_FAILED},
	{"never, killed", RESTART_NEVER, KILLED(15), RESTART_FAILED},
};

TEST(restart_policies_answer_as_named)
{
	struct service_spec spec = ordinary();

	spec.success[75 / 64] |= UINT64_C(1) << (75 % 64);
	for (size_t i = 0; i < ARRAY_LEN(policy_cases); i++) {
		struct restart_history history = {0};
		spec.restart = policy_cases[i].policy;
		if (decide(&spec, &history, policy_cases[i].status, 0, 0, 0).answer !=
		    policy_cases[i].answer)
			test_fail(__FILE__, __LINE__, "%s", policy_cases[i].name);
	}
}

TEST(restart_max_retry_counts_failures_to_spawn_alone)
{
	struct service_spec spec = ordinary();
	struct restart_history history = {0};
	struct restart_input no_start = {.spawn_failed = true, .uptime_ns = 100 * SECOND};

	spec.max_retry = 3;
	for (int i = 0; i < 20; i++)
		CHECK(decide(&spec, &history, EXIT(1), 0, 0, 0).answer != RESTART_FAILED);
	CHECK(restart_decide(&spec, &history, &no_start).answer != RESTART_FAILED);
	CHECK(restart_decide(&spec, &history, &no_start).answer != RESTART_FAILED);
	CHECK(decide(&spec, &history, EXIT(1), 0, 0, 0).answer != RESTART_FAILED);
	CHECK(restart_decide(&spec, &history, &no_start).answer != RESTART_FAILED);
	CHECK(restart_decide(&spec, &history, &no_start).answer != RESTART_FAILED);
	CHECK_INT(restart_decide(&spec, &history, &no_start).answer, RESTART_FAILED);
}

TEST(restart_no_delay_means_at_once)
{
	struct service_spec spec = ordinary();
	struct restart_history history = {0};

	spec.restart_delay = 0;
	for (int i = 0; i < 5; i++)
		CHECK_INT(decide(&spec, &history, EXIT(0), 0, 0, 1.0).answer, RESTART_NOW);
}

TEST(restart_of_what_cannot_be_started_always_waits)
{
	struct service_spec spec = ordinary();
	struct restart_history history = {0};
	struct restart_input input = {.spawn_failed = true};

	spec.restart_delay = spec.restart_delay_max = 0;
	spec.on_limit = ON_LIMIT_KEEP;
	CHECK_INT(restart_decide(&spec, &history, &input).answer, RESTART_NOW);
	for (int i = 0; i < 100; i++) {
		struct restart_output output = restart_decide(&spec, &history, &input);
		CHECK_INT(output.answer, RESTART_LATER);
		CHECK_INT(output.delay_ns, 100 * MS);
	}
}

TEST(exit_status_of_a_signal_is_128_and_its_number)
{
	CHECK_INT(exit_status_of(EXIT(0)), 0);
	CHECK_INT(exit_status_of(EXIT(255)), 255);
	CHECK_INT(exit_status_of(KILLED(15)), 143);
	CHECK_INT(exit_status_of(KILLED(11) | 0x80), 139); /* with a core */
}
