/* test_proc.c - children, what they get and how they end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "testing/test.h"

#define SHELL(script) ((char *const[]){(char *)"/bin/sh", (char *)"-c", (char *)(script), NULL})

/* What the script says on stdout; it must end well. */
static void check_says(struct proc_options options, const char *script, const char *want)
{
	autoerr struct err err = {0};
	autobuf struct buf out = {0};
	int status = -1;

	options.argv = SHELL(script);
	CHECK_OK(proc_run(&options, (struct str){0}, &out, NULL, 10000, &status, &err), &err);
	CHECK_STR(buf_text(&out), want);
	CHECK_INT(status, 0);
}

static int nothing(void *arg)
{
	return 0;
}

TEST(streams_and_status_come_back)
{
	autoerr struct err err = {0};
	autobuf struct buf out = {0}, errors = {0};
	struct proc_options options = {.argv = SHELL("cat; echo oops >&2; exit 3")};
	int status = -1;

	CHECK_OK(proc_run(&options, STR("fed"), &out, &errors, -1, &status, &err), &err);
	CHECK_STR(buf_text(&out), "fed");
	CHECK_STR(buf_text(&errors), "oops\n");
	CHECK_INT(status, 3);
}

TEST(a_signal_is_a_status_of_128_and_more)
{
	autoerr struct err err = {0};
	struct proc_options options = {.argv = SHELL("kill -TERM $$")};
	int status = -1;

	CHECK_OK(proc_run(&options, (struct str){0}, NULL, NULL, -1, &status, &err), &err);
	CHECK_INT(status, 128 + SIGTERM);
}

TEST(empty_input_is_the_end_at_once)
{
	check_says((struct proc_options){0}, "cat", "");
}

TEST(big_input_and_output_pass_at_the_same_time)
{
	autoerr struct err err = {0};
	enum { SIZE = 3 << 20 };
	autobuf struct buf out = {.max = SIZE};
	autofree char *bytes = xcalloc(1, SIZE);
	struct proc_options options = {.argv = SHELL("cat")};
	int status = -1;

	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i ^ i >> 11);
	CHECK_OK(proc_run(&options, (struct str){bytes, SIZE}, &out, NULL, 60000, &status, &err),
		 &err);
	CHECK_INT(out.len, SIZE);
	CHECK(!out.overflowed && memcmp(out.ptr, bytes, SIZE) == 0);
}

TEST(input_nobody_reads_is_no_error)
{
	autoerr struct err err = {0};
	enum { SIZE = 1 << 20 };
	autofree char *bytes = xcalloc(1, SIZE);
	struct proc_options options = {.argv = SHELL("exec <&-; sleep 0.05; exit 4")};
	sigset_t pending;
	int status = -1;

	CHECK_OK(proc_run(&options, (struct str){bytes, SIZE}, NULL, NULL, -1, &status, &err),
		 &err);
	CHECK_INT(status, 4);
	CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGPIPE));
}

TEST(output_beyond_the_maximum_is_dropped)
{
	autoerr struct err err = {0};
	autobuf struct buf out = {.max = 10};
	struct proc_options options = {.argv = SHELL("head -c 1000000 /dev/zero | tr '\\0' x")};
	int status = -1;

	CHECK_OK(proc_run(&options, (struct str){0}, &out, NULL, 20000, &status, &err), &err);
	CHECK_INT(status, 0);
	CHECK_STR(buf_text(&out), "xxxxxxxxxx");
	CHECK(out.overflowed);
}

TEST(a_timeout_kills_the_whole_session)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	struct proc_options options = {.argv = SHELL("(sleep 0.4; touch survived) & sleep 60"),
				       .cwd = path,
				       .new_session = true};
	int64_t start = clock_monotonic_ns();
	int status = -1;

	CHECK(proc_run(&options, (struct str){0}, NULL, NULL, 100, &status, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_STR(err_text(&err), "'/bin/sh' took too long and was killed");
	CHECK_INT(status, -1);
	CHECK(clock_monotonic_ns() - start < 10 * NS_PER_SEC);
	usleep(500000);
	CHECK(faccessat(dir, "survived", F_OK, 0) < 0);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

TEST(a_grandchild_with_our_pipe_is_not_waited_for)
{
	int64_t start = clock_monotonic_ns();

	check_says((struct proc_options){0}, "echo said; sleep 5 & exit 0", "said\n");
	CHECK(clock_monotonic_ns() - start < 4 * NS_PER_SEC);
}

TEST(what_cannot_start_is_told_by_the_parent)
{
	const char *path;
	int dir = test_dir(&path);
	autoerr struct err err = {0};
	autofree char *plain = path_join(path, "plain");
	autofree char *orphan = path_join(path, "orphan");
	autofree char *gone = path_join(path, "gone");

	CHECK_OK(file_write_at(dir, "plain", "x", 1, 0644, FILE_NO_SYNC, &err), &err);
	CHECK_OK(file_write_at(dir, "orphan", "#!/no/such\n", 11, 0755, FILE_NO_SYNC, &err), &err);
	const struct {
		char *name;
		const char *cwd;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{(char *)"no-such-program-here", NULL, ERR_MISSING, "no program 'no-such"},
		{gone, NULL, ERR_MISSING, "executing '"},
		{orphan, NULL, ERR_MISSING, "executing '"},
		{plain, NULL, ERR_DENIED, "executing '"},
		{(char *)"/bin/sh", gone, ERR_MISSING, "changing to directory '"},
	};
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		bool by_fork = i >= ARRAY_LEN(cases);
		size_t c = i % ARRAY_LEN(cases);
		struct proc_options options = {
			.argv = (char *[]){cases[c].name, NULL},
			.cwd = cases[c].cwd,
			.before_exec = by_fork ? nothing : NULL,
		};
		autoerr struct err failure = {0};
		pid_t pid = -5;
		CHECK(proc_start(&options, &pid, &failure) < 0);
		CHECK_INT(failure.kind, cases[c].kind);
		CHECK(text_starts(err_text(&failure), cases[c].text));
		CHECK_INT(pid, -5);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* no zombie stays */
	}
}

static int refuse(void *arg)
{
	errno = ENOTTY;
	return -1;
}

static int write_word(void *arg)
{
	return write(STDOUT_FILENO, arg, strlen(arg)) < 0 ? -1 : 0;
}

TEST(the_hook_runs_in_the_child_and_may_refuse)
{
	autoerr struct err err = {0};
	char word[] = "hook ";
	struct proc_options options = {.argv = SHELL("true"), .before_exec = refuse};
	pid_t pid;

	check_says((struct proc_options){.before_exec = write_word, .before_exec_arg = word},
		   "echo shell", "hook shell\n");
	CHECK(proc_start(&options, &pid, &err) < 0);
	CHECK_INT(err.sys_errno, ENOTTY);
	CHECK(text_starts(err_text(&err), "preparing '/bin/sh': "));
}

TEST(only_the_kept_descriptors_arrive)
{
	int hooks;

	for (hooks = 0; hooks < 2; hooks++) {
		struct proc_options options = {.before_exec = hooks ? nothing : NULL};
		int leaking = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
		int ends[2];
		CHECK(pipe(ends) == 0);
		check_says(options,
			   "readlink /proc/$$/fd/3 /proc/$$/fd/5 /proc/$$/fd/20 || echo none",
			   "none\n");
		/* Kept ones come in order, even when they stand where others must go. */
		options.keep_fds = (int[]){ends[1], ends[0], 1};
		options.n_keep_fds = 3;
		check_says(options,
			   "echo through >&3; read word <&4; echo $word; [ -e /proc/$$/fd/5 ] && "
			   "echo five; [ -e /proc/$$/fd/6 ] || echo no six",
			   "through\nfive\nno six\n");
		close(leaking);
		close(ends[0]);
		close(ends[1]);
	}
}

TEST(descriptors_may_be_crossed)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	autobuf struct buf buf = {0};
	autoclose int a = openat(dir, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	autoclose int b = openat(dir, "b", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	/* a and b are likely 4 and 5: ask for them the other way round, among others. */
	struct proc_options options = {
		.argv = SHELL("echo b >&3; echo a >&4; echo more b >&5; echo out; echo err >&2"),
		.fd_stdin = -1,
		.fd_stdout = b,
		.fd_stderr = a,
		.keep_fds = (int[]){b, a, b},
		.n_keep_fds = 3,
	};
	pid_t pid;
	int status;

	CHECK_OK(proc_start(&options, &pid, &err), &err);
	CHECK_OK(proc_wait(pid, &status, &err), &err);
	CHECK_INT(status, 0);
	CHECK_OK(file_read_at(dir, "b", 0, &buf, &err), &err);
	CHECK_STR(buf_text(&buf), "b\nmore b\nout\n");
	CHECK_OK(file_read_at(dir, "a", 0, &buf, &err), &err);
	CHECK_STR(buf_text(&buf), "a\nerr\n");
}

TEST(minus_one_is_the_null_device)
{
	autoerr struct err err = {0};
	autobuf struct buf out = {0};
	struct proc_options options = {.argv = SHELL("readlink /proc/$$/fd/0 /proc/$$/fd/2"),
				       .fd_stderr = -1};
	int status;

	CHECK_OK(proc_run(&options, (struct str){0}, &out, NULL, -1, &status, &err), &err);
	CHECK_STR(buf_text(&out), "/dev/null\n/dev/null\n");
}

static void ignore_signal(int number)
{
	(void)number;
}

TEST(signal_settings_start_fresh)
{
	sigset_t set, old;
	struct sigaction handled = {.sa_handler = ignore_signal};
	struct sigaction ignored = {.sa_handler = SIG_IGN};
	struct sigaction old_usr1, old_usr2;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK(pthread_sigmask(SIG_BLOCK, &set, &old) == 0);
	CHECK(sigaction(SIGUSR1, &handled, &old_usr1) == 0);
	CHECK(sigaction(SIGUSR2, &ignored, &old_usr2) == 0);
	check_says((struct proc_options){0}, "grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2",
		   "0000000000000000\n0000000000000000\n");
	check_says((struct proc_options){.before_exec = nothing},
		   "grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2",
		   "0000000000000000\n0000000000000000\n");
	/* And ours are as they were. */
	struct sigaction now;
	sigset_t mask;
	CHECK(sigaction(SIGUSR1, &old_usr1, &now) == 0 && now.sa_handler == ignore_signal);
	CHECK(sigaction(SIGUSR2, &old_usr2, &now) == 0 && now.sa_handler == SIG_IGN);
	CHECK(pthread_sigmask(SIG_SETMASK, &old, &mask) == 0 && sigismember(&mask, SIGTERM));
	CHECK(!sigismember(&mask, SIGHUP));
}

TEST(environment_directory_and_session_are_set)
{
	const char *path;
	test_dir(&path);
	autofree char *want = xasprintf("%s one\n", path);
	struct proc_options options = {
		.env = (char *[]){(char *)"WORD=one", NULL},
		.cwd = path,
	};

	check_says(options, "/bin/echo $(/bin/pwd) $WORD", want);
	check_says((struct proc_options){.new_session = true},
		   "[ $(cut -d' ' -f6 /proc/$$/stat) = $$ ] && echo leader", "leader\n");
}

TEST(the_child_dies_with_its_parent)
{
	autoerr struct err err = {0};
	int ends[2];
	char byte;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid_t parent = fork();
	if (parent == 0) {
		struct proc_options options = {
			.argv = SHELL("echo -n x >&3; exec sleep 30"),
			.keep_fds = &ends[1],
			.n_keep_fds = 1,
			.death_signal = SIGKILL,
		};
		pid_t pid;
		CHECK_OK(proc_start(&options, &pid, &err), &err);
		pause();
	}
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 1);
	kill(parent, SIGKILL);
	CHECK(waitpid(parent, NULL, 0) == parent);
	CHECK(read(ends[0], &byte, 1) == 0); /* nobody holds the other end any more */
	close(ends[0]);
}

TEST(find_looks_only_where_path_says)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	autofree char *found = NULL;
	autofree char *old = xstrdup(getenv("PATH"));
	autofree char *search = xasprintf("relative::/no/such:%s/sub:%s", path, path);
	autofree char *want = path_join(path, "tool");

	CHECK_OK(file_write_at(dir, "tool", "", 0, 0755, FILE_NO_SYNC, &err), &err);
	CHECK_OK(file_write_at(dir, "text", "", 0, 0644, FILE_NO_SYNC, &err), &err);
	CHECK_OK(dir_make_all(dir, "sub/tool", 0755, &err), &err);
	CHECK(setenv("PATH", search, 1) == 0);
	int result = proc_find("tool", &found, &err);
	autoerr struct err text_err = {0}, name_err = {0};
	char *none = NULL;
	int no_text = proc_find("text", &none, &text_err);
	int no_name = proc_find("", &none, &name_err);
	CHECK(old ? setenv("PATH", old, 1) == 0 : unsetenv("PATH") == 0);
	CHECK_OK(result, &err);
	CHECK_STR(found, want);
	CHECK(no_text < 0 && text_err.kind == ERR_MISSING);
	CHECK(no_name < 0 && name_err.kind == ERR_MISSING && !none);
}

TEST(a_process_is_known_by_its_start)
{
	autoerr struct err err = {0};
	struct proc_options options = {.argv = SHELL("exec sleep 30")};
	uint64_t ours, ticks;
	pid_t pid;
	int status;

	CHECK_OK(proc_start_time(getpid(), &ours, &err), &err);
	CHECK(proc_is_alive(getpid(), ours) && !proc_is_alive(getpid(), ours + 1));
	CHECK_OK(proc_start(&options, &pid, &err), &err);
	CHECK_OK(proc_start_time(pid, &ticks, &err), &err);
	CHECK(ticks >= ours && proc_is_alive(pid, ticks));
	kill(pid, SIGKILL);
	siginfo_t end;
	CHECK(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) == 0);
	CHECK(!proc_is_alive(pid, ticks)); /* a zombie is not alive */
	CHECK_OK(proc_wait(pid, &status, &err), &err);
	CHECK_INT(status, 128 + SIGKILL);
	CHECK(!proc_is_alive(pid, ticks));
	CHECK(proc_start_time(pid, &ticks, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(names_with_brackets_do_not_confuse)
{
	autoerr struct err err = {0};
	uint64_t before, after;
	char old[16];

	CHECK(prctl(PR_GET_NAME, old) == 0);
	CHECK_OK(proc_start_time(getpid(), &before, &err), &err);
	CHECK(prctl(PR_SET_NAME, ") R 1 2) (3") == 0);
	int result = proc_start_time(getpid(), &after, &err);
	CHECK(prctl(PR_SET_NAME, old) == 0);
	CHECK_OK(result, &err);
	CHECK_INT(after, before);
}

TEST(starting_leaves_no_descriptors_behind)
{
	autoerr struct err err = {0};
	int before = dup(0);
	close(before);

	check_says((struct proc_options){0}, "true", "");
	check_says((struct proc_options){.before_exec = nothing}, "true", "");
	struct proc_options bad = {.argv = (char *[]){(char *)"/no/such", NULL}};
	CHECK(proc_run(&bad, STR("x"), &(struct buf){0}, &(struct buf){0}, 5, &(int){0}, &err) < 0);
	int after = dup(0);
	close(after);
	CHECK_INT(after, before);
}
