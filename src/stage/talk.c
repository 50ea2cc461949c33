/* talk.c - what a staged build tells: steps with their ends, lines, the output of children.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "stage/stage_private.h"

#include "base/banned.h"

#define LOG_BLOCK 4096

void stage_tell(struct stage_build *build, enum progress_kind kind, const char *name,
		const char *text)
{
	const struct progress_event event = {
		.kind = kind, .name = name, .text = text, .len = text ? strlen(text) : 0};
	progress_tell(build->progress, &event);
}

void stage_log(struct stage_build *build, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	autofree char *text = xvasprintf(fmt, args);
	va_end(args);
	stage_tell(build, PROGRESS_LOG, NULL, text);
}

int stage_step(struct stage_build *build, const char *step, const char *name,
	       int (*fn)(struct stage_build *build, struct err *err), struct err *err)
{
	struct progress_event event = {.kind = PROGRESS_BEGIN, .step = step, .name = name};
	int64_t began = clock_monotonic_ns();

	progress_tell(build->progress, &event);
	int failed = fn(build, err);
	event.kind = PROGRESS_END;
	event.failed = failed != 0;
	event.duration_ns = clock_monotonic_ns() - began;
	if (text_eq(step, "commit") && !failed) {
		event.files = build->layer.n_entries;
		event.bytes = build->layer.content_bytes;
	}
	progress_tell(build->progress, &event);
	return failed ? -1 : 0;
}

static int pump(struct stage_build *build, int fd, struct err *err)
{
	char block[LOG_BLOCK];
	for (;;) {
		ssize_t n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "reading what a stage says");
		if (n == 0)
			return 0;
		const struct progress_event event = {
			.kind = PROGRESS_LOG, .text = block, .len = (size_t)n};
		progress_tell(build->progress, &event);
	}
}

int stage_run_child(struct stage_build *build, const struct proc_options *options, int *ret_status,
		    struct err *err)
{
	struct proc_options piped = *options;
	autoclose int read_end = -1;
	int fds[2];
	pid_t pid = 0;

	if (pipe2(fds, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	read_end = fds[0];
	piped.fd_stdout = piped.fd_stderr = fds[1];
	int failed = proc_start(&piped, &pid, err);
	close(fds[1]);
	if (failed)
		return -1;
	autoerr struct err pump_err = {0};
	failed = pump(build, read_end, &pump_err);
	if (proc_wait(pid, ret_status, err))
		return -1;
	if (failed)
		err_move(err, &pump_err);
	return failed;
}
