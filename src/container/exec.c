/* exec.c - one more process in a running container; we are its parent as long as it is attached.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/loop.h"
#include "base/random.h"
#include "container/limits.h"
#include "container/log_line.h"
#include "container/relay.h"
#include "container/terminal.h"

#include "base/banned.h"

#define EXIT_ENGINE  125
#define EXIT_DENIED  126
#define EXIT_MISSING 127
#define NS_PER_MS    1000000

struct exec {
	struct container *container;
	const struct exec_options *options;
	struct loop *loop;
	char *process_file, *pid_file;
	char console_name[20];
	struct console console;
	int terminal;
	int fds[3];   /* the caller's */
	int given[3]; /* the process's, closed here once it runs */
	int kept[3];  /* our ends of the pipes */
	struct relay *relays[3];
	int n_open; /* of standard output and error */
	pid_t pid;
	int pidfd, exit_code;
	bool has_ended, was_killed;
	struct detach_keys detach_keys;
	bool is_detached;
};

static void close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- what it is ---- */

static int process_write(struct exec *exec, char *const *command, struct err *err)
{
	const struct exec_options *options = exec->options;
	const struct record *record = &exec->container->record;
	cleanup(launch_spec_done) struct spec spec = {0};
	autostrlist struct strlist env = {0};
	autofree char *json = NULL;

	if (container_env(&options->env_files, &options->env, &env, err) ||
	    launch_spec_fill(exec->container, options->user ? options->user : record->user, &spec,
			     err))
		return -1;
	launch_env(exec->container, &spec.user, options->tty, &spec.env);
	for (size_t i = 0; i < env.n; i++)
		strlist_env_set(&spec.env, env.items[i]);
	spec.tty = options->tty;
	if (options->tty)
		terminal_size(exec->fds[1], &spec.tty_rows, &spec.tty_columns);
	spec.privileged = record->privileged || options->privileged;
	spec.notify_socket = NULL;
	if (options->workdir)
		spec.cwd = options->workdir;
	spec.args = (struct strlist){0};
	for (; *command; command++)
		strlist_add(&spec.args, *command);
	int failed = spec_build_process(&spec, &json, err);
	strlist_done(&spec.args);
	if (failed)
		return -1;
	return file_write_at(AT_FDCWD, exec->process_file, json, strlen(json), 0600, FILE_NO_SYNC,
			     err);
}

/* ---- its streams ---- */

static int streams_open(struct exec *exec, struct runtime_stdio *ret_stdio, struct err *err)
{
	struct runtime_stdio stdio = {.fds = {-1, -1, -1}};
	int ends[2];

	if (exec->options->tty) {
		if (console_listen(exec->container->run_dir, exec->console_name, &exec->console,
				   err))
			return -1;
		stdio.console_path = exec->console.path;
		*ret_stdio = stdio;
		return 0;
	}
	for (int i = exec->options->interactive ? 0 : 1; i < 3 && !exec->options->detach; i++) {
		if (pipe2(ends, O_CLOEXEC))
			return err_sys(err, "making a pipe");
		exec->given[i] = ends[i > 0];
		exec->kept[i] = ends[i == 0];
		if (fd_set_nonblock(exec->kept[i], true, err))
			return -1;
	}
	memcpy(stdio.fds, exec->given, sizeof(stdio.fds));
	*ret_stdio = stdio;
	return 0;
}

static void on_output_end(void *arg)
{
	struct exec *exec = arg;

	exec->n_open--;
	if (exec->has_ended && !exec->n_open)
		loop_stop(exec->loop);
}

static size_t on_typed(char *data, size_t len, void *arg)
{
	struct exec *exec = arg;
	bool detach;

	len = detach_keys_filter(&exec->detach_keys, data, len, &detach);
	if (detach) {
		exec->is_detached = true;
		loop_stop(exec->loop);
	}
	return len;
}

static int relay_begin(struct exec *exec, int i, struct err *err)
{
	bool tty = exec->terminal >= 0;
	struct relay_options options = {.loop = exec->loop, .from = -1, .to = -1, .arg = exec};
	int *container_end = i == 0 ? &options.to : &options.from;

	if (i == 0)
		options.tap = tty ? on_typed : NULL;
	else
		options.ended = on_output_end;
	*container_end = tty ? fcntl(exec->terminal, F_DUPFD_CLOEXEC, 3) : steal_fd(&exec->kept[i]);
	if (*container_end < 0)
		return err_sys(err, "keeping the terminal");
	if (relay_own_fd(exec->fds[i], i > 0, i == 0 ? &options.from : &options.to, err)) {
		close(*container_end);
		return -1;
	}
	exec->n_open += i > 0;
	return relay_new(&options, &exec->relays[i], err);
}

static int streams_begin(struct exec *exec, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(exec->given); i++)
		close_at(&exec->given[i]);
	if (exec->options->tty) {
		uint16_t rows = 0, columns = 0;
		if (console_accept(&exec->console, &exec->terminal, err))
			return -1;
		if (terminal_size(exec->fds[1], &rows, &columns))
			terminal_resize(exec->terminal, rows, columns);
	}
	if (exec->options->interactive && relay_begin(exec, 0, err))
		return -1;
	if (relay_begin(exec, 1, err))
		return -1;
	return exec->options->tty ? 0 : relay_begin(exec, 2, err);
}

/* ---- its life ---- */

static int on_drained(struct loop_source *source, void *arg, struct err *err)
{
	struct exec *exec = arg;
	struct loop_source *again;

	loop_remove(source);
	if (relay_is_blocked(exec->relays[1]) || relay_is_blocked(exec->relays[2]))
		return loop_add_timer(exec->loop, LIMIT_DRAIN_MS, on_drained, exec, &again, err);
	loop_stop(exec->loop);
	return 0;
}

static int on_pid(struct loop_source *source, int fd, uint32_t events, void *arg, struct err *err)
{
	struct exec *exec = arg;
	struct loop_source *timer;
	int status = 0;

	loop_remove(source);
	if (waitpid(exec->pid, &status, 0) != exec->pid)
		status = W_EXITCODE(255, 0);
	exec->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	exec->has_ended = true;
	if (!exec->n_open) {
		loop_stop(exec->loop);
		return 0;
	}
	return loop_add_timer(exec->loop, LIMIT_DRAIN_MS, on_drained, exec, &timer, err);
}

static int on_timeout(struct loop_source *source, void *arg, struct err *err)
{
	struct exec *exec = arg;

	loop_remove(source);
	exec->was_killed = true;
	syscall(SYS_pidfd_send_signal, exec->pidfd, SIGKILL, NULL, 0);
	return 0;
}

static int on_signal(int signal, void *arg, struct err *err)
{
	struct exec *exec = arg;
	uint16_t rows, columns;

	if (terminal_size(exec->fds[1], &rows, &columns))
		terminal_resize(exec->terminal, rows, columns);
	return 0;
}

static int watch_all(struct exec *exec, struct err *err)
{
	struct loop_source *source;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGWINCH);
	if (exec->options->tty && loop_add_signals(exec->loop, &signals, on_signal, exec, err))
		return -1;
	exec->pidfd = (int)syscall(SYS_pidfd_open, exec->pid, 0);
	if (exec->pidfd < 0)
		return err_sys(err, "watching the process");
	if (exec->options->timeout_ns > 0 &&
	    loop_add_timer(exec->loop, exec->options->timeout_ns / NS_PER_MS, on_timeout, exec,
			   &source, err))
		return -1;
	return loop_add_fd(exec->loop, exec->pidfd, EPOLLIN, on_pid, exec, &source, err);
}

static int follow(struct exec *exec, struct err *err)
{
	struct terminal_mode mode = {.fd = -1};

	if (streams_begin(exec, err) || watch_all(exec, err)) {
		kill(exec->pid, SIGKILL);
		waitpid(exec->pid, NULL, 0);
		return -1;
	}
	if (exec->options->tty && exec->options->interactive)
		terminal_make_raw(exec->fds[0], &mode);
	int failed = loop_run(exec->loop, err);
	terminal_restore(&mode);
	return failed;
}

static int run(struct exec *exec, const struct runtime *runtime, char *const *command,
	       struct err *err)
{
	struct runtime_exec order = {.process_json = exec->process_file,
				     .pid_file = exec->pid_file};

	if (process_write(exec, command, err) || streams_open(exec, &order.stdio, err))
		return -1;
	if (runtime->driver->exec(runtime, exec->container->record.id, &order, &exec->pid, err)) {
		if (err->kind == ERR_MISSING && err->sys_errno == ENOENT)
			exec->exit_code = EXIT_MISSING;
		else if (err->kind == ERR_DENIED && err->sys_errno == EACCES)
			exec->exit_code = EXIT_DENIED;
		return -1;
	}
	exec->exit_code = 0;
	if (exec->options->detach)
		return 0;
	if (follow(exec, err))
		return -1;
	if (exec->was_killed)
		return err_set(err, ERR_LIMIT,
			       "the command in container '%s' took longer than it may",
			       exec->container->record.name);
	return 0;
}

static int exec_init(struct exec *exec, struct err *err)
{
	char id[13];

	random_hex(id, sizeof(id) - 1);
	snprintf(exec->console_name, sizeof(exec->console_name), "%s.tty", id);
	exec->process_file = xasprintf("%s/%s.json", exec->container->run_dir, id);
	exec->pid_file = xasprintf("%s/%s.pid", exec->container->run_dir, id);
	memcpy(exec->fds, exec->options->fds, sizeof(exec->fds));
	if (!exec->fds[0] && !exec->fds[1] && !exec->fds[2])
		memcpy(exec->fds, (int[]){0, 1, 2}, sizeof(exec->fds));
	if (exec->options->workdir && exec->options->workdir[0] != '/')
		return err_set(err, ERR_INPUT, "--workdir: '%s' is not an absolute path",
			       exec->options->workdir);
	return detach_keys_parse(exec->options->detach_keys, &exec->detach_keys, err) ||
			       loop_new(&exec->loop, err)
		       ? -1
		       : 0;
}

static void exec_done(struct exec *exec)
{
	for (size_t i = 0; i < ARRAY_LEN(exec->relays); i++) {
		relay_free(exec->relays[i]);
		close_at(&exec->given[i]);
		close_at(&exec->kept[i]);
	}
	console_done(&exec->console);
	close_at(&exec->terminal);
	close_at(&exec->pidfd);
	loop_free(exec->loop);
	if (exec->process_file)
		unlink(exec->process_file);
	if (exec->pid_file)
		unlink(exec->pid_file);
	free(exec->process_file);
	free(exec->pid_file);
}

static int check_running(struct container *container, struct err *err)
{
	enum container_state state = container_state(container, NULL);

	if (state == CONTAINER_RUNNING)
		return 0;
	if (state == CONTAINER_PAUSED)
		return err_set(err, ERR_EXISTS, "container '%s' is paused: unpause it first",
			       container->record.name);
	return err_set(err, ERR_EXISTS, "container '%s' is not running", container->record.name);
}

int container_exec(struct container *container, const struct exec_options *options,
		   char *const *command, int *ret_exit_code, struct err *err)
{
	struct exec exec = {.container = container,
			    .options = options,
			    .terminal = -1,
			    .given = {-1, -1, -1},
			    .kept = {-1, -1, -1},
			    .pidfd = -1,
			    .exit_code = EXIT_ENGINE};
	struct runtime runtime = {0};
	int was_subreaper = 0;

	*ret_exit_code = EXIT_ENGINE;
	if (!command || !command[0])
		return err_set(err, ERR_INPUT, "no command was given");
	if (check_running(container, err) || launch_runtime(container, &runtime, err))
		return -1;
	/* The runtime ends at once; its child becomes ours and tells us how it ended. */
	prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, !options->detach || was_subreaper, 0, 0, 0);
	int failed = exec_init(&exec, err) || run(&exec, &runtime, command, err);
	prctl(PR_SET_CHILD_SUBREAPER, was_subreaper, 0, 0, 0);
	*ret_exit_code = exec.exit_code;
	exec_done(&exec);
	runtime_done(&runtime);
	return failed ? -1 : 0;
}
