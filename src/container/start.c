/* start.c - starting: the monitor is born, and the caller waits for it as long as it wants to.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/loop.h"
#include "container/channel.h"
#include "container/terminal.h"

#include "base/banned.h"

#define EXIT_ENGINE  125
#define EXIT_UNKNOWN 255

struct attachment { /* the client's side of a foreground run */
	struct loop *loop;
	const struct start_options *start;
	int channel, pidfd, terminal; /* terminal: the caller's, with a tty; else -1 */
	int exit_code;
	bool is_over; /* the monitor told how it ended */
};

static int terminal_fd(const struct container *container, const struct start_options *start)
{
	for (int i = 0; i < 2; i++)
		if (container->record.tty && isatty(start->fds[i]))
			return start->fds[i];
	return -1;
}

static void send_size(const struct attachment *attachment)
{
	struct channel_message message = {.type = CHANNEL_RESIZE};

	if (attachment->terminal >= 0 &&
	    terminal_size(attachment->terminal, &message.rows, &message.columns))
		channel_send(attachment->channel, &message);
}

static int on_message(struct loop_source *source, int fd, uint32_t events, void *arg,
		      struct err *err)
{
	struct attachment *attachment = arg;
	struct channel_message message;

	if (!channel_receive(fd, &message)) {
		loop_stop(attachment->loop); /* killed */
		return 0;
	}
	if (message.type == CHANNEL_EXITED)
		attachment->exit_code = message.value;
	attachment->is_over = true;
	loop_stop(attachment->loop);
	return 0;
}

/* What we are told is meant for the container; our window's size is ours. */
static int on_signal(int signal, void *arg, struct err *err)
{
	struct attachment *attachment = arg;

	if (signal == SIGWINCH)
		send_size(attachment);
	else if (attachment->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, attachment->pidfd, signal, NULL, 0);
	return 0;
}

static void forwarded_signals(const struct start_options *start, sigset_t *set)
{
	static const int ours[] = {SIGCHLD, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGURG,
				   SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP, SIGSYS};

	sigemptyset(set);
	sigaddset(set, SIGWINCH);
	if (start->no_signals)
		return;
	sigfillset(set);
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		sigdelset(set, ours[i]);
}

static int attachment_wait(struct attachment *attachment, struct err *err)
{
	sigset_t signals;
	struct loop_source *source;

	forwarded_signals(attachment->start, &signals);
	if (loop_add_signals(attachment->loop, &signals, on_signal, attachment, err) ||
	    loop_add_fd(attachment->loop, attachment->channel, EPOLLIN, on_message, attachment,
			&source, err))
		return -1;
	send_size(attachment); /* it may have changed meanwhile */
	return loop_run(attachment->loop, err);
}

static int attach(struct container *container, const struct start_options *start, int channel,
		  pid_t pid, int *ret_exit_code, struct err *err)
{
	struct terminal_mode mode = {.fd = -1};
	struct attachment attachment = {.start = start, .channel = channel, .exit_code = 0};

	if (loop_new(&attachment.loop, err))
		return -1;
	attachment.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	attachment.terminal = terminal_fd(container, start);
	if (container->record.tty && start->interactive)
		terminal_make_raw(start->fds[0], &mode);
	int failed = attachment_wait(&attachment, err);
	terminal_restore(&mode);
	loop_free(attachment.loop);
	if (attachment.pidfd >= 0)
		close(attachment.pidfd);
	if (failed)
		return -1;
	*ret_exit_code = attachment.exit_code;
	if (attachment.is_over)
		return 0;
	*ret_exit_code = EXIT_UNKNOWN;
	return err_set(err, ERR_SYSTEM, "the monitor of container '%s' was killed",
		       container->record.name);
}

/* Born twice, so that it is nobody's child: a caller that lives long has no zombie to bury. */
static int monitor_spawn(struct container *container, const struct start_options *start,
			 int *ret_channel, struct err *err)
{
	int pair[2];
	int status;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys(err, "making a channel to the monitor");
	autoclose int ours = pair[0];
	autoclose int theirs = pair[1];
	int terminal = terminal_fd(container, start);
	if (terminal >= 0)
		terminal_size(terminal, &container->rows, &container->columns);
	pid_t pid = fork();
	if (pid < 0)
		return err_sys(err, "starting the monitor");
	if (pid == 0) {
		pid = fork();
		if (pid)
			_exit(pid < 0 ? 1 : 0);
		monitor_main(&(struct monitor_options){.container = container,
						       .start = start,
						       .channel = theirs,
						       .owner_fd = container->owner_fd});
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(err, ERR_SYSTEM, "starting the monitor of container '%s' failed",
			       container->record.name);
	*ret_channel = steal_fd(&ours);
	return 0;
}

static int await_start(struct container *container, int channel, pid_t *ret_pid, int *ret_exit_code,
		       struct err *err)
{
	struct channel_message message;

	if (!channel_receive(channel, &message))
		return err_set(err, ERR_SYSTEM, "the monitor of container '%s' was killed",
			       container->record.name);
	if (message.type == CHANNEL_FAILED) {
		*ret_exit_code = message.value;
		return channel_error(&message, err);
	}
	*ret_pid = message.value;
	return 0;
}

/* Returns 1 when there is nothing to do. */
static int check_startable(struct container *container, bool attach, struct err *err)
{
	enum container_state state = container_state(container, NULL);

	if (state == CONTAINER_DEAD)
		return err_set(err, ERR_MISSING, "no such container: %s", container->record.name);
	if (state == CONTAINER_CREATED || state == CONTAINER_EXITED)
		return 0;
	if (attach)
		return err_set(err, ERR_EXISTS, "container '%s' is %s already",
			       container->record.name, container_state_name(state));
	if (state == CONTAINER_PAUSED)
		return err_set(err, ERR_EXISTS, "container '%s' is paused: unpause it",
			       container->record.name);
	return 1;
}

static int mount_rootfs(struct container *container, struct err *err)
{
	struct snapshot *snapshot = NULL;

	if (container->is_mounted) /* create mounted it a moment ago */
		return 0;
	if (snap_open(container->engine->store, container->dir, true, &snapshot, err))
		return -1;
	snap_close(snapshot);
	return 0;
}

static int run(struct container *container, const struct start_options *start, int *ret_exit_code,
	       struct err *err)
{
	autoclose int channel = -1;
	pid_t pid = 0;

	if (monitor_spawn(container, start, &channel, err))
		return -1;
	container->is_mounted = false; /* the monitor unmounts it */
	if (await_start(container, channel, &pid, ret_exit_code, err))
		return -1;
	container_unlock(container);
	*ret_exit_code = 0;
	return start->attach ? attach(container, start, channel, pid, ret_exit_code, err) : 0;
}

static int start_locked(struct container *container, const struct start_options *start,
			int *ret_exit_code, struct err *err)
{
	sigset_t signals, old_signals;

	int idle = check_startable(container, start->attach, err);
	if (idle) {
		*ret_exit_code = idle > 0 ? 0 : EXIT_ENGINE;
		return idle > 0 ? 0 : -1;
	}
	container_mark(container, FILE_STOPPED, false);
	container_mark(container, FILE_PAUSED, false);
	if (mount_rootfs(container, err))
		return -1;
	if (!start->attach)
		return run(container, start, ret_exit_code, err);
	/* From here on a Ctrl-C is the container's: it waits until there is one. */
	forwarded_signals(start, &signals);
	pthread_sigmask(SIG_BLOCK, &signals, &old_signals);
	int failed = run(container, start, ret_exit_code, err);
	pthread_sigmask(SIG_SETMASK, &old_signals, NULL);
	return failed;
}

int container_start(struct container *container, const struct start_options *options,
		    int *ret_exit_code, struct err *err)
{
	struct start_options start = *options;

	if (!start.fds[0] && !start.fds[1] && !start.fds[2])
		memcpy(start.fds, (int[]){0, 1, 2}, sizeof(start.fds));
	*ret_exit_code = EXIT_ENGINE;
	if (container_lock(container, err))
		return -1;
	int failed = start_locked(container, &start, ret_exit_code, err);
	container_unlock(container);
	return failed;
}
