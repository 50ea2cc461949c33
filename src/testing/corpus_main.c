/* corpus_main.c - replays a fuzz target's corpus, for builds without a fuzzer.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static _Noreturn void give_up(const char *name)
{
	fprintf(stderr, "%s: %m\n", name);
	exit(1);
}

/* The allocation is exactly as long as the file: the sanitizer sees the first byte beyond. */
static void file_replay(int fd, const char *name, size_t len)
{
	autofree uint8_t *data = xmalloc(len);
	size_t n_read = 0;
	while (n_read < len) {
		ssize_t n = read(fd, data + n_read, len - n_read);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			give_up(name);
		n_read += (size_t)n;
	}
	LLVMFuzzerTestOneInput(data, len);
}

static size_t replay(int dirfd, const char *name);

static size_t dir_replay(int fd, const char *name)
{
	DIR *dir = fdopendir(fd);
	if (!dir)
		give_up(name);
	size_t n = 0;
	for (const struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] != '.')
			n += replay(fd, entry->d_name);
	}
	closedir(dir);
	return n;
}

/* How many files stand there and below. */
static size_t replay(int dirfd, const char *name)
{
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		give_up(name);
	if (S_ISDIR(st.st_mode))
		return dir_replay(steal_fd(&fd), name);
	file_replay(fd, name, (size_t)st.st_size);
	return 1;
}

int main(int argc, char **argv)
{
	size_t n = 0;
	for (int i = 1; i < argc; i++)
		n += replay(AT_FDCWD, argv[i]);
	if (n == 0) {
		fprintf(stderr, "no corpus: nothing was replayed\n");
		return 1;
	}
	printf("%zu inputs replayed\n", n);
	return 0;
}
