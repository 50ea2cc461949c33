/* aside.c - fork, a pipe, a time limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/limits.h"

#include "base/banned.h"

#define ASIDE_READ ((size_t)16 << 10)

static void aside_finish(struct aside *aside)
{
	if (!aside->active || !aside->has_ended || aside->watch.active)
		return;
	int wait_status = aside->wait_status;
	bool is_whole = WIFEXITED(wait_status) && !aside->text.failed;
	timer_cancel(aside->events, &aside->timer);
	aside->active = false;
	aside->done(aside, is_whole ? WEXITSTATUS(wait_status) : -1);
}

static void aside_ended(struct child *child, int wait_status, const struct rusage *usage)
{
	struct aside *aside = container_of(child, struct aside, child);
	(void)usage;
	child->pid = 0;
	aside->has_ended = true;
	aside->wait_status = wait_status;
	aside_finish(aside);
}

static void aside_close(struct aside *aside)
{
	int fd = aside->watch.fd;
	watch_stop(aside->events, &aside->watch);
	close(fd);
}

static void aside_ready(struct watch *watch, uint32_t events)
{
	struct aside *aside = container_of(watch, struct aside, watch);
	(void)events;
	char *room = out_reserve(&aside->text, ASIDE_READ);
	ssize_t n = room ? read(watch->fd, room, ASIDE_READ) : -1;
	if (n > 0) {
		aside->text.len += (size_t)n;
		return;
	}
	if (n < 0 && room && (errno == EAGAIN || errno == EINTR))
		return;
	aside_close(aside); /* the end, or too much: the child gets EPIPE */
	aside_finish(aside);
}

static void aside_late(struct timer *timer)
{
	struct aside *aside = container_of(timer, struct aside, timer);
	if (aside->child.pid > 0)
		kill(aside->child.pid, SIGKILL);
}

int aside_start(struct aside *aside, struct events *events, int (*work)(void *arg, int fd),
		void *arg, int64_t timeout_ns)
{
	int fds[2];
	aside->events = events;
	aside->has_ended = false;
	aside->text = (struct out){.max = LIMIT_CONTROL_REPLY};
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	/* Our end alone: whoever writes may wait. */
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	pid_t pid = fork();
	if (pid == 0) {
		/* A file may be a pipe that nobody writes: a TERM to everybody ends it. */
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		_exit(work(arg, fds[1]));
	}
	int error = pid < 0 ? errno : 0;
	close(fds[1]);
	aside->watch = (struct watch){.fd = fds[0], .ready = aside_ready};
	if (!error)
		error = -watch_start(events, &aside->watch, fds[0], EPOLLIN);
	if (error) {
		if (pid > 0)
			kill(pid, SIGKILL); /* reaped as an orphan */
		close(fds[0]);
		return -error;
	}
	aside->child.ended = aside_ended;
	child_register(events, &aside->child, pid);
	aside->timer.fire = aside_late;
	timer_after(events, &aside->timer, timeout_ns);
	aside->active = true;
	return 0;
}

void aside_done(struct aside *aside)
{
	if (aside->active) {
		timer_cancel(aside->events, &aside->timer);
		if (aside->watch.active)
			aside_close(aside);
		if (aside->child.pid > 0) {
			kill(aside->child.pid, SIGKILL);
			child_forget(aside->events, &aside->child);
			aside->child.pid = 0;
		}
		aside->active = false;
	}
	out_done(&aside->text);
}
