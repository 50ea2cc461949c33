/* pidfile.c - one of us for one file.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/str.h"
#include "init/machine.h"

#include "base/banned.h"

/* 0: none that says so. */
static pid_t pid_in(const char *path)
{
	char text[32] = "";
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	uint64_t pid = text_number(text);
	return pid <= INT32_MAX ? (pid_t)pid : 0;
}

/* A file of an earlier life of the container may name our own number. */
int pidfile_make(const char *path)
{
	char text[32];
	pid_t other = pid_in(path);

	if (other && other != getpid() && (!kill(other, 0) || errno == EPERM))
		return -EEXIST;
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	return write(fd, text, (size_t)n) == n ? 0 : -EIO;
}
