/* freeze.c - a container paused for as long as somebody looks at its files, and not longer.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Who pauses it and goes on afterwards may be killed in between: the container would stay frozen.
 * So a child in a session of its own does both; it thaws when it is told or when nobody is left to
 * tell it.
 *
 *   parent ──(fork)──▶ child: pauses, reports ──▶ parent works ──▶ end of stream ──▶ child:
 * resumes, reports, ends */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

struct freeze {
	pid_t pid;
	int fd; /* a socket to the child */
};

/* The kind and the text; an empty text is success. */
struct report {
	enum err_kind kind;
	char text[1024];
};

static void report_send(int fd, struct err *err)
{
	struct report report = {.kind = err->kind};

	if (err_is_set(err))
		snprintf(report.text, sizeof(report.text), "%s", err_text(err));
	(void)!send(fd, &report, sizeof(report), MSG_NOSIGNAL);
	err_clear(err);
}

static int report_receive(int fd, struct err *err)
{
	struct report report;
	ssize_t n;

	do
		n = recv(fd, &report, sizeof(report), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "hearing of a paused container");
	if (n != sizeof(report))
		return err_set(err, ERR_SYSTEM, "the process that pauses a container died");
	report.text[sizeof(report.text) - 1] = '\0';
	return report.text[0] ? err_set(err, report.kind, "%s", report.text) : 0;
}

/* Whoever waits for the end of our output must not wait for this one. */
static void leave_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

static _Noreturn void freezer_main(struct container *container, int fd)
{
	autoerr struct err err = {0};
	char nothing;

	setsid();
	leave_streams();
	int failed = container_pause(container, true, &err);
	report_send(fd, &err);
	if (failed)
		_exit(1);
	while (recv(fd, &nothing, 1, 0) < 0 && errno == EINTR)
		;
	failed = container_pause(container, false, &err);
	report_send(fd, &err);
	_exit(failed ? 1 : 0);
}

static int freeze_end(struct freeze *freeze, struct err *err)
{
	shutdown(freeze->fd, SHUT_WR);
	int failed = report_receive(freeze->fd, err);
	close(freeze->fd);
	while (waitpid(freeze->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(freeze);
	return failed;
}

int container_freeze(struct container *container, struct freeze **ret_freeze, struct err *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return err_sys(err, "making a socket pair");
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		freezer_main(container, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_sys(err, "starting a process");
	}
	struct freeze *freeze = xcalloc(1, sizeof(*freeze));
	*freeze = (struct freeze){pid, ends[0]};
	if (report_receive(freeze->fd, err)) {
		autoerr struct err ignored = {0};
		(void)!freeze_end(freeze, &ignored);
		return -1;
	}
	*ret_freeze = freeze;
	return 0;
}

int container_thaw(struct freeze *freeze, struct err *err)
{
	return freeze ? freeze_end(freeze, err) : 0;
}
