/* crun.c - what must be done around crun for it to be a runtime like the other.
 * SPDX-License-Identifier: Apache-2.0
 *
 * 1. crun refuses a hybrid host whose cgroup2 hierarchy has a controller (seen in 1.8, still in its
 *    sources): it runs in a mount namespace of its own without /sys/fs/cgroup/unified, on the v1
 *    hierarchies.
 * 2. `run --detach` forks twice, and the middle one, the parent of the container's first process,
 * ends some time after the one that we wait for:
 *
 *        us ── crun ── (ends at once) ── middle ── first process
 *
 *    Asked too early, we are not the parent yet; later, the middle one is a dead child of ours that
 * nobody expects. So a process of ours stands between, takes what crun leaves behind, and ends when
 * nothing but the first process is left: that one then is ours, dead or alive. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/cli.h"

#include "base/banned.h"

/* All of this runs between fork and exec: system calls only. */

/* Slave, not private: what the host mounts later still arrives. */
static int unified_leave(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return -1;
	return umount2("/sys/fs/cgroup/unified", MNT_DETACH);
}

/* 0: there is none. */
static pid_t pid_read(const char *path)
{
	char text[16];
	pid_t pid = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		pid = pid * 10 + (text[i] - '0');
	if (fd >= 0)
		close(fd);
	return pid;
}

/* Reaps all but `first`, and returns when that is our child. The middle process became ours before
 * it did, and the kernel looks at children in that order, so it is seen although `first` may be
 * dead too. */
static void leftovers_reap(pid_t first)
{
	for (;;) {
		siginfo_t dead = {0}, ours = {0};
		bool is_ours =
			first && !waitid(P_PID, (id_t)first, &ours, WEXITED | WNOHANG | WNOWAIT);
		if (waitid(P_ALL, 0, &dead, WEXITED | WNOWAIT | (is_ours ? WNOHANG : 0)) ||
		    !dead.si_pid || dead.si_pid == first)
			return;
		waitpid(dead.si_pid, NULL, 0);
	}
}

/* Returns in a child, which goes on to become crun; the caller's process waits and ends here. */
static int stand_between(const char *pid_file)
{
	int status = 0;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return -1;
	pid_t pid = fork();
	if (pid <= 0)
		return pid;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(1);
	bool is_done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	leftovers_reap(is_done ? pid_read(pid_file) : 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int crun_prepare(void *pid_file)
{
	return pid_file ? stand_between(pid_file) : 0;
}

int crun_prepare_hybrid(void *pid_file)
{
	return unified_leave() ? -1 : crun_prepare(pid_file);
}
