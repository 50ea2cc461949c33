/* proc_run.c - proc.h's proc_run: a child's three streams and its end, by one poll.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/limits.h"

#include "base/banned.h"

enum { TALK_INPUT, TALK_OUT, TALK_ERRORS, TALK_END, N_TALKS };

struct talk {
	struct pollfd polls[N_TALKS]; /* our ends; -1: none or closed */
	int child_ends[3];            /* what the child gets as 0, 1, 2 */
	int owned_ends[3];            /* of these, what we opened */
	struct buf *bufs[N_TALKS];
	const struct proc_options *options;
	struct str input; /* what is left of it */
	pid_t pid;        /* 0: not started or reaped */
	bool has_session; /* the child leads a process group of its own */
	bool has_ended;
	sigset_t old_mask;
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void talk_kill(struct talk *talk)
{
	kill(talk->has_session ? -talk->pid : talk->pid, SIGKILL);
}

/* A SIGPIPE that our writing earned must not hit us when the mask is given back. */
static void forget_sigpipe(void)
{
	struct timespec at_once = {0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	while (sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR)
		;
}

static void talk_done(struct talk *talk)
{
	autoerr struct err ignored = {0};
	int status;

	if (talk->pid > 0) {
		talk_kill(talk);
		if (proc_wait(talk->pid, &status, &ignored))
			err_clear(&ignored);
	}
	for (int i = 0; i < N_TALKS; i++)
		close_end(&talk->polls[i].fd);
	for (size_t i = 0; i < ARRAY_LEN(talk->owned_ends); i++)
		close_end(&talk->owned_ends[i]);
	pthread_sigmask(SIG_SETMASK, &talk->old_mask, NULL);
}

static void talk_init(struct talk *talk)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, &talk->old_mask);
	for (int i = 0; i < N_TALKS; i++)
		talk->polls[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	talk->polls[TALK_INPUT].events = POLLOUT;
	for (size_t i = 0; i < ARRAY_LEN(talk->owned_ends); i++)
		talk->child_ends[i] = talk->owned_ends[i] = -1;
}

/* A pipe for stream i (0, 1, 2); our end does not block. */
static int open_stream(struct talk *talk, int i, struct err *err)
{
	int ends[2];
	int ours = i == TALK_INPUT ? 1 : 0;

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	talk->polls[i].fd = ends[ours];
	talk->child_ends[i] = talk->owned_ends[i] = ends[!ours];
	return fd_set_nonblock(ends[ours], true, err);
}

static int talk_start(struct talk *talk, const struct proc_options *options, struct err *err)
{
	struct proc_options with_streams = *options;

	with_streams.fd_stdin = talk->child_ends[0];
	with_streams.fd_stdout = talk->child_ends[1];
	with_streams.fd_stderr = talk->child_ends[2];
	if (proc_start(&with_streams, &talk->pid, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(talk->owned_ends); i++)
		close_end(&talk->owned_ends[i]);
	talk->has_session = options->new_session;
	if (options->ret_pid)
		*options->ret_pid = talk->pid;
	talk->polls[TALK_END].fd = (int)syscall(SYS_pidfd_open, talk->pid, 0);
	if (talk->polls[TALK_END].fd < 0)
		return err_sys(err, "watching process %d", (int)talk->pid);
	return 0;
}

static int talk_feed(struct talk *talk, struct err *err)
{
	int *fd = &talk->polls[TALK_INPUT].fd;
	ssize_t n = write(*fd, talk->input.ptr, talk->input.len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0 && errno != EPIPE)
		return err_sys(err, "writing to process %d", (int)talk->pid);
	if (n < 0) { /* it does not want to know more; that is its right */
		forget_sigpipe();
		talk->input.len = 0;
	} else {
		talk->input.ptr += n;
		talk->input.len -= (size_t)n;
	}
	if (talk->input.len == 0)
		close_end(fd);
	return 0;
}

/* Keeps what fits; what does not is read all the same, so that the child never hangs on it. */
static void keep_bounded(struct buf *buf, const char *bytes, size_t len)
{
	size_t max = buf->max ? buf->max : BUF_DEFAULT_MAX;
	size_t room = buf->len < max && !buf->overflowed ? max - buf->len : 0;

	buf_append(buf, bytes, len < room ? len : room);
	if (len > room)
		buf->overflowed = true;
}

/* Reads until nothing is there for now, or a turn's share is reached. */
static int talk_hear(struct talk *talk, int i, size_t share, struct err *err)
{
	char bytes[16384];
	ssize_t n;

	for (size_t heard = 0; heard < share; heard += (size_t)n) {
		n = read(talk->polls[i].fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0 && errno == EAGAIN)
			return 0;
		else if (n < 0)
			return err_sys(err, "reading from process %d", (int)talk->pid);
		else if (n == 0) {
			close_end(&talk->polls[i].fd);
			return 0;
		}
		keep_bounded(talk->bufs[i], bytes, (size_t)n);
		if (talk->options->heard && n)
			talk->options->heard(talk->options->heard_arg, i,
					     (struct str){bytes, (size_t)n});
	}
	return 0;
}

static int talk_turn(struct talk *talk, struct err *err)
{
	for (int i = TALK_OUT; i <= TALK_ERRORS; i++)
		if (talk->polls[i].fd >= 0 && talk->polls[i].revents &&
		    talk_hear(talk, i, LIMIT_IO_CHUNK, err))
			return -1;
	if (talk->polls[TALK_INPUT].fd >= 0 && talk->polls[TALK_INPUT].revents &&
	    talk_feed(talk, err))
		return -1;
	if (talk->polls[TALK_END].revents)
		talk->has_ended = true;
	return 0;
}

/* Turns until the child has ended; `deadline` in monotonic ns, < 0: none. */
static int talk_until_end(struct talk *talk, const char *name, int64_t deadline, struct err *err)
{
	while (!talk->has_ended) {
		int64_t left_ms = -1;
		if (deadline >= 0) {
			int64_t left = deadline - clock_monotonic_ns();
			if (left <= 0)
				return err_set(err, ERR_LIMIT, "'%s' took too long and was killed",
					       name);
			left_ms = left / 1000000 + 1;
		}
		int n = poll(talk->polls, N_TALKS, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
		if (n < 0 && errno != EINTR)
			return err_sys(err, "waiting for '%s'", name);
		if (n > 0 && talk_turn(talk, err))
			return -1;
	}
	/* What it said last is still in the pipes. A grandchild that holds them open is not waited
	 * for, nor heard beyond what a pipe can hold (1 MiB, pipe-max-size). */
	for (int i = TALK_OUT; i <= TALK_ERRORS; i++)
		if (talk->polls[i].fd >= 0 && talk_hear(talk, i, LIMIT_PIPE, err))
			return -1;
	return 0;
}

/* What ended it, 0: itself; it stays to be waited for. */
static int signal_of(pid_t pid)
{
	siginfo_t end = {0};

	while (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT))
		if (errno != EINTR)
			return 0;
	return end.si_code == CLD_EXITED ? 0 : end.si_status;
}

int proc_run(const struct proc_options *options, struct str input, struct buf *ret_out,
	     struct buf *ret_errors, int timeout_ms, int *ret_status, struct err *err)
{
	cleanup(talk_done) struct talk talk = {.input = input, .options = options};
	int64_t deadline =
		timeout_ms < 0 ? -1 : clock_monotonic_ns() + timeout_ms * INT64_C(1000000);
	int status;

	talk_init(&talk);
	talk.bufs[TALK_OUT] = ret_out;
	talk.bufs[TALK_ERRORS] = ret_errors;
	if ((input.len && open_stream(&talk, TALK_INPUT, err)) ||
	    (ret_out && open_stream(&talk, TALK_OUT, err)) ||
	    (ret_errors && open_stream(&talk, TALK_ERRORS, err)))
		return -1;
	if (!ret_out)
		talk.child_ends[TALK_OUT] = options->fd_stdout ? options->fd_stdout : STDOUT_FILENO;
	if (!ret_errors)
		talk.child_ends[TALK_ERRORS] =
			options->fd_stderr ? options->fd_stderr : STDERR_FILENO;
	if (talk_start(&talk, options, err) ||
	    talk_until_end(&talk, options->argv[0], deadline, err))
		return -1;
	if (options->ret_signal)
		*options->ret_signal = signal_of(talk.pid);
	if (proc_wait(talk.pid, &status, err))
		return -1;
	talk.pid = 0;
	*ret_status = status;
	return 0;
}
