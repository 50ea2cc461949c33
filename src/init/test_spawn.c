/* test_spawn.c - what a child finds: program, descriptors, ids, limits, signals; and why it failed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing/test.h"

#include "base/banned.h"

static const struct entry plain_entry = {.oom_score = INT_MIN};

/* What everybody asks for: nothing. */
static struct spawn spawn_of(const char *const *argv, const char *const *env)
{
	return (struct spawn){
		.argv = argv,
		.env = env,
		.group = SPAWN_SAME,
		.umask = -1,
		.nice = INT_MIN,
		.oom_score = INT_MIN,
		.keep_capabilities = UINT64_MAX,
		.stdio = {-1, 1, 2},
		.entry = &plain_entry,
	};
}

static const char *const usual_env[] = {"PATH=/usr/bin:/bin", NULL};

/* Runs it to its end with stdout into `out` (size bytes); the exit status, 128 + signal. */
static int run(struct spawn *spawn, char *out, size_t size)
{
	struct spawn_failure failure = {0};
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	spawn->stdio[1] = ends[1];
	CHECK_INT(spawn_start(spawn, &pid, &failure), 0);
	close(ends[1]);
	while ((n = read(ends[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	out[len] = '\0';
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What `script` prints, without the last newline. */
static const char *output_of(struct spawn *spawn, const char *script)
{
	static char out[4096];
	const char *argv[] = {"sh", "-c", script, NULL};

	spawn->argv = argv;
	CHECK_INT(run(spawn, out, sizeof(out)), 0);
	spawn->argv = NULL;
	size_t len = strlen(out);
	if (len && out[len - 1] == '\n')
		out[len - 1] = '\0';
	return out;
}

static int failure_of(struct spawn *spawn, struct spawn_failure *ret_failure)
{
	pid_t pid = -1;
	int result = spawn_start(spawn, &pid, ret_failure);

	CHECK(result < 0);
	CHECK_INT(-result, ret_failure->error);
	CHECK_INT(pid, -1);
	/* Nothing is left to be waited for. */
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
	return spawn_exit_status(ret_failure);
}

static void write_file(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	CHECK(fchmod(fd, mode) == 0);
	close(fd);
}

TEST(spawn_finds_the_program_by_the_childs_own_path)
{
	const char *dir;
	test_dir(&dir);
	char *path = xasprintf("PATH=:/nowhere:%s:/usr/bin:/bin", dir);
	char *file = xasprintf("%s/own-program", dir);
	const char *env[] = {path, "NAME=value", NULL}, *argv[] = {"own-program", "a b", NULL};
	struct spawn spawn = spawn_of(argv, env);
	char out[256];

	write_file(file, "#!/bin/sh\necho \"$NAME:$1\"\n", 26, 0700);
	CHECK_INT(run(&spawn, out, sizeof(out)), 0);
	CHECK_STR(out, "value:a b\n");
	free(path);
	free(file);
}

TEST(spawn_runs_a_file_without_a_known_format_by_the_shell)
{
	const char *dir;
	test_dir(&dir);
	char *file = xasprintf("%s/script", dir);
	const char *argv[] = {"zero", "one", "two", NULL};
	struct spawn spawn = spawn_of(argv, usual_env);
	char out[256];

	write_file(file, "echo \"$0:$1:$2:$#\"\nexit 3\n", 26, 0700);
	spawn.file = file;
	CHECK_INT(run(&spawn, out, sizeof(out)), 3);
	char *want = xasprintf("%s:one:two:2\n", file);
	CHECK_STR(out, want);
	free(want);
	free(file);
}

TEST(spawn_tells_what_is_missing_and_what_may_not_run)
{
	static const struct {
		const char *name, *text;
		size_t len;
		mode_t mode;
		const char *step;
		int error, status;
	} cases[] = {
		{"not-there", NULL, 0, 0, "exec", ENOENT, 127},
		{"no-mode", "#!/bin/sh\n", 10, 0600, "exec", EACCES, 126},
		{"no-interpreter", "#!/no/such/interpreter\n", 23, 0700, "interpreter", ENOENT,
		 127},
		{"other-machine",
		 "\x7f"
		 "ELF\0\0\0\0\0\0\0\0\0\0\0",
		 15, 0700, "exec", ENOEXEC, 126},
		{"file/under-a-file", NULL, 0, 0, "exec", ENOTDIR, 127},
	};
	const char *dir;
	test_dir(&dir);
	char *under = xasprintf("%s/file", dir);

	write_file(under, "", 0, 0600);
	free(under);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *file = xasprintf("%s/%s", dir, cases[i].name);
		const char *argv[] = {file, NULL};
		struct spawn spawn = spawn_of(argv, usual_env);
		struct spawn_failure failure = {0};

		if (cases[i].text)
			write_file(file, cases[i].text, cases[i].len, cases[i].mode);
		CHECK_INT(failure_of(&spawn, &failure), cases[i].status);
		CHECK_STR(failure.step, cases[i].step);
		CHECK_INT(failure.error, cases[i].error);
		free(file);
	}
}

TEST(spawn_prefers_denied_to_missing_on_the_path_and_goes_on_behind_both)
{
	const char *dir;
	test_dir(&dir);
	char *path = xasprintf("PATH=%s:/nowhere", dir), *file = xasprintf("%s/true", dir);
	const char *env[] = {path, NULL}, *argv[] = {"true", NULL};
	struct spawn spawn = spawn_of(argv, env);
	struct spawn_failure failure = {0};
	char out[16];

	write_file(file, "#!/bin/sh\n", 10, 0600);
	CHECK_INT(failure_of(&spawn, &failure), 126);
	CHECK_INT(failure.error, EACCES);
	free(path);
	path = xasprintf("PATH=%s:/usr/bin:/bin", dir);
	env[0] = path;
	CHECK_INT(run(&spawn, out, sizeof(out)), 0);
	free(path);
	free(file);
}

TEST(spawn_without_a_path_looks_where_images_have_programs)
{
	static const char *const env[] = {"HOME=/", NULL};
	struct spawn spawn = spawn_of(NULL, env);

	CHECK_STR(output_of(&spawn, "echo found"), "found");
}

TEST(spawn_names_the_step_that_failed)
{
	const char *argv[] = {"true", NULL};
	struct spawn spawn = spawn_of(argv, usual_env);
	struct spawn_failure failure = {0};
	struct rlimit_spec limit = {.resource = 999};

	spawn.cwd = "/no/such/directory";
	CHECK_INT(failure_of(&spawn, &failure), 127);
	CHECK_STR(failure.step, "chdir");
	spawn.cwd = NULL;
	spawn.rlimits = &limit;
	spawn.n_rlimits = 1;
	failure_of(&spawn, &failure);
	CHECK_STR(failure.step, "limits");
	CHECK_INT(failure.error, EINVAL);
}

TEST(spawn_passes_descriptors_without_losing_one_to_another)
{
	/* 3 and 4 change places: each is in the other's way. */
	static const int from[] = {3, 4}, as[] = {4, 3};
	struct spawn spawn = spawn_of(NULL, usual_env);
	int a[2], b[2], saved[2];

	CHECK(pipe2(a, O_CLOEXEC) == 0 && pipe2(b, O_CLOEXEC) == 0);
	CHECK(write(a[1], "A", 1) == 1 && write(b[1], "B", 1) == 1);
	int high[2] = {fcntl(a[0], F_DUPFD_CLOEXEC, 60), fcntl(b[0], F_DUPFD_CLOEXEC, 60)};
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	for (int i = 0; i < 2; i++) {
		saved[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 50);
		CHECK(dup3(high[i], from[i], O_CLOEXEC) == from[i]);
		close(high[i]);
	}
	spawn.pass_fds = from;
	spawn.pass_as = as;
	spawn.n_pass_fds = 2;
	const char *out = output_of(&spawn, "cat <&4; cat <&3");
	for (int i = 0; i < 2; i++) {
		close(from[i]);
		if (saved[i] >= 0 && dup3(saved[i], from[i], O_CLOEXEC) >= 0)
			close(saved[i]);
	}
	CHECK_STR(out, "AB");
}

TEST(spawn_leaves_nothing_else_open)
{
	struct spawn spawn = spawn_of(NULL, usual_env);
	int open_one = open("/dev/null", O_RDONLY); /* without close-on-exec */

	CHECK(open_one >= 0 && dup2(open_one, 300) == 300);
	CHECK_STR(output_of(&spawn,
			    "for f in /proc/self/fd/*; do echo \"${f##*/}\"; done | "
			    "while read n; do [ \"$n\" -lt 3 ] || ! "
			    "[ \"$(readlink /proc/$$/fd/$n)\" = /dev/null ] || echo $n; done"),
		  "");
	spawn.keep_fds = true;
	CHECK_STR(output_of(&spawn, "readlink /proc/self/fd/300"), "/dev/null");
	close(open_one);
	close(300);
}

TEST(spawn_writes_the_childs_pid_into_its_environment)
{
	char entry[64] = "LISTEN_PID=";
	const char *env[] = {"PATH=/usr/bin:/bin", entry, NULL};
	struct spawn spawn = spawn_of(NULL, env);

	spawn.pid_texts[0] = entry + strlen(entry);
	CHECK_STR(output_of(&spawn, "[ \"$LISTEN_PID\" = $$ ] && echo same"), "same");
}

TEST(spawn_sets_session_umask_directory_and_limits)
{
	struct spawn spawn = spawn_of(NULL, usual_env);
	struct rlimit_spec limits[] = {{RLIMIT_NOFILE, 77, 88}, {RLIMIT_CORE, 0, 0}};

	spawn.group = SPAWN_SESSION;
	spawn.umask = 027;
	spawn.cwd = "/usr";
	spawn.rlimits = limits;
	spawn.n_rlimits = 2;
	CHECK_STR(output_of(&spawn, "umask; pwd; ulimit -Sn; ulimit -Hn; "
				    "[ \"$(ps -o sid= -p $$ | tr -d ' ')\" = $$ ] && echo leader"),
		  "0027\n/usr\n77\n88\nleader");
}

TEST(spawn_gives_back_the_mask_and_what_was_ignored)
{
	struct entry entry = {.oom_score = INT_MIN,
			      .mask = UINT64_C(1) << (SIGUSR2 - 1),
			      .ignored = UINT64_C(1) << (SIGCHLD - 1)};
	/* No shell: that sets its own. */
	static const char *const argv[] = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status",
					   NULL};
	struct spawn spawn = spawn_of(argv, usual_env);
	char out[256];

	spawn.entry = &entry;
	for (int i = 1; i < SIGSYS; i++) /* what whoever runs this test has left */
		signal(i, SIG_DFL);
	CHECK_INT(run(&spawn, out, sizeof(out)), 0);
	CHECK_STR(out, "SigBlk:\t0000000000000800\nSigIgn:\t0000000000010000\n");
}

/* Sends a signal to the first child of `parent` that appears besides ourselves; `again`: until it
 * is gone. */
static void signal_next_child(pid_t parent, int signal, bool again)
{
	char *path = xasprintf("/proc/%d/task/%d/children", (int)parent, (int)parent);

	for (int i = 0; i < 1000000; i++) {
		char text[128] = "";
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

		close(fd);
		for (char *word = n > 0 ? text : NULL; word && *word;) {
			pid_t pid = (pid_t)strtol(word, &word, 10);

			if (pid > 0 && pid != getpid()) {
				int result = kill(pid, signal);
				while (again && kill(pid, signal) == 0)
					;
				_exit(result != 0);
			}
			word += strspn(word, " \n");
		}
	}
	_exit(2);
}

/* A PATH of so many bytes: its directories are searched one after the other, and that is when a
 * signal comes. The caller frees it. */
static char *long_path(size_t bytes)
{
	char *path = xmalloc(bytes + sizeof("PATH=/bin"));
	size_t len = 5;

	memcpy(path, "PATH=", 5);
	for (; len + 3 <= bytes; len += 3)
		memcpy(path + len, "/x:", 3);
	memcpy(path + len, "/bin", 5);
	return path;
}

static pid_t signal_aside(int signal, bool again)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		signal_next_child(self, signal, again);
	return pid;
}

TEST(spawn_child_may_be_signalled_before_it_is_its_program)
{
	char *path = long_path(119000);
	const char *env[] = {path, NULL}, *argv[] = {"sleep", "60", NULL};
	struct spawn spawn = spawn_of(argv, env);
	struct spawn_failure failure = {0};
	pid_t pid, killer = signal_aside(SIGTERM, false);
	int status;

	CHECK_INT(spawn_start(&spawn, &pid, &failure), 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	CHECK_INT(waitpid(killer, &status, 0), killer);
	CHECK_INT(status, 0);
	free(path);
}

TEST(spawn_child_that_is_stopped_before_it_is_its_program_becomes_it)
{
	char *path = long_path(119000);
	const char *env[] = {path, NULL}, *argv[] = {"sh", "-c", "exit 7", NULL};
	struct spawn spawn = spawn_of(argv, env);
	struct spawn_failure failure = {0};
	pid_t pid, stopper = signal_aside(SIGSTOP, false);
	int status;

	CHECK_INT(spawn_start(&spawn, &pid, &failure), 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	CHECK_INT(waitpid(stopper, &status, 0), stopper);
	CHECK_INT(status, 0);
	free(path);
}

TEST(spawn_gives_up_on_a_child_that_is_stopped_again_and_again)
{
	/* Several seconds of searching, so that it cannot get through between two stops. */
	char *path = long_path((size_t)8 << 20);
	const char *env[] = {path, NULL}, *argv[] = {"no-such-program", NULL};
	struct spawn spawn = spawn_of(argv, env);
	struct spawn_failure failure = {0};
	pid_t pid = -1, stopper = signal_aside(SIGSTOP, true);
	int status;

	CHECK_INT(spawn_start(&spawn, &pid, &failure), -ETIMEDOUT);
	CHECK_STR(failure.step, "start");
	CHECK_INT(spawn_exit_status(&failure), 126);
	CHECK_INT(pid, -1);
	CHECK_INT(waitpid(stopper, &status, 0), stopper);
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
	free(path);
}

/* From now on that call fails: when its first argument has none of the flags, 0: always. */
static void forbid(uint32_t call, uint32_t unless_flags, uint32_t error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, unless_flags, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_LEN(code), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

TEST(spawn_works_where_a_child_can_only_be_made_as_vfork_makes_it)
{
	static const struct {
		uint32_t call, unless_flags, error;
	} cases[] = {
		{SYS_set_robust_list, 0, ENOSYS}, /* kernels and sandboxes without it */
		{SYS_clone, CLONE_VFORK, EINVAL}, /* emulators */
		{SYS_clone, CLONE_VFORK, ENOSYS},
		{SYS_futex, 0, EPERM}, /* nothing to wait with: it is looked for */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			const char *argv[] = {"sh", "-c", "exit 7", NULL};
			struct spawn spawn = spawn_of(argv, usual_env);
			struct spawn_failure failure = {0};
			pid_t child;
			int status = 0;

			forbid(cases[i].call, cases[i].unless_flags, cases[i].error);
			if (spawn_start(&spawn, &child, &failure) ||
			    waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
				_exit(1);
			spawn.file = "/no/such/program";
			_exit(spawn_start(&spawn, &child, &failure) != -ENOENT ||
			      strcmp(failure.step, "exec") != 0 || waitpid(-1, NULL, 0) != -1);
		}
		int status;
		CHECK_INT(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			test_skip("needs seccomp");
		CHECK_INT(status, 0);
	}
}

TEST(spawn_drops_ids_and_rights)
{
	struct spawn spawn = spawn_of(NULL, usual_env);
	const gid_t groups[] = {12, 34};

	if (geteuid() != 0)
		test_skip("needs root's rights");
	spawn.set_ids = true;
	spawn.uid = 65534;
	spawn.gid = 123;
	spawn.groups = groups;
	spawn.n_groups = 2;
	spawn.no_new_privileges = true;
	CHECK_STR(output_of(&spawn, "id -u; id -g; grep -E '^(Groups|CapEff|NoNewPrivs)' "
				    "/proc/self/status | tr -d '\\t'"),
		  "65534\n123\nGroups:12 34 \nCapEff:0000000000000000\nNoNewPrivs:1");
}

TEST(spawn_keeps_only_the_capabilities_asked_for)
{
	struct spawn spawn = spawn_of(NULL, usual_env);

	if (geteuid() != 0)
		test_skip("needs root's rights");
	spawn.keep_capabilities = 1; /* CAP_CHOWN */
	CHECK_STR(output_of(&spawn,
			    "grep -E '^Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | tr -d '\\t'"),
		  "CapPrm:0000000000000001\nCapEff:0000000000000001\n"
		  "CapBnd:0000000000000001\nCapAmb:0000000000000000");
}

TEST(spawn_keeps_ambient_capabilities_over_a_change_of_the_user)
{
	static const char sets[] =
		"id -u; grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | tr -d '\\t'";
	struct spawn spawn = spawn_of(NULL, usual_env);

	if (geteuid() != 0)
		test_skip("needs root's rights");
	spawn.set_ids = true;
	spawn.uid = spawn.gid = 65534;
	spawn.keep_capabilities = 0x401; /* CAP_CHOWN, CAP_NET_BIND_SERVICE */
	spawn.ambient_capabilities = 0x400;
	spawn.no_new_privileges = true;
	CHECK_STR(output_of(&spawn, sets),
		  "65534\nCapInh:0000000000000400\nCapPrm:0000000000000400\n"
		  "CapEff:0000000000000400\nCapBnd:0000000000000401\nCapAmb:0000000000000400");
	spawn.keep_capabilities = UINT64_MAX;
	CHECK_STR(output_of(&spawn, "grep -E '^Cap(Prm|Amb)' /proc/self/status | tr -d '\\t'"),
		  "CapPrm:0000000000000400\nCapAmb:0000000000000400");
	/* Nobody can give what he has not. */
	spawn.uid = spawn.gid = 65533;
	spawn.ambient_capabilities = UINT64_C(1) << 62;
	const char *argv[] = {"true", NULL};
	struct spawn_failure failure = {0};
	spawn.argv = argv;
	spawn.stdio[1] = 1;
	CHECK_INT(failure_of(&spawn, &failure), 126);
	CHECK_STR(failure.step, "capabilities");
}

static int own_oom_score(void)
{
	char text[32] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return (int)strtol(text, NULL, 10);
}

/* For Linux it is one value of all that share their memory. */
TEST(spawn_sets_the_oom_score_of_the_child_alone)
{
	struct spawn spawn = spawn_of(NULL, usual_env);
	struct spawn_failure failure = {0};
	const char *argv[] = {"no-such-program", NULL};
	const int as[] = {40, 4}, fds[] = {0, 0};
	int score = own_oom_score();

	spawn.oom_score = score < 1000 ? score + 1 : score;
	spawn.pass_fds = fds;
	spawn.pass_as = as;
	char *want = xasprintf("%d", spawn.oom_score);
	for (int i = 0; i < 40; i++) {
		spawn.n_pass_fds = i % 3;
		CHECK_STR(output_of(&spawn, "cat /proc/self/oom_score_adj"), want);
		CHECK_INT(own_oom_score(), score);
	}
	spawn.argv = argv;
	spawn.stdio[1] = 1;
	int before = dup(0);
	CHECK_INT(failure_of(&spawn, &failure), 127);
	CHECK_INT(own_oom_score(), score);
	int after = dup(0);
	CHECK_INT(after, before + 1); /* no descriptor is left open */
	close(before);
	close(after);
	free(want);
}

TEST(spawn_needs_no_rights_to_stay_who_it_is)
{
	struct spawn spawn = spawn_of(NULL, usual_env);

	if (geteuid() != 0)
		test_skip("needs root's rights to give them up");
	pid_t pid = fork();
	if (pid == 0) {
		const char *argv[] = {"true", NULL};
		struct spawn_failure failure;
		pid_t child;

		spawn.argv = argv;
		spawn.set_ids = true;
		spawn.uid = 65534;
		spawn.gid = 65534;
		spawn.keep_capabilities = 0;
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(2);
		_exit(spawn_start(&spawn, &child, &failure) != 0);
	}
	int status;
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

TEST(spawn_reports_a_full_process_table_as_fork)
{
	if (geteuid() != 0)
		test_skip("needs root's rights to become another user");
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit none = {0, 0};
		const char *argv[] = {"true", NULL};
		struct spawn spawn = spawn_of(argv, usual_env);
		struct spawn_failure failure = {0};
		pid_t child;

		if (setresuid(65533, 65533, 65533) || setrlimit(RLIMIT_NPROC, &none))
			_exit(2);
		int result = spawn_start(&spawn, &child, &failure);
		_exit(result == -EAGAIN && strcmp(failure.step, "fork") == 0 ? 0 : 1);
	}
	int status;
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}
