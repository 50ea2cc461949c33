/* service_process.c - a service known by the command line of its process.
 * SPDX-License-Identifier: Apache-2.0
 * Source: proc(5), /proc/PID/cmdline and /proc/PID/comm. */
#include "states/service_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/system_limits.h"
#include "value/regex.h"

#include "base/banned.h"

/* What fits of it; 0: nothing, or it has gone. */
static size_t read_file(int proc_fd, const char *pid, const char *name, char *text, size_t size)
{
	autofree char *path = xasprintf("%s/%s", pid, name);
	autoclose int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size);

	return n > 0 ? (size_t)n : 0;
}

static struct str command_line(int proc_fd, const char *pid, char *text)
{
	size_t len = read_file(proc_fd, pid, "cmdline", text, LIMIT_COMMAND_LINE);

	while (len && !text[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = ' ';
	if (len)
		return (struct str){text, len};
	text[0] = '[';
	len = 1 + read_file(proc_fd, pid, "comm", text + 1, LIMIT_COMMAND_LINE - 2);
	len -= text[len - 1] == '\n';
	text[len++] = ']';
	return (struct str){text, len};
}

int process_runs(struct world *world, struct str pattern, bool *ret_runs, struct err *err)
{
	autofree char *text = xmalloc(LIMIT_COMMAND_LINE);
	struct regex *regex;
	struct regex_match match;
	struct dirent *entry;
	uint64_t pid;
	autoclose int fd = -1;
	int found = 0;

	/* As bytes: whoever starts a process chooses its words, and they may be no UTF-8. */
	if (regex_compile(world->heap, pattern, REGEX_BYTES, &regex, err) ||
	    beneath_open(world->rootfd, "/proc", O_RDONLY | O_DIRECTORY, 0, &fd, err))
		return -1;
	DIR *dir = dir_stream(&fd);
	if (!dir)
		return err_sys(err, "reading '/proc'");
	while (!found && (entry = readdir(dir))) {
		if (!str_to_u64(str_of(entry->d_name), &pid) || pid == (uint64_t)getpid())
			continue;
		struct str line = command_line(dirfd(dir), entry->d_name, text);
		found = regex_search(regex, line, 0, false, &match, err);
	}
	closedir(dir);
	if (found < 0)
		return -1;
	*ret_runs = found;
	return 0;
}
