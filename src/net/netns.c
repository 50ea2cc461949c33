/* netns.c - network namespaces that live at a path, as ip-netns(8) keeps them.
 * SPDX-License-Identifier: Apache-2.0
 * Source: network_namespaces(7), netdevice(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "net/net_private.h"

#include "base/banned.h"

bool netns_exists(const char *path)
{
	struct statfs fs;
	return !statfs(path, &fs) && fs.f_type == NSFS_MAGIC;
}

static int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	return ioctl(fd, SIOCSIFFLAGS, &request); /* the descriptor goes with the process */
}

/* In the child, which has the namespace only as long as it lives: system calls only. The exit
 * status is the errno. */
static _Noreturn void child_main(const char *path)
{
	if (unshare(CLONE_NEWNET) || loopback_up() ||
	    mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL))
		_exit(errno);
	_exit(0);
}

static int child_run(const char *path, struct err *err)
{
	int status = 0;
	pid_t pid = fork();
	if (pid < 0)
		return err_sys(err, "starting a process for the network namespace");
	if (!pid)
		child_main(path);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, "waiting for the network namespace");
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? err_sys(err, "making the network namespace '%s'", path) : 0;
}

int netns_make(const char *path, struct err *err)
{
	const char *base = path_base(path);
	autofree char *dir = xstrndup(path, (size_t)(base - path));
	if (*dir && dir_make_all(AT_FDCWD, dir, 0755, err))
		return -1;
	if (netns_exists(path))
		return err_set(err, ERR_EXISTS, "there is a network namespace at '%s'", path);
	autoclose int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);
	if (fd < 0)
		return file_err(err, "making", path);
	if (child_run(path, err)) {
		unlink(path);
		return -1;
	}
	return 0;
}

int netns_remove(const char *path, struct err *err)
{
	if (netns_exists(path) && umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW))
		return err_sys(err, "unmounting '%s'", path);
	if (unlink(path) && errno != ENOENT)
		return err_sys(err, "removing '%s'", path);
	return 0;
}
