/* crash.c - a fault of ours: the others are told, get a moment, and the container ends.
 * SPDX-License-Identifier: Apache-2.0
 *
 * When PID 1 vanishes the kernel kills all others at once; a second for them is worth a handler. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/machine.h"

#include "base/banned.h"

#define STACK_BYTES  16384
#define WAIT_TIMES   20
#define WAIT_STEP_NS 50000000
#define CRASH_STATUS 111

/* Async-signal-safe calls only. */
static void crashed(int signal)
{
	static const char text[] = "hull-init: a fault of its own: everything is stopped\n";
	struct timespec step = {.tv_nsec = WAIT_STEP_NS};

	(void)signal;
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)n;
	if (getpid() == 1) {
		kill(-1, SIGTERM);
		kill(-1, SIGCONT);
		for (int i = 0; i < WAIT_TIMES; i++) {
			pid_t pid;
			while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
				;
			if (pid < 0)
				break;
			nanosleep(&step, NULL);
		}
		kill(-1, SIGKILL);
	}
	_exit(CRASH_STATUS);
}

void crash_guard(void)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	static char stack[STACK_BYTES]; /* its own: the fault may be the end of the stack */
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK | SA_RESETHAND};

	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		sigaction(faults[i], &action, NULL);
}
