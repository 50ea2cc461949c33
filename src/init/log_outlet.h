/* log_outlet.h - a descriptor that bytes leave by without ever making us wait.
 * SPDX-License-Identifier: Apache-2.0
 *
 * O_NONBLOCK belongs to the open file description, and the one of an inherited stdout is shared
 * with whoever started us. So: a terminal or a pipe is opened again through /proc or by its name;
 * where that is refused (another user's pipe, no /proc) each write asks poll(2) first and is no
 * longer than what then fits for certain; a socket takes MSG_DONTWAIT; a file takes all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum log_outlet_kind {
	OUTLET_FILE,     /* regular: written as it is, with a size */
	OUTLET_NONBLOCK, /* a description of our own */
	OUTLET_NOWAIT,   /* pwritev2 with RWF_NOWAIT, pipes since Linux 6.4 */
	OUTLET_SOCKET,
	OUTLET_POLL, /* poll, then PIPE_BUF bytes */
};
struct log_outlet {
	int fd;
	enum log_outlet_kind kind;
	bool is_owned;  /* closed with the outlet */
	bool is_device; /* opened by name: /dev/null, a fifo; or inherited */
};

int log_outlet_inherited(struct log_outlet *outlet, int fd); /* 1 or 2; 0 or -errno */
/* Creates the file (0640) and its parents (0755) when they are missing. */
int log_outlet_file(struct log_outlet *outlet, const char *path);
void log_outlet_close(struct log_outlet *outlet);
/* Bytes taken, more than none; -EAGAIN: wait until it is writable; else -errno. */
ssize_t log_outlet_write(const struct log_outlet *outlet, const char *text, size_t len);
