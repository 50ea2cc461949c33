/* io.h - whole files and whole buffers, relative to a directory descriptor.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Publishing a file is always: write beside, fsync, rename, fsync the directory. */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* "DOING 'NAME': cause" from errno; the kind by the cause: missing (also a file where a directory
 * should be), existing, denied (also read-only), a name too long (ERR_LIMIT), else ERR_SYSTEM. */
int file_err(struct err *err, const char *doing, const char *name);
#define file_err(...) err_failed(file_err(__VA_ARGS__))

int io_write_all(int fd, const void *data, size_t len, struct err *err) must_check;
/* Reads until len bytes or the end; returns the count, -1 failed. Restarts after EINTR. */
ssize_t io_read_full(int fd, void *data, size_t len, struct err *err) must_check;
/* Appends up to the end; ERR_LIMIT when it is not reached within buf->max. */
int io_read_all(int fd, struct buf *buf, struct err *err) must_check;

/* A whole small file. `name` is a path relative to dirfd (AT_FDCWD allowed). A single component
 * must be a regular file, not a link to one. `ret_buf` is replaced. ERR_MISSING, ERR_DENIED,
 * ERR_LIMIT (max bytes; 0: 16 MiB), ERR_SYSTEM. */
int file_read_at(int dirfd, const char *name, size_t max, struct buf *ret_buf,
		 struct err *err) must_check;

enum file_sync { FILE_SYNC, FILE_NO_SYNC };
/* Atomic replacement; exactly `mode`, whatever the umask; FILE_SYNC: durable when it returns. */
int file_write_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		  enum file_sync sync, struct err *err) must_check;

int dir_open_at(int dirfd, const char *path, int *ret_fd, struct err *err) must_check;
/* mkdir -p */
int dir_make_all(int dirfd, const char *path, mode_t mode, struct err *err) must_check;
int dir_sync(int dirfd, struct err *err) must_check; /* O_PATH descriptors as well */
/* Removes a file or a whole tree, mount points excepted (they are an ERR_SYSTEM); a missing one is
 * fine. Never follows a link, never leaves the tree. */
int tree_remove_at(int dirfd, const char *name, struct err *err) must_check;
/* A stream over the open directory, for those who want types with the names. It takes *fd, which
 * becomes -1. NULL with errno: failed, *fd is as it was. */
DIR *dir_stream(int *fd) must_check;
/* Names in the directory, sorted bytewise, without "." and "..". */
struct strlist;
int dir_list(int dirfd, const char *name, struct strlist *ret_names, struct err *err) must_check;
/* Copies len bytes (UINT64_MAX: to the end) from and to the descriptors' positions, by reflink,
 * copy_file_range or read and write. ERR_CORRUPT: ends before len. */
int io_copy(int from, int to, uint64_t len, struct err *err) must_check;
int fd_set_nonblock(int fd, bool on, struct err *err) must_check;
char *path_join(const char *dir, const char *name); /* one slash between; "" dir: name alone */
const char *path_base(const char *path);            /* borrowed: behind the last slash */
/* Absolute and free of links; the path must exist. */
int path_real(const char *path, char **ret_path, struct err *err) must_check;
