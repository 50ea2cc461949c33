/* spawn_exec.c - a child becomes its program: by its own PATH, by an interpreter, or by /bin/sh.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "init/raw.h"
#include "init/spawn_private.h"

#include "base/banned.h"

/* What container images have when they say nothing. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

RAW static const char *find_path(const char *const *env)
{
	for (; *env; env++) {
		const char *entry = *env;

		if (entry[0] == 'P' && entry[1] == 'A' && entry[2] == 'T' && entry[3] == 'H' &&
		    entry[4] == '=')
			return entry + 5;
	}
	return DEFAULT_PATH;
}

/* A program of another machine is no script, whatever execvp(3) makes of it: a line of text holds
 * no NUL. */
RAW static bool is_text(const char *path)
{
	char line[128] = "";
	int fd = (int)raw4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	long n = fd < 0 ? 0 : raw3(SYS_read, fd, line, sizeof(line));

	if (fd >= 0)
		raw1(SYS_close, fd);
	for (long i = 0; i < n && line[i] != '\n'; i++)
		if (!line[i])
			return false;
	return true;
}

/* execvp(3): a file that the kernel does not know is a script of the shell. The words need one
 * place more than ours have, and nobody knows how many there are: mapped, the parent unmaps. */
RAW static int exec_by_shell(struct spawn_child *child, const char *path)
{
	const char *const *argv = child->spawn->argv;
	size_t n = 0;

	while (argv[n])
		n++;
	size_t bytes = (n + 3) * sizeof(char *);
	long mapped = raw6(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	if (mapped <= 0)
		return mapped ? (int)mapped : -ENOMEM;
	const char **words = (const char **)mapped;
	child->words_bytes = bytes;
	child->words = words;
	words[0] = "/bin/sh";
	words[1] = path;
	for (size_t i = 1; i < n; i++)
		words[i + 1] = argv[i];
	words[n + (n == 0) + 1] = NULL;
	return (int)raw3(SYS_execve, "/bin/sh", words, child->spawn->env);
}

RAW static int exec_file(struct spawn_child *child, const char *path)
{
	int result = (int)raw3(SYS_execve, path, child->spawn->argv, child->spawn->env);

	if (result == -ENOEXEC && is_text(path)) {
		result = exec_by_shell(child, path);
		if (result == -ENOENT) /* no shell: then it is the file that is wrong */
			return -ENOEXEC;
	}
	/* The file is there, so it is its interpreter (or dynamic linker) that is not. */
	if (result == -ENOENT && raw3(SYS_faccessat, AT_FDCWD, path, F_OK) == 0)
		child->step = "interpreter";
	return result;
}

/* Copies up to `end`, NULL: to the NUL. False: does not fit. */
RAW static bool append(char *out, size_t size, size_t *len, const char *from, char end)
{
	for (; *from && *from != end; from++) {
		if (*len + 1 >= size)
			return false;
		out[(*len)++] = *from;
	}
	out[*len] = '\0';
	return true;
}

RAW int spawn_child_exec(struct spawn_child *child)
{
	const char *file = child->spawn->file ? child->spawn->file : child->spawn->argv[0];
	char path[PATH_MAX];
	bool is_denied = false, is_path = false;
	const char *without = NULL;

	if (!file || !*file)
		return -ENOENT;
	for (const char *c = file; *c; c++)
		is_path |= *c == '/';
	if (is_path)
		return exec_file(child, file);
	for (const char *dir = find_path(child->spawn->env); dir;) {
		size_t len = 0;
		bool fits = append(path, sizeof(path), &len, dir, ':');
		bool is_here = len == 0; /* an empty entry is the current directory */

		while (*dir && *dir != ':')
			dir++;
		dir = *dir ? dir + 1 : NULL;
		fits = fits && (is_here || append(path, sizeof(path), &len, "/", '\0')) &&
		       append(path, sizeof(path), &len, file, '\0');
		if (!fits)
			continue;
		int result = exec_file(child, path);
		if (child->step) {
			without = child->step;
			child->step = NULL;
		}
		if (result == -EACCES)
			is_denied = true;
		else if (result != -ENOENT && result != -ENOTDIR)
			return result;
	}
	child->step = without;
	return is_denied && !without ? -EACCES : -ENOENT;
}
