/* proc.c - starting a child, feeding it, hearing what it says, and knowing how it ended.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A child is born by vfork semantics (CLONE_VM | CLONE_VFORK, as posix_spawn does): our page tables
 * are not copied, however large we are. A before_exec hook needs memory of its own, so then it is
 * fork(2). Either way the child tells why it could not become the program, and the parent reports.
 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"

#include "base/banned.h"

#define STATUS_NOT_PREPARED 126
#define STATUS_NOT_FOUND    127
#define DEFAULT_PATH        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What the child was doing when it failed. */
enum birth_step { STEP_NONE, STEP_DESCRIPTORS, STEP_CWD, STEP_HOOK, STEP_EXEC };

struct failure {
	enum birth_step step;
	int cause; /* errno */
};

struct birth {
	const struct proc_options *options;
	const char *program; /* the path found */
	char *const *env;
	pid_t parent;
	int *sources; /* n_fds: what becomes 0, 1, 2, 3, …; lifted out of the way by the child */
	int n_fds;    /* descriptors the program gets */
	int report;   /* fork: the pipe that tells the failure; else -1 */
	sigset_t old_mask;
	struct failure failure; /* vfork: written by the child into our memory */
};

/* Runs in the child, sharing our memory or not: system calls only from here to child_main. */

static int child_open_sources(struct birth *birth)
{
	for (int i = 0; i < birth->n_fds; i++) {
		int from = birth->sources[i];
		int lifted;
		if (from < 0) { /* /dev/null; O_CLOEXEC goes when it is duplicated */
			int null = open("/dev/null", O_RDWR | O_CLOEXEC);
			if (null < 0)
				return -1;
			lifted = fcntl(null, F_DUPFD_CLOEXEC, birth->n_fds);
			close(null);
		} else {
			lifted = fcntl(from, F_DUPFD_CLOEXEC, birth->n_fds);
		}
		if (lifted < 0)
			return -1;
		birth->sources[i] = lifted;
	}
	return 0;
}

static int child_place_descriptors(struct birth *birth)
{
	if (birth->report >= 0) {
		birth->report = fcntl(birth->report, F_DUPFD_CLOEXEC, birth->n_fds);
		if (birth->report < 0)
			return -1;
	}
	if (child_open_sources(birth))
		return -1;
	for (int i = 0; i < birth->n_fds; i++)
		if (dup2(birth->sources[i], i) < 0)
			return -1;
	/* Not closed but marked: the report must live until exec, and the hook may use the others.
	 */
	return (int)syscall(SYS_close_range, (unsigned)birth->n_fds, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* Handlers of ours must not run there, and what we ignore must not be ignored by the program. */
static void child_reset_signals(void)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &standard, NULL);
}

static enum birth_step child_prepare(struct birth *birth)
{
	const struct proc_options *options = birth->options;
	sigset_t none;

	child_reset_signals();
	if (options->new_session)
		setsid();
	if (options->death_signal) {
		prctl(PR_SET_PDEATHSIG, options->death_signal);
		if (getppid() != birth->parent) /* died before we asked */
			kill(getpid(), options->death_signal);
	}
	if (child_place_descriptors(birth))
		return STEP_DESCRIPTORS;
	if (options->cwd && chdir(options->cwd))
		return STEP_CWD;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (options->before_exec && options->before_exec(options->before_exec_arg))
		return STEP_HOOK;
	execve(birth->program, options->argv, birth->env);
	return STEP_EXEC;
}

/* Returns the exit status of a child that did not become the program. */
static int child_main(void *arg)
{
	struct birth *birth = arg;
	struct failure failure = {.step = child_prepare(birth)};

	failure.cause = errno;
	if (birth->report < 0)
		birth->failure = failure;
	else if (write(birth->report, &failure, sizeof(failure)) < 0)
		return STATUS_NOT_FOUND; /* the parent is gone */
	return failure.step == STEP_EXEC ? STATUS_NOT_FOUND : STATUS_NOT_PREPARED;
}

/* The thread sanitizer takes every clone for a fork and then finds two processes in its memory. */
#if defined(__SANITIZE_THREAD__)
#define MAY_SHARE_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MAY_SHARE_MEMORY 0
#endif
#endif
#ifndef MAY_SHARE_MEMORY
#define MAY_SHARE_MEMORY 1
#endif

/* Returns the pid, or -1 with errno. */
static pid_t birth_shared(struct birth *birth)
{
	_Alignas(16) char stack[LIMIT_SPAWN_STACK];

	return clone(child_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, birth);
}

static pid_t birth_forked(struct birth *birth)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	birth->report = ends[1];
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_main(birth));
	int cause = errno;
	struct err ignored = {0};
	close(ends[1]);
	if (pid > 0 && io_read_full(ends[0], &birth->failure, sizeof(birth->failure), &ignored) < 0)
		err_clear(&ignored); /* nothing was told: it runs */
	close(ends[0]);
	errno = cause;
	return pid;
}

static int birth_error(const struct birth *birth, struct err *err)
{
	const struct proc_options *options = birth->options;

	errno = birth->failure.cause;
	switch (birth->failure.step) {
	case STEP_CWD: return file_err(err, "changing to directory", options->cwd);
	case STEP_EXEC: return file_err(err, "executing", birth->program);
	case STEP_HOOK: return err_sys(err, "preparing '%s'", options->argv[0]);
	default: return err_sys(err, "passing descriptors to '%s'", options->argv[0]);
	}
}

static int *birth_sources(const struct proc_options *options, int *ret_n)
{
	int n = 3 + (int)options->n_keep_fds;
	int *sources = xcalloc((size_t)n, sizeof(*sources));

	sources[0] = options->fd_stdin;
	sources[1] = options->fd_stdout;
	sources[2] = options->fd_stderr;
	for (size_t i = 0; i < options->n_keep_fds; i++)
		sources[3 + i] = options->keep_fds[i];
	*ret_n = n;
	return sources;
}

int proc_start(const struct proc_options *options, pid_t *ret_pid, struct err *err)
{
	autofree char *program = NULL;
	struct birth birth = {.options = options, .report = -1, .parent = getpid()};
	sigset_t all;
	int ignored;

	if (proc_find(options->argv[0], &program, err))
		return -1;
	autofree int *sources = birth_sources(options, &birth.n_fds);
	birth.sources = sources;
	birth.program = program;
	birth.env = options->env ? options->env : environ;

	/* No handler of ours may run in a child that shares our memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &birth.old_mask);
	bool shares = MAY_SHARE_MEMORY && !options->before_exec;
	pid_t pid = shares ? birth_shared(&birth) : birth_forked(&birth);
	int cause = errno;
	pthread_sigmask(SIG_SETMASK, &birth.old_mask, NULL);
	errno = cause;
	if (pid < 0)
		return err_sys(err, "starting '%s'", program);
	if (birth.failure.step != STEP_NONE) {
		birth_error(&birth, err);
		while (waitpid(pid, &ignored, 0) < 0 && errno == EINTR)
			;
		return -1;
	}
	*ret_pid = pid;
	return 0;
}

int proc_wait(pid_t pid, int *ret_status, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, "waiting for process %d", (int)pid);
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

/* 0: a program; else -1 with errno. */
static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES; /* as execve(2) says */
		return -1;
	}
	return access(path, X_OK);
}

int proc_find(const char *name, char **ret_path, struct err *err)
{
	const char *path = getenv("PATH");
	struct str rest = str_of(path && *path ? path : DEFAULT_PATH);

	if (strchr(name, '/')) {
		*ret_path = xstrdup(name); /* relative to the child's directory: exec will tell */
		return 0;
	}
	while (rest.ptr && *name) {
		struct str dir = str_cut(&rest, ':');
		if (dir.len == 0 || dir.ptr[0] != '/')
			continue; /* never from wherever we happen to stand */
		autofree char *candidate = xasprintf("%.*s/%s", STR_ARG(dir), name);
		if (check_program(candidate) == 0) {
			*ret_path = steal(&candidate);
			return 0;
		}
	}
	return err_set(err, ERR_MISSING, "no program '%s' in PATH", name);
}

struct proc_stat {
	char state;
	uint64_t start_ticks;
};

#define STAT_FIELD_STATE 3
#define STAT_FIELD_START 22

/* proc(5): "PID (NAME) STATE …"; the name may hold anything, so count from the last ")". */
static bool parse_stat(struct str text, struct proc_stat *ret_stat)
{
	const char *end = text.len ? memrchr(text.ptr, ')', text.len) : NULL;

	if (!end)
		return false;
	struct str rest = str_trim((struct str){end + 1, text.len - (size_t)(end + 1 - text.ptr)});
	struct str state = str_cut(&rest, ' ');
	struct str field = state;
	for (int i = STAT_FIELD_STATE; i < STAT_FIELD_START; i++)
		field = str_cut(&rest, ' ');
	if (state.len != 1 || !field.ptr || !str_to_u64(field, &ret_stat->start_ticks))
		return false;
	ret_stat->state = state.ptr[0];
	return true;
}

static int read_stat(pid_t pid, struct proc_stat *ret_stat, struct err *err)
{
	autofree char *path = xasprintf("/proc/%d/stat", (int)pid);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[LIMIT_PROC_STAT];

	if (fd < 0)
		return file_err(err, "opening", path);
	ssize_t n = read(fd, text, sizeof(text));
	if (n < 0 && errno == ESRCH) /* it went away in between */
		return err_set(err, ERR_MISSING, "process %d is gone", (int)pid);
	if (n < 0)
		return file_err(err, "reading", path);
	if (!parse_stat((struct str){text, (size_t)n}, ret_stat))
		return err_set(err, ERR_CORRUPT, "'%s' is not understood", path);
	return 0;
}

int proc_start_time(pid_t pid, uint64_t *ret_ticks, struct err *err)
{
	struct proc_stat stat;

	if (read_stat(pid, &stat, err))
		return -1;
	*ret_ticks = stat.start_ticks;
	return 0;
}

bool proc_is_alive(pid_t pid, uint64_t start_ticks)
{
	autoerr struct err ignored = {0};
	struct proc_stat stat;

	return pid > 0 && read_stat(pid, &stat, &ignored) == 0 && stat.start_ticks == start_ticks &&
	       stat.state != 'Z' && stat.state != 'X';
}

void proc_raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (prlimit(0, RLIMIT_NOFILE, &limit, NULL))
		log_debug("the limit of open files stays as it is");
}
