/* log_outlet.c - a descriptor that bytes leave by without ever making us wait.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "init/trusted.h"

#include "base/banned.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8 /* linux/fs.h; it does not go with every sys/uio.h */
#endif
#define OPEN_FLAGS    (O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
/* A terminal that cannot be opened again: what its driver takes at once whenever poll(2) says
 * that it is writable (WAKEUP_CHARS in drivers/tty/n_tty.c). */
#define TERMINAL_SURE 256

/* The same pipe or terminal with a description of our own. */
static int reopen(int fd, const struct stat *st)
{
	char self[32];
	struct stat again;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	const char *const names[] = {self, "/dev/console"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (i > 0 && !S_ISCHR(st->st_mode))
			break;
		int own = open(names[i], OPEN_FLAGS);
		if (own < 0)
			continue;
		if (!fstat(own, &again) && again.st_ino == st->st_ino &&
		    again.st_dev == st->st_dev && again.st_rdev == st->st_rdev)
			return own;
		close(own);
	}
	return -1;
}

int log_outlet_inherited(struct log_outlet *outlet, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	*outlet = (struct log_outlet){.fd = fd, .is_device = true, .kind = OUTLET_FILE};
	if (S_ISSOCK(st.st_mode)) {
		outlet->kind = OUTLET_SOCKET;
	} else if (S_ISFIFO(st.st_mode) || isatty(fd)) {
		int own = reopen(fd, &st);
		if (own >= 0) {
			*outlet = (struct log_outlet){own, OUTLET_NONBLOCK, true, true};
			return 0;
		}
		outlet->kind = S_ISFIFO(st.st_mode) ? OUTLET_NOWAIT : OUTLET_POLL;
	}
	return 0;
}

/* The directory may be that of the service whose output goes there: no link of it is followed. */
static int file_open(const char *path)
{
	int fd = trusted_open(path, OPEN_FLAGS | O_APPEND | O_CREAT, 0640);

	if (fd == -ENXIO) /* a fifo without a reader: being both, we never wait */
		fd = trusted_open(path, (OPEN_FLAGS & ~O_ACCMODE) | O_RDWR, 0);
	return fd;
}

int log_outlet_file(struct log_outlet *outlet, const char *path)
{
	struct stat st;
	int fd = file_open(path);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st)) {
		int error = errno;
		close(fd);
		return -error;
	}
	bool is_file = S_ISREG(st.st_mode);
	*outlet = (struct log_outlet){fd, is_file ? OUTLET_FILE : OUTLET_NONBLOCK, true, !is_file};
	return 0;
}

void log_outlet_close(struct log_outlet *outlet)
{
	if (outlet->is_owned)
		close(outlet->fd);
	*outlet = (struct log_outlet){.fd = -1};
}

static ssize_t write_nowait(int fd, const char *text, size_t len)
{
	struct iovec part = {(char *)text, len};

	/* Offset -1: the descriptor's own position. */
	return syscall(SYS_pwritev2, fd, &part, 1L, -1L, -1L, (long)RWF_NOWAIT);
}

static ssize_t write_polled(int fd, const char *text, size_t len)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	size_t sure = isatty(fd) ? TERMINAL_SURE : PIPE_BUF;

	if (poll(&ready, 1, 0) <= 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, text, len < sure ? len : sure);
}

ssize_t log_outlet_write(const struct log_outlet *outlet, const char *text, size_t len)
{
	ssize_t n = -1;

	do {
		switch (outlet->kind) {
		case OUTLET_FILE:
		case OUTLET_NONBLOCK: n = write(outlet->fd, text, len); break;
		case OUTLET_SOCKET:
			n = send(outlet->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
			break;
		case OUTLET_NOWAIT:
			n = write_nowait(outlet->fd, text, len);
			if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EPERM &&
				       errno != EINVAL))
				break;
			__attribute__((fallthrough));
		case OUTLET_POLL: n = write_polled(outlet->fd, text, len); break;
		}
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n > 0 ? n : -EAGAIN;
}
