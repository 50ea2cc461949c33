/* test_cgroup.c - a container's cgroup directories on this host, whatever its layout.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "runtime/spec.h"
#include "testing/test.h"

TEST(a_delegated_group_is_removed_with_what_runs_in_it)
{
	autoerr struct err err = {0};
	autofree char *path = NULL, *name = xasprintf("/hull-test/cgroup-%d", (int)getpid());
	struct stat st;
	int status = 0;
	if (geteuid() != 0 || access("/sys/fs/cgroup", W_OK))
		test_skip("needs root and cgroups");
	if (cgroup_delegate(name, &path, &err) && err.kind == ERR_DENIED)
		test_skip("needs writable cgroups");
	CHECK(!err_is_set(&err));
	if (!path)
		test_skip("needs cgroup2 or the hierarchy name=systemd");
	autofree char *below = path_join(path, "below"), *procs = path_join(below, "cgroup.procs");
	CHECK(!mkdir(below, 0755));
	pid_t pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	autofree char *text = xasprintf("%d", (int)pid);
	int fd = open(procs, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) > 0);
	close(fd);
	CHECK_OK(cgroup_remove(name, &err), &err);
	CHECK_OK(proc_wait(pid, &status, &err), &err);
	CHECK_INT(status, 128 + SIGKILL);
	CHECK(stat(path, &st) && errno == ENOENT);
	CHECK_OK(cgroup_remove(name, &err), &err); /* fine when gone */
}

TEST(only_groups_below_the_root_are_touched)
{
	static const char *const bad[] = {"/", "", "hull/x", "/hull/../..", "/./x"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		autoerr struct err err = {0};
		CHECK_INT(cgroup_remove(bad[i], &err), -1);
		CHECK_INT(err.kind, ERR_INPUT);
	}
}
