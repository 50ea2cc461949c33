/* cmd_wait.c - hull-init wait: until all of the targets answer, then a program.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/clock.h"
#include "ini/parse.h"
#include "prepare.h"
#include "runner/wait.h"

#include "base/banned.h"

struct wait_opts {
	int64_t timeout, interval;
	bool timeout_given;
};
static const struct opt wait_opts[] = {
	{'t', "timeout", OPT_DURATION, offsetof(struct wait_opts, timeout), "TIME",
	 "Give up after TIME, all targets together (30s; 0: never)",
	 offsetof(struct wait_opts, timeout_given)},
	{'i', "interval", OPT_DURATION, offsetof(struct wait_opts, interval), "TIME",
	 "Ask again after TIME (500ms)"},
	{0},
};

/* One after another: what was there once is not asked again. The status, or -1. */
static int wait_all(struct wait_spec *waits, size_t n, const char *const *env, int64_t timeout,
		    struct err *err)
{
	int64_t deadline = clock_monotonic_ns() + timeout;

	for (size_t i = 0; i < n; i++) {
		int signal = 0;
		if (timeout)
			waits[i].timeout = deadline - clock_monotonic_ns();
		if (timeout && waits[i].timeout <= 0)
			waits[i].timeout = 1;
		if (!wait_for(&waits[i], env, &signal, err))
			continue;
		if (!signal && err->kind != ERR_LIMIT)
			return -1;
		if (!signal)
			tell(err);
		err_clear(err);
		return signal ? 128 + signal : 1;
	}
	return 0;
}

static int wait_run(void *opaque, void *opts, int argc, char **argv, struct err *err)
{
	struct init_context *context = opaque;
	const struct wait_opts *wait = opts;
	autofree struct wait_spec *waits = xcalloc((size_t)argc + 1, sizeof(*waits));
	autoarena struct arena arena = {0};
	size_t n = 0;

	for (; n < (size_t)argc && !text_eq(argv[n], "--"); n++) {
		waits[n].interval = wait->interval;
		if (parse_probe(&arena, argv[n], &waits[n].probe, err))
			return err_wrap(err, "'%s'", argv[n]);
	}
	if (n == 0)
		return err_set(err, ERR_INPUT, "nothing to wait for in front of '--'");
	int status = wait_all(waits, n, context->env,
			      wait->timeout_given ? wait->timeout : 30 * NS_PER_SEC, err);
	if (status || n + 1 >= (size_t)argc)
		return status;
	entry_leave(&context->entry);
	autostrlist struct strlist env = {0};
	for (const char *const *each = context->env; *each; each++)
		strlist_add(&env, *each);
	return exec_words(argv + n + 1, &env);
}

const struct command cmd_wait = {
	.name = "wait",
	.args = "TARGET... [-- COMMAND [ARG...]]",
	.summary = "Wait until servers answer and files are there, then run a program",
	.details = "A TARGET is tcp:HOST:PORT, unix:PATH, http://HOST[:PORT]/PATH, "
		   "http+unix:SOCKET:/PATH,\nfile:PATH or command:WORDS. "
		   "Exit status 1: not all were there in time.",
	.opts = wait_opts,
	.opts_size = sizeof(struct wait_opts),
	.opt_flags = OPT_STOP_AT_ARG,
	.needs = COMMAND_IS_INIT, /* a TERM that comes before the loop would be lost to a PID 1 */
	.min_args = 1,
	.max_args = -1,
	.run = wait_run,
};
