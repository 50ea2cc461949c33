/* cli.c - runc and crun by their command line: words, descriptors, pid file, log.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The log goes to a memfd that the program opens by /proc/self/fd/3: nothing is left behind, and
 * its standard error can be the container's own. */
#include "runtime/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/proc.h"
#include "doc/json.h"
#include "runtime/limits.h"

#include "base/banned.h"

#define LOG_FD_PATH "/proc/self/fd/3" /* the first of keep_fds */

static void words_begin(const struct cli *cli, struct strlist *words)
{
	const char *const begin[] = {
		cli->runtime->program, "--root", cli->runtime->state_dir, "--log", LOG_FD_PATH,
		"--log-format",        "json"};
	for (size_t i = 0; i < ARRAY_LEN(begin); i++)
		strlist_add(words, begin[i]);
}

/* Our own NOTIFY_SOCKET is not the container's: a runtime that sees it would wait for the
 * container. */
static void env_make(struct strlist *env)
{
	for (char **pair = environ; *pair; pair++)
		strlist_add(env, *pair);
	strlist_env_unset(env, "NOTIFY_SOCKET");
	strlist_env_unset(env, "LISTEN_FDS");
}

static int log_open(int *ret_fd, struct err *err)
{
	int fd = memfd_create("runtime-log", MFD_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "making room for the runtime's log");
	*ret_fd = fd;
	return 0;
}

static int log_to_error(int log_fd, struct str talk, const char *doing, struct err *err)
{
	autobuf struct buf log = {.max = LIMIT_RUNTIME_LOG};
	autoerr struct err ignored = {0};
	if (lseek(log_fd, 0, SEEK_SET) == 0 && io_read_all(log_fd, &log, &ignored))
		log_debug("reading the runtime's log: %s", err_text(&ignored));
	return cli_error(buf_str(&log), talk, doing, err);
}

/* One that answers at once. `ret_out` may be NULL. */
static int cli_call(const struct cli *cli, const struct strlist *words, const char *doing,
		    struct buf *ret_out, struct err *err)
{
	autoclose int log_fd = -1;
	autobuf struct buf out = {.max = LIMIT_RUNTIME_LOG}, errors = {.max = LIMIT_RUNTIME_LOG};
	autostrlist struct strlist env = {0};
	int status = 0;
	if (log_open(&log_fd, err))
		return -1;
	env_make(&env);
	const struct proc_options options = {
		.argv = strlist_argv(words),
		.env = strlist_argv(&env),
		.keep_fds = &log_fd,
		.n_keep_fds = 1,
		.before_exec = cli->before_exec,
	};
	if (proc_run(&options, STR(""), ret_out ? ret_out : &out, &errors, RUNTIME_CALL_TIMEOUT_MS,
		     &status, err))
		return err_wrap(err, "%s", doing);
	return status ? log_to_error(log_fd, buf_str(&errors), doing, err) : 0;
}

/* One whose descriptors become those of a container's process; it lives on when the runtime is
 * gone. */
static int cli_launch(const struct cli *cli, const struct strlist *words,
		      const struct runtime_stdio *stdio, const char *pid_file, const char *doing,
		      struct err *err)
{
	autoclose int log_fd = -1;
	autostrlist struct strlist env = {0};
	pid_t pid = 0;
	int status = 0;
	if (log_open(&log_fd, err))
		return -1;
	env_make(&env);
	const struct proc_options options = {
		.argv = strlist_argv(words),
		.env = strlist_argv(&env),
		.fd_stdin = stdio->fds[0],
		.fd_stdout = stdio->fds[1],
		.fd_stderr = stdio->fds[2],
		.keep_fds = &log_fd,
		.n_keep_fds = 1,
		.before_exec = cli->before_exec,
		.before_exec_arg = (void *)pid_file,
	};
	if (proc_start(&options, &pid, err) || proc_wait(pid, &status, err))
		return err_wrap(err, "%s", doing);
	return status ? log_to_error(log_fd, STR(""), doing, err) : 0;
}

static int pid_file_read(const char *path, pid_t *ret_pid, struct err *err)
{
	autobuf struct buf text = {0};
	uint64_t pid = 0;
	if (file_read_at(AT_FDCWD, path, 32, &text, err))
		return -1;
	if (!str_to_u64(str_trim(buf_str(&text)), &pid) || !pid || pid > INT32_MAX)
		return err_set(err, ERR_CORRUPT, "the pid file '%s' holds no pid", path);
	*ret_pid = (pid_t)pid;
	return 0;
}

int cli_start(const struct cli *cli, const char *id, const char *bundle,
	      const struct runtime_stdio *stdio, pid_t *ret_pid, struct err *err)
{
	autostrlist struct strlist words = {0};
	autofree char *pid_file = path_join(bundle, "init.pid");
	autofree char *doing = xasprintf("starting container '%.12s'", id);
	words_begin(cli, &words);
	strlist_add(&words, "run");
	strlist_add(&words, "--detach");
	strlist_addf(&words, "--bundle=%s", bundle);
	strlist_addf(&words, "--pid-file=%s", pid_file);
	if (stdio->console_path)
		strlist_addf(&words, "--console-socket=%s", stdio->console_path);
	strlist_add(&words, id);
	if (cli_launch(cli, &words, stdio, pid_file, doing, err)) {
		autoerr struct err ignored = {0}; /* the first error is the one to tell */
		if (cli_remove(cli, id, &ignored))
			log_debug("%s", err_text(&ignored));
		unlink(pid_file);
		return -1;
	}
	int result = pid_file_read(pid_file, ret_pid, err);
	unlink(pid_file);
	return result;
}

int cli_exec(const struct cli *cli, const char *id, const struct runtime_exec *exec, pid_t *ret_pid,
	     struct err *err)
{
	autostrlist struct strlist words = {0};
	autofree char *doing = xasprintf("executing in container '%.12s'", id);
	words_begin(cli, &words);
	strlist_add(&words, "exec");
	strlist_add(&words, "--detach");
	strlist_addf(&words, "--process=%s", exec->process_json);
	strlist_addf(&words, "--pid-file=%s", exec->pid_file);
	if (exec->stdio.console_path) {
		strlist_add(&words, "--tty");
		strlist_addf(&words, "--console-socket=%s", exec->stdio.console_path);
	}
	strlist_add(&words, id);
	if (cli_launch(cli, &words, &exec->stdio, exec->pid_file, doing, err))
		return -1;
	return pid_file_read(exec->pid_file, ret_pid, err);
}

int cli_kill(const struct cli *cli, const char *id, int signal, bool all, struct err *err)
{
	autostrlist struct strlist words = {0};
	words_begin(cli, &words);
	strlist_add(&words, "kill");
	if (all)
		strlist_add(&words, "--all");
	strlist_add(&words, id);
	strlist_addf(&words, "%d", signal);
	return cli_call(cli, &words, "sending a signal", NULL, err);
}

int cli_state(const struct cli *cli, const char *id, pid_t *ret_pid, char **ret_status,
	      struct err *err)
{
	autostrlist struct strlist words = {0};
	autobuf struct buf out = {.max = LIMIT_RUNTIME_LOG};
	autoarena struct arena arena = {0};
	struct node *root = NULL;
	words_begin(cli, &words);
	strlist_add(&words, "state");
	strlist_add(&words, id);
	if (cli_call(cli, &words, "asking for the state", &out, err) ||
	    json_parse(&arena, "state", buf_str(&out), &root, err))
		return -1;
	const char *status = node_get_text(root, "status");
	if (!status)
		return err_set(err, ERR_CORRUPT, "the runtime tells no status of '%s'", id);
	*ret_pid = (pid_t)node_get_int(root, "pid", 0);
	*ret_status = xstrdup(status);
	return 0;
}

/* The v1 freezer takes its time while processes are being made, and crun does not wait for it. */
static int paused_await(const struct cli *cli, const char *id, struct err *err)
{
	const struct timespec interval = {.tv_nsec = PAUSE_INTERVAL_MS * 1000000L};
	for (int left = PAUSE_TIMEOUT_MS / PAUSE_INTERVAL_MS; left > 0; left--) {
		autofree char *status = NULL;
		pid_t pid = 0;
		if (cli_state(cli, id, &pid, &status, err))
			return -1;
		if (text_eq(status, "paused"))
			return 0;
		nanosleep(&interval, NULL);
	}
	return err_set(err, ERR_SYSTEM, "container '%.12s' does not come to rest", id);
}

int cli_pause(const struct cli *cli, const char *id, bool pause, struct err *err)
{
	autostrlist struct strlist words = {0};
	words_begin(cli, &words);
	strlist_add(&words, pause ? "pause" : "resume");
	strlist_add(&words, id);
	if (cli_call(cli, &words, pause ? "pausing" : "resuming", NULL, err))
		return -1;
	return pause ? paused_await(cli, id, err) : 0;
}

int cli_remove(const struct cli *cli, const char *id, struct err *err)
{
	autostrlist struct strlist words = {0};
	autofree char *dir = path_join(cli->runtime->state_dir, id);
	if (access(dir, F_OK) && errno == ENOENT)
		return 0; /* both keep a container in a directory of its name */
	words_begin(cli, &words);
	strlist_add(&words, "delete");
	strlist_add(&words, "--force");
	strlist_add(&words, id);
	if (!cli_call(cli, &words, "removing the container", NULL, err))
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	return 0;
}

int cli_forget(const struct runtime *runtime, const char *id, struct err *err)
{
	autofree char *dir = path_join(runtime->state_dir, id);
	return tree_remove_at(AT_FDCWD, dir, err);
}
