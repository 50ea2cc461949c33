/* libc.c - small functions in place of large ones of the C library, in the static program.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A library's member is linked only for a name that nothing else has. musl's printf family comes to
 * these two, and to floating point of any length; its searches and its sort are made for inputs
 * that we never have; what it does for threads and set-user-ID programs is not for us. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/small.h"

#include "base/banned.h"

int vsnprintf(char *restrict out, size_t size, const char *restrict format, va_list args)
{
	return small_vsnprintf(out, size, format, args);
}

/* Collected: a line to stderr is one write. */
struct stream {
	struct small_sink sink;
	FILE *file;
	size_t len;
	char bytes[1024];
};

static void stream_flush(struct stream *stream)
{
	fwrite(stream->bytes, 1, stream->len, stream->file);
	stream->len = 0;
}

static void stream_put(struct small_sink *sink, const char *bytes, size_t len)
{
	struct stream *stream = (struct stream *)sink;

	while (len) {
		size_t left = sizeof(stream->bytes) - stream->len, n = len < left ? len : left;
		memcpy(stream->bytes + stream->len, bytes, n);
		stream->len += n;
		bytes += n;
		len -= n;
		if (stream->len == sizeof(stream->bytes))
			stream_flush(stream);
	}
}

int vfprintf(FILE *restrict file, const char *restrict format, va_list args)
{
	struct stream stream = {.sink = {stream_put}, .file = file};
	int n = small_format(&stream.sink, format, args);

	stream_flush(&stream);
	return ferror(file) ? -1 : n;
}

void *memmem(const void *bytes, size_t len, const void *sought, size_t sought_len)
{
	return small_memmem(bytes, len, sought, sought_len);
}

char *strstr(const char *text, const char *sought)
{
	return small_strstr(text, sought);
}

void qsort(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	small_qsort(items, n, size, compare);
}

/* ---- one thread: nobody else has to follow, no lock is held across a fork ---- */

int setgroups(size_t n, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, n, groups);
}

int setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return (int)syscall(SYS_setresgid, real, effective, saved);
}

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return (int)syscall(SYS_setresuid, real, effective, saved);
}

pid_t fork(void)
{
	return _Fork();
}

/* Linux before 5.8 knows no flags: our real user is the effective one. */
int faccessat(int dirfd, const char *path, int mode, int flags)
{
	long result = flags ? syscall(SYS_faccessat2, dirfd, path, mode, flags) : -1;

	if (!flags || (result && errno == ENOSYS))
		result = syscall(SYS_faccessat, dirfd, path, mode);
	return (int)result;
}
