/* test_driver.c - real runtimes start, signal and end a container whose only file is busybox.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runtime/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "runtime/cli.h"
#include "runtime/spec.h"
#include "testing/test.h"

#define BUSYBOX "/bin/busybox"

struct bench { /* a bundle, a runtime, and what the container prints */
	struct runtime runtime;
	struct spec spec;
	struct spec_mount mount;
	char *id, *cgroup, *bundle, *rootfs, *state;
	int dirfd, out_fd;
	struct buf out;
};

static void bench_done(struct bench *bench)
{
	autoerr struct err err = {0};
	if (bench->runtime.driver &&
	    bench->runtime.driver->remove(&bench->runtime, bench->id, &err))
		fprintf(stderr, "# %s\n", err_text(&err));
	err_clear(&err);
	if (bench->cgroup && cgroup_remove(bench->cgroup, &err))
		fprintf(stderr, "# %s\n", err_text(&err));
	runtime_done(&bench->runtime);
	strlist_done(&bench->spec.args);
	strlist_done(&bench->spec.env);
	buf_done(&bench->out);
	char *texts[] = {bench->id, bench->cgroup, bench->bundle, bench->rootfs, bench->state};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(texts[i]);
	if (bench->out_fd > 0)
		close(bench->out_fd);
}
#define autobench cleanup(bench_done)

static void bench_init(struct bench *bench, const char *runtime)
{
	static const char *const dirs[] = {"bundle", "rootfs", "rootfs/bin", "rootfs/dir", "state"};
	autoerr struct err err = {0};
	const char *top = NULL;
	*bench = (struct bench){0};
	if (geteuid() != 0)
		test_skip("needs root");
	if (access(BUSYBOX, X_OK))
		test_skip("needs " BUSYBOX " (package busybox-static)");
	bench->dirfd = test_dir(&top);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		CHECK_OK(dir_make_all(bench->dirfd, dirs[i], 0755, &err), &err);
	autofree char *state = path_join(top, "state");
	if (runtime_open(runtime, state, false, &bench->runtime, &err))
		test_skip(runtime); /* named: what is not installed */
	int from = open(BUSYBOX, O_RDONLY | O_CLOEXEC);
	int to = openat(bench->dirfd, "rootfs/bin/busybox", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(from >= 0 && to >= 0);
	CHECK_OK(io_copy(from, to, UINT64_MAX, &err), &err);
	close(from);
	close(to);
	CHECK(!symlinkat("busybox", bench->dirfd, "rootfs/bin/sh"));
	static int n_benches; /* what a failed test left is in nobody's way */
	bench->id = xasprintf("hull-test-%d-%s-%d", (int)getpid(), runtime, n_benches++);
	bench->cgroup = xasprintf("/hull-test/%s", bench->id);
	bench->bundle = path_join(top, "bundle");
	bench->rootfs = path_join(top, "rootfs");
	bench->spec = (struct spec){.id = bench->id,
				    .rootfs = bench->rootfs,
				    .cgroup_path = bench->cgroup,
				    .hostname = "testhost"};
	strlist_add(&bench->spec.env, "PATH=/bin");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void bench_command(struct bench *bench, const char *const *words)
{
	strlist_done(&bench->spec.args);
	for (; *words; words++)
		strlist_add(&bench->spec.args, *words);
}
#define COMMAND(bench, ...) bench_command(bench, (const char *const[]){__VA_ARGS__, NULL})

static int bench_start(struct bench *bench, pid_t *ret_pid, struct err *err)
{
	autofree char *json = NULL;
	autoerr struct err inner = {0};
	CHECK_OK(spec_build(&bench->spec, &json, &inner), &inner);
	CHECK_OK(file_write_at(bench->dirfd, "bundle/config.json", json, strlen(json), 0600,
			       FILE_NO_SYNC, &inner),
		 &inner);
	int ends[2];
	CHECK(!pipe2(ends, O_CLOEXEC));
	bench->out_fd = ends[0];
	const struct runtime_stdio stdio = {.fds = {-1, ends[1], ends[1]}};
	int result = bench->runtime.driver->start(&bench->runtime, bench->id, bench->bundle, &stdio,
						  ret_pid, err);
	close(ends[1]);
	return result;
}

/* Runs to the end; returns the exit status. */
static int bench_run(struct bench *bench)
{
	autoerr struct err err = {0};
	pid_t pid = 0;
	int status = -1;
	CHECK_OK(bench_start(bench, &pid, &err), &err);
	CHECK_OK(io_read_all(bench->out_fd, &bench->out, &err), &err);
	CHECK_OK(proc_wait(pid, &status, &err), &err);
	CHECK_OK(bench->runtime.driver->remove(&bench->runtime, bench->id, &err), &err);
	return status;
}

static void check_first_process(const char *runtime)
{
	autobench struct bench bench;
	bench_init(&bench, runtime);
	COMMAND(&bench, "sh", "-c",
		"echo $$; hostname; ls /proc/self/fd | busybox wc -l; busybox grep Seccomp: /proc/self/status; "
		"busybox grep CapEff /proc/self/status; ulimit -Sn; ls -d /sys/fs/cgroup; exit 3");
	CHECK_INT(bench_run(&bench), 3);
	/* 0, 1, 2 and the directory itself: neither the log's descriptor nor any of ours came
	 * along. */
	CHECK_STR(buf_text(&bench.out),
		  "1\ntesthost\n4\nSeccomp:\t2\nCapEff:\t00000000a80425fb\n1024\n/sys/fs/cgroup\n");
}

TEST(crun_runs_the_first_process)
{
	check_first_process("crun");
}
TEST(runc_runs_the_first_process)
{
	check_first_process("runc");
}

static void check_filter(const char *runtime)
{
	autobench struct bench bench;
	bench_init(&bench, runtime);
	COMMAND(&bench, "sh", "-c",
		"busybox unshare -m true; busybox chroot / /bin/busybox echo chroot works");
	CHECK_INT(bench_run(&bench), 0);
	CHECK_STR(buf_text(&bench.out),
		  "unshare: unshare(0x20000): Operation not permitted\nchroot works\n");
}

TEST(crun_filters_system_calls)
{
	check_filter("crun");
}

TEST(runc_filters_system_calls)
{
	check_filter("runc");
}

/* One that is dead before its runtime is: its status must be ours all the same, and nobody else's.
 */
static void check_short_lives(const char *runtime)
{
	autobench struct bench bench;
	bench_init(&bench, runtime);
	for (int i = 0; i < 20; i++) {
		COMMAND(&bench, "busybox", i % 2 ? "true" : "false");
		CHECK_INT(bench_run(&bench), i % 2 ? 0 : 1);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
		close(bench.out_fd);
		bench.out_fd = 0;
	}
}

TEST(crun_hands_over_the_shortest_life)
{
	check_short_lives("crun");
}

TEST(runc_hands_over_the_shortest_life)
{
	check_short_lives("runc");
}

static void check_errors(const char *runtime)
{
	static const struct {
		const char *command;
		enum err_kind kind;
		int sys_errno;
	} cases[] = {
		{"nosuch", ERR_MISSING, ENOENT},
		{"/bin/nosuch", ERR_MISSING, ENOENT},
		{"/dir", ERR_DENIED, EACCES},
		{"/bin/plain", ERR_DENIED, EACCES},
	};
	autobench struct bench bench;
	bench_init(&bench, runtime);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0}, inner = {0};
		pid_t pid = 0;
		CHECK_OK(file_write_at(bench.dirfd, "rootfs/bin/plain", "x", 1, 0644, FILE_NO_SYNC,
				       &inner),
			 &inner);
		COMMAND(&bench, cases[i].command);
		CHECK_INT(bench_start(&bench, &pid, &err), -1);
		CHECK_INT(err.kind, cases[i].kind);
		CHECK_INT(err.sys_errno, cases[i].sys_errno);
		CHECK_INT(pid, 0);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
		close(bench.out_fd);
		bench.out_fd = 0;
	}
	/* A missing source of a bind is no missing command. */
	autoerr struct err err = {0};
	pid_t pid = 0;
	struct spec_mount mount = {.source = (char *)"/nosuch/source", .target = (char *)"/mnt"};
	bench.spec.mounts = &mount;
	bench.spec.n_mounts = 1;
	COMMAND(&bench, "true");
	CHECK_INT(bench_start(&bench, &pid, &err), -1);
	CHECK_INT(err.kind, ERR_SYSTEM);
	CHECK(strstr(err_text(&err), "/nosuch/source"));
}

TEST(crun_says_why_it_did_not_start)
{
	check_errors("crun");
}
TEST(runc_says_why_it_did_not_start)
{
	check_errors("runc");
}

/* In the running container; `out` gets its standard output. */
static int bench_exec(struct bench *bench, int out, pid_t *ret_pid, struct err *err)
{
	autoerr struct err inner = {0};
	autofree char *json = NULL, *process = path_join(bench->bundle, "process.json"),
		      *pid_file = path_join(bench->bundle, "exec.pid");
	CHECK_OK(spec_build_process(&bench->spec, &json, &inner), &inner);
	CHECK_OK(file_write_at(bench->dirfd, "bundle/process.json", json, strlen(json), 0600,
			       FILE_NO_SYNC, &inner),
		 &inner);
	const struct runtime_exec exec = {
		.process_json = process, .pid_file = pid_file, .stdio = {.fds = {-1, out, -1}}};
	return bench->runtime.driver->exec(&bench->runtime, bench->id, &exec, ret_pid, err);
}

static void check_exec(struct bench *bench)
{
	autoerr struct err err = {0};
	autobuf struct buf out = {0};
	pid_t pid = 0;
	int status = -1, ends[2];
	COMMAND(bench, "sh", "-c", "echo in $(hostname); exit 7");
	CHECK(!pipe2(ends, O_CLOEXEC));
	CHECK_OK(bench_exec(bench, ends[1], &pid, &err), &err);
	close(ends[1]);
	CHECK_OK(io_read_all(ends[0], &out, &err), &err);
	close(ends[0]);
	CHECK_OK(proc_wait(pid, &status, &err), &err);
	CHECK_INT(status, 7);
	CHECK_STR(buf_text(&out), "in testhost\n");
}

/* The shortest ones are ours as well, and nothing but the container's first process is left to us.
 */
static void check_exec_often(struct bench *bench)
{
	autoerr struct err err = {0};
	for (int i = 0; i < 10; i++) {
		pid_t pid = 0;
		int status = -1;
		COMMAND(bench, "busybox", "false");
		CHECK_OK(bench_exec(bench, -1, &pid, &err), &err);
		CHECK_OK(proc_wait(pid, &status, &err), &err);
		CHECK_INT(status, 1);
		CHECK_INT(waitpid(-1, NULL, WNOHANG), 0);
	}
}

static void check_exec_errors(struct bench *bench)
{
	static const struct {
		const char *command;
		enum err_kind kind;
		int sys_errno;
	} cases[] = {{"nosuch", ERR_MISSING, ENOENT}, {"/dir", ERR_DENIED, EACCES}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		pid_t pid = 0;
		COMMAND(bench, cases[i].command);
		CHECK_INT(bench_exec(bench, -1, &pid, &err), -1);
		CHECK_INT(err.kind, cases[i].kind);
		CHECK_INT(err.sys_errno, cases[i].sys_errno);
		CHECK_INT(waitpid(-1, NULL, WNOHANG), 0);
	}
}

static void check_status(struct bench *bench, const char *want, pid_t want_pid)
{
	autoerr struct err err = {0};
	autofree char *status = NULL;
	pid_t pid = -1;
	CHECK_OK(bench->runtime.driver->state(&bench->runtime, bench->id, &pid, &status, &err),
		 &err);
	CHECK_STR(status, want);
	CHECK_INT(pid, want_pid);
}

/* As check_life ends, but without starting the runtime. */
static void check_forgotten(const char *runtime)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	autofree char *status = NULL;
	pid_t pid = 0;
	int exit_status = -1;
	bench_init(&bench, runtime);
	COMMAND(&bench, "sh", "-c", ":");
	const struct runtime_driver *driver = bench.runtime.driver;
	CHECK_OK(bench_start(&bench, &pid, &err), &err);
	CHECK_OK(proc_wait(pid, &exit_status, &err), &err);
	CHECK_OK(cgroup_remove(bench.cgroup, &err), &err);
	CHECK_OK(driver->forget(&bench.runtime, bench.id, &err), &err);
	CHECK_OK(driver->forget(&bench.runtime, bench.id, &err), &err); /* fine when gone */
	CHECK_INT(driver->state(&bench.runtime, bench.id, &pid, &status, &err), -1);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_OK(bench_start(&bench, &pid, &err), &err); /* nothing stands in the way */
	CHECK_OK(proc_wait(pid, &exit_status, &err), &err);
}

static void check_life(const char *runtime)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	pid_t pid = 0;
	int exit_status = -1;
	bench_init(&bench, runtime);
	COMMAND(&bench, "sh", "-c", "trap 'exit 5' TERM; while :; do busybox sleep 0.01; done");
	const struct runtime_driver *driver = bench.runtime.driver;
	CHECK_OK(bench_start(&bench, &pid, &err), &err);
	check_status(&bench, "running", pid);
	check_exec(&bench);
	check_exec_often(&bench);
	check_exec_errors(&bench);
	CHECK_OK(driver->pause(&bench.runtime, bench.id, true, &err), &err);
	check_status(&bench, "paused", pid);
	CHECK_OK(driver->pause(&bench.runtime, bench.id, false, &err), &err);
	CHECK_OK(driver->kill(&bench.runtime, bench.id, SIGTERM, false, &err), &err);
	CHECK_OK(proc_wait(pid, &exit_status, &err), &err);
	CHECK_INT(exit_status, 5);
	CHECK_INT(driver->kill(&bench.runtime, bench.id, SIGTERM, false, &err), -1);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_OK(driver->remove(&bench.runtime, bench.id, &err), &err);
	CHECK_OK(driver->remove(&bench.runtime, bench.id, &err), &err); /* fine when gone */
	autofree char *status = NULL;
	CHECK_INT(driver->state(&bench.runtime, bench.id, &pid, &status, &err), -1);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(crun_signals_pauses_and_executes)
{
	check_life("crun");
}
TEST(runc_signals_pauses_and_executes)
{
	check_life("runc");
}

TEST(crun_and_runc_can_be_forgotten)
{
	check_forgotten("crun");
	check_forgotten("runc");
}

static void check_limits(const char *runtime)
{
	autobench struct bench bench;
	bench_init(&bench, runtime);
	bench.spec.memory_bytes = 32 << 20;
	bench.spec.pids_limit = 7;
	bench.spec.nano_cpus = 500000000;
	COMMAND(&bench, "sh", "-c",
		"cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us 2>&- || "
		"cat memory.max pids.max; :");
	bench_run(&bench);
	const char *want = cgroup_layout() == CGROUP_V2 ? "33554432\n7\n" : "33554432\n7\n50000\n";
	CHECK_STR(buf_text(&bench.out), want);
}

TEST(crun_limits_by_cgroups)
{
	check_limits("crun");
}
TEST(runc_limits_by_cgroups)
{
	check_limits("runc");
}

static void check_remove_paused(const char *runtime)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	pid_t pid = 0;
	int exit_status = -1;
	bench_init(&bench, runtime);
	COMMAND(&bench, "sh", "-c", "while :; do busybox sleep 0.01; done");
	const struct runtime_driver *driver = bench.runtime.driver;
	CHECK_OK(bench_start(&bench, &pid, &err), &err);
	CHECK_OK(driver->pause(&bench.runtime, bench.id, true, &err), &err);
	CHECK_OK(driver->remove(&bench.runtime, bench.id, &err), &err);
	CHECK_OK(cgroup_remove(bench.cgroup, &err), &err);
	CHECK_OK(proc_wait(pid, &exit_status, &err), &err);
	CHECK_INT(exit_status, 128 + SIGKILL);
}

TEST(crun_removes_what_is_paused)
{
	check_remove_paused("crun");
}

TEST(runc_removes_what_is_paused)
{
	check_remove_paused("runc");
}

static int console_listen(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, 1));
	return fd;
}

static int console_receive(int listener)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte[64];
	struct iovec iov = {byte, sizeof(byte)};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control)};
	int fd = -1, peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK(peer >= 0 && recvmsg(peer, &message, MSG_CMSG_CLOEXEC) > 0);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	CHECK(header && header->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	close(peer);
	return fd;
}

static void check_terminal(const char *runtime)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	autofree char *json = NULL;
	char text[64] = "";
	pid_t pid = 0;
	int status = -1;
	bench_init(&bench, runtime);
	bench.spec.tty = true;
	COMMAND(&bench, "sh", "-c", "test -t 0 && test -t 2 && echo a terminal");
	CHECK_OK(spec_build(&bench.spec, &json, &err), &err);
	CHECK_OK(file_write_at(bench.dirfd, "bundle/config.json", json, strlen(json), 0600,
			       FILE_NO_SYNC, &err),
		 &err);
	autofree char *path = path_join(bench.bundle, "console");
	int listener = console_listen(path);
	const struct runtime_stdio stdio = {.fds = {-1, -1, -1}, .console_path = path};
	CHECK_OK(bench.runtime.driver->start(&bench.runtime, bench.id, bench.bundle, &stdio, &pid,
					     &err),
		 &err);
	int master = console_receive(listener);
	ssize_t n = read(master, text, sizeof(text) - 1);
	CHECK_STR(n > 0 ? text : "", "a terminal\r\n");
	CHECK_OK(proc_wait(pid, &status, &err), &err);
	CHECK_INT(status, 0);
	close(master);
	close(listener);
}

TEST(crun_gives_a_terminal)
{
	check_terminal("crun");
}
TEST(runc_gives_a_terminal)
{
	check_terminal("runc");
}

TEST(a_runtime_that_is_missing_is_named)
{
	autoerr struct err err = {0};
	const char *top = NULL;
	struct runtime runtime = {0};
	test_dir(&top);
	CHECK_INT(runtime_open("nosuchruntime", top, false, &runtime, &err), -1);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(strstr(err_text(&err), "no OCI runtime 'nosuchruntime'"));
}

TEST(systemd_on_a_hybrid_host_gets_runc)
{
	autoerr struct err err = {0};
	autoruntime struct runtime runtime = {0};
	const char *top = NULL;
	test_dir(&top);
	if (cgroup_layout() != CGROUP_HYBRID || access("/usr/sbin/runc", X_OK))
		test_skip("needs a host with cgroup v1 and v2, and runc");
	CHECK_OK(runtime_open(NULL, top, true, &runtime, &err), &err);
	CHECK_STR(runtime.driver->name, "runc");
}

TEST(the_last_error_of_a_log_is_told)
{
	autoerr struct err err = {0};
	CHECK_INT(
		cli_error(
			STR("{\"level\":\"warning\",\"msg\":\"w\"}\n{\"level\":\"error\",\"msg\":\"first\"}\n"
			    "not json\n{\"msg\":\"second\",\"level\":\"error\"}\n"),
			STR(""), "starting", &err),
		-1);
	CHECK_STR(err_text(&err), "starting: second");
	err_clear(&err);
	cli_error(STR(""), STR("panic: x\n"), "starting", &err);
	CHECK_STR(err_text(&err), "starting: panic: x");
	err_clear(&err);
	cli_error(STR(""), STR(""), "starting", &err);
	CHECK_STR(err_text(&err), "starting: the runtime failed and says nothing");
}
