/* wrap.c - PID 1 for one program: reaps, forwards, waits, and ends as it ended.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One call sleeps: rt_sigtimedwait(2), with every signal blocked from the start. It returns the
 * lowest number first, so a TERM (15) is seen before the CHLD (17) of a storm of deaths. */
#include "init/wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "init/limits.h"
#include "init/raw.h"
#include "init/spawn.h"
#include "init/wrap_private.h"

#include "base/banned.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define REST_NS       (5 * NS_PER_SECOND)
#define EXIT_SYSTEM   111 /* no process could be made */

void wrap_defaults(struct wrap *wrap, enum wrap_dialect dialect)
{
	*wrap = (struct wrap){
		.dialect = dialect,
		.rest_ns = REST_NS,
		.subreaper = dialect == WRAP_NATIVE,
		.keep_fds = dialect != WRAP_NATIVE,
		.suspends = dialect == WRAP_DUMB_INIT,
		.verbosity = dialect == WRAP_TINI,
	};
	for (int i = 1; i <= SIGNAL_RTMAX; i++)
		wrap->rewrite[i] = (uint8_t)i;
}

static int64_t now(void)
{
	struct timespec time = {0};

	raw2(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
	return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

/* ---- the program's start ---- */

struct listen_fds { /* sd_listen_fds(3): descriptors from 3 on that are meant for us */
	int fds[LIMIT_PASSED_FDS];
	size_t n;
	char pid_text[sizeof("LISTEN_PID=") + 20];
};

/* What follows NAME= in the entry; NULL: another name. */
static char *value_of(char *entry, const char *name)
{
	while (*name && *entry == *name) {
		entry++;
		name++;
	}
	return *name ? NULL : entry;
}

static long number_of(const char *text)
{
	long value = 0;

	for (; *text >= '0' && *text <= '9' && value < INT32_MAX; text++)
		value = value * 10 + (*text - '0');
	return *text ? -1 : value;
}

/* They name us: the program is to find its own number instead. */
static void find_listen_fds(const struct run *run, struct listen_fds *found)
{
	static const char name[] = "LISTEN_PID=";
	char **pid_entry = NULL;
	long n = 0;

	found->n = 0;
	for (char **entry = run->wrap->env; *entry; entry++) {
		char *value = value_of(*entry, name);

		if (value && number_of(value) == run->self)
			pid_entry = entry;
		value = value_of(*entry, "LISTEN_FDS=");
		if (value)
			n = number_of(value);
	}
	if (!pid_entry || n < 1 || n > LIMIT_PASSED_FDS)
		return;
	for (size_t i = 0; i < sizeof(name); i++)
		found->pid_text[i] = name[i];
	*pid_entry = found->pid_text;
	for (long i = 0; i < n; i++)
		found->fds[i] = (int)(3 + i);
	found->n = (size_t)n;
}

static int say_failure(const struct wrap *wrap, const struct spawn_failure *failure)
{
	enum wrap_message message = SAY_NO_PROGRAM;

	if (failure->step[0] == 'i')
		message = SAY_NO_INTERPRETER;
	else if (failure->step[0] != 'e')
		message = SAY_NO_START;
	wrap_say(wrap, message, message == SAY_NO_START ? failure->step : wrap->argv[0],
		 failure->error, 0);
	if (message != SAY_NO_START)
		return spawn_exit_status(failure);
	return wrap->dialect == WRAP_NATIVE ? EXIT_SYSTEM : 1;
}

/* No file system is kept busy by us; and not even the program's first act is to find us there. */
static int leave_directory(void)
{
	int dir = (int)raw4(SYS_openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	if (dir >= 0)
		raw1(SYS_chdir, "/");
	return dir;
}

/* -1: it runs. */
static int start_program(struct run *run)
{
	int dir = leave_directory();
	const struct wrap *wrap = run->wrap;
	struct listen_fds listen;
	struct spawn spawn = {
		.argv = wrap->argv,
		.env = (const char *const *)wrap->env,
		.group = wrap->single_child  ? SPAWN_SAME
			 : wrap->new_session ? SPAWN_SESSION
					     : SPAWN_GROUP,
		.foreground = run->has_terminal || wrap->new_session,
		.from_dir = dir < 0 ? NULL : &dir,
		.umask = -1,
		.nice = INT_MIN,
		.oom_score = INT_MIN,
		.keep_capabilities = UINT64_MAX,
		.stdio = {0, 1, 2},
		.pass_fds = listen.fds,
		.keep_fds = wrap->keep_fds,
		.entry = &wrap->entry,
	};
	struct spawn_failure failure = {0};

	find_listen_fds(run, &listen);
	if (listen.n) {
		spawn.n_pass_fds = listen.n;
		spawn.pid_texts[0] = listen.pid_text + sizeof("LISTEN_PID=") - 1;
	}
	int result = spawn_start(&spawn, &run->program, &failure);
	if (dir >= 0)
		raw1(SYS_close, dir);
	if (result)
		return say_failure(wrap, &failure);
	if (wrap->new_session)
		wrap_say(wrap, SAY_SESSION, NULL, 0, 0);
	wrap_say(wrap, SAY_SPAWNED, wrap->argv[0], run->program, 0);
	return -1;
}

/* ---- signals ---- */

static bool asks_for_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGHUP;
}

static bool is_job_stop(int signal)
{
	return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static pid_t target_of(const struct run *run)
{
	return run->wrap->to_group ? -run->program : run->program;
}

static void forward(struct run *run, int signal)
{
	int sent = run->wrap->rewrite[signal];

	if (!sent) {
		wrap_say(run->wrap, SAY_DROPPED, NULL, signal, 0);
		return;
	}
	raw2(SYS_kill, target_of(run), sent);
	wrap_say(run->wrap, SAY_FORWARDED, NULL, sent, 0);
	/* A stopped program would not see it. */
	if (asks_for_end(signal) && run->is_stopped)
		raw2(SYS_kill, target_of(run), SIGCONT);
}

/* In our own group the program has had from the terminal what we had. */
static bool has_had(const struct run *run, const siginfo_t *info)
{
	return run->wrap->single_child && info->si_code == SI_KERNEL &&
	       (info->si_signo == SIGINT || info->si_signo == SIGQUIT ||
		info->si_signo == SIGTSTP || info->si_signo == SIGWINCH);
}

static void take_signal(struct run *run, const siginfo_t *info)
{
	int signal = info->si_signo;
	bool is_again = run->stop_ns != 0;

	wrap_say(run->wrap, SAY_RECEIVED, NULL, signal, 0);
	if (asks_for_end(signal) && !is_again)
		run->stop_ns = now();
	if (run->has_ended) {
		/* Who asks twice does not want to wait for what is left. */
		if (is_again && asks_for_end(signal))
			run->deadline_ns = run->stop_ns;
		return;
	}
	if (is_job_stop(signal))
		run->stop_was_sent = true;
	if (signal == SIGCONT)
		wrap_terminal_continue(run);
	if (!has_had(run, info))
		forward(run, signal);
	if (is_job_stop(signal) && run->wrap->suspends)
		raw2(SYS_kill, run->self, SIGSTOP);
}

/* ---- deaths ---- */

static int status_of(const struct wrap *wrap, const siginfo_t *info)
{
	unsigned status = (unsigned)info->si_status;

	if (info->si_code != CLD_EXITED)
		status += 128;
	status %= WRAP_EXIT_STATUSES;
	return wrap->zero_exits[status / 64] >> (status % 64) & 1 ? 0 : (int)status;
}

static void say_death(const struct run *run, const siginfo_t *info)
{
	wrap_say(run->wrap, info->si_code == CLD_EXITED ? SAY_CHILD_EXITED : SAY_CHILD_KILLED, NULL,
		 info->si_pid, info->si_status);
	if (info->si_pid != run->program && run->wrap->warn_reaped)
		wrap_say(run->wrap, SAY_ORPHAN, NULL, info->si_pid, 0);
}

/* Has a child at all, dead or alive. */
static bool has_children(void)
{
	siginfo_t info = {0};

	return raw5(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, NULL) != -ECHILD;
}

/* Everybody in our name space; elsewhere only the group that was ours to make. */
static void signal_rest(const struct run *run, int signal)
{
	if (run->wrap->entry.is_init)
		raw2(SYS_kill, -1, signal);
	else if (!run->wrap->single_child)
		raw2(SYS_kill, -run->program, signal);
}

static void tell_rest(struct run *run)
{
	run->told_ns = 0;
	signal_rest(run, SIGTERM);
	signal_rest(run, SIGCONT);
}

/* The program is dead and not reaped: its group is still its own. */
static void begin_rest(struct run *run)
{
	const struct wrap *wrap = run->wrap;
	int64_t begun = now(), last = INT64_MAX;

	run->has_ended = true;
	run->deadline_ns = begun;
	if (wrap->dialect == WRAP_DUMB_INIT) {
		if (wrap->to_group)
			raw2(SYS_kill, -run->program, SIGTERM);
		wrap_say(wrap, SAY_FORWARDED, NULL, SIGTERM, 0);
	}
	/* Whoever is not PID 1 and no reaper leaves orphans to somebody else, as they do. */
	if (!wrap->rest_ns || (!wrap->entry.is_init && wrap->dialect != WRAP_NATIVE))
		return;
	if (run->stop_ns)
		last = run->stop_ns + WRAP_STOP_NS;
	run->deadline_ns = begun + wrap->rest_ns < last ? begun + wrap->rest_ns : last;
	if (run->deadline_ns < begun + WRAP_REST_MIN_NS)
		run->deadline_ns = begun + WRAP_REST_MIN_NS;
	/* A group that was told to end is ending: many take a second TERM for impatience. */
	if (run->stop_ns && wrap->to_group)
		run->told_ns = begun + (run->deadline_ns - begun) / 2;
	else
		tell_rest(run);
	wrap_say(wrap, SAY_REST, NULL, (run->deadline_ns - begun) / 1000000, 0);
}

static void program_ended(struct run *run, const siginfo_t *info)
{
	run->status = status_of(run->wrap, info);
	begin_rest(run);
}

static void program_stopped(struct run *run, int signal)
{
	run->is_stopped = true;
	if (!is_job_stop(signal) || run->wrap->suspends)
		return;
	/* By the terminal, or by a signal that came through us. */
	if (run->wrap->entry.is_init ? run->has_terminal && !run->stop_was_sent && signal == SIGTSTP
				     : run->has_terminal || run->stop_was_sent)
		wrap_terminal_suspend(run);
	run->stop_was_sent = false;
}

static void look_at_program(struct run *run)
{
	siginfo_t info = {0};

	if (raw5(SYS_waitid, P_PID, run->program, &info, WSTOPPED | WCONTINUED | WNOHANG, NULL) ||
	    !info.si_pid)
		return;
	if (info.si_code == CLD_STOPPED)
		program_stopped(run, info.si_status);
	else
		run->is_stopped = false;
}

/* Some of the dead, so that a storm of them starves nobody: more may be left. */
static void reap(struct run *run)
{
	siginfo_t info = {0};

	run->more_to_reap = false;
	for (int i = 0; i < LIMIT_REAPED_A_TURN; i++) {
		info.si_pid = 0;
		if (raw5(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, NULL) ||
		    !info.si_pid)
			return;
		say_death(run, &info);
		if (info.si_pid == run->program && !run->has_ended)
			program_ended(run, &info);
		raw5(SYS_waitid, P_PID, info.si_pid, &info, WEXITED | WNOHANG, NULL);
	}
	run->more_to_reap = true;
}

/* ---- the loop ---- */

static bool is_over(struct run *run)
{
	if (!run->has_ended)
		return false;
	if (!has_children())
		return true;
	if (now() < run->deadline_ns)
		return false;
	if (run->wrap->rest_ns && (run->wrap->entry.is_init || run->wrap->dialect == WRAP_NATIVE)) {
		wrap_say(run->wrap, SAY_REST_KILLED, NULL, 0, 0);
		signal_rest(run, SIGKILL);
	}
	return true;
}

/* How long to sleep at most; false: for ever. */
static bool time_left(const struct run *run, struct timespec *ret_time)
{
	int64_t until = run->told_ns ? run->told_ns : run->deadline_ns, left;

	*ret_time = (struct timespec){0};
	if (run->more_to_reap)
		return true;
	if (!run->has_ended)
		return false;
	left = until - now();
	if (left > 0)
		*ret_time = (struct timespec){left / NS_PER_SECOND, left % NS_PER_SECOND};
	return true;
}

static void turn(struct run *run)
{
	uint64_t all = UINT64_MAX;
	struct timespec time;
	siginfo_t info = {0};
	bool is_bounded = time_left(run, &time);
	long signal = raw4(SYS_rt_sigtimedwait, &all, &info, is_bounded ? &time : NULL,
			   SIGNALS_SET_BYTES);

	if (signal == SIGCHLD)
		wrap_say(run->wrap, SAY_RECEIVED, NULL, signal, 0);
	else if (signal > 0)
		take_signal(run, &info);
	if (signal == SIGCHLD || run->more_to_reap) {
		reap(run);
		if (!run->has_ended)
			look_at_program(run);
	}
	if (run->told_ns && (now() >= run->told_ns || raw2(SYS_kill, -run->program, 0) == -ESRCH))
		tell_rest(run);
}

static void warn_of_orphans(const struct wrap *wrap)
{
	int is_reaper = 0;

	raw5(SYS_prctl, PR_GET_CHILD_SUBREAPER, &is_reaper, 0, 0, 0);
	if (!is_reaper && !wrap->entry.is_init)
		wrap_say(wrap, SAY_NO_REAPER, NULL, 0, 0);
}

int wrap_run(struct wrap *wrap)
{
	struct run run = {.wrap = wrap, .self = (pid_t)raw0(SYS_getpid)};
	uint64_t all = UINT64_MAX;

	/* ABRT or SEGV that somebody sends is for the program; one of a fault of ours ends us,
	 * blocked or not. */
	raw4(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, SIGNALS_SET_BYTES);
	if (wrap->death_signal)
		raw5(SYS_prctl, PR_SET_PDEATHSIG, wrap->death_signal, 0, 0, 0);
	if (wrap->dialect == WRAP_TINI)
		warn_of_orphans(wrap);
	wrap_terminal_prepare(&run);
	int status = start_program(&run);
	if (status >= 0)
		return status;
	entry_hurry();
	while (!is_over(&run))
		turn(&run);
	wrap_terminal_return(&run);
	wrap_say(wrap, SAY_ENDED, wrap->argv[0], run.status, 0);
	return run.status;
}
