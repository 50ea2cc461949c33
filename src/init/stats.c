/* stats.c - what a process uses, from /proc when it is there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/mem.h"
#include "base/str.h"

#define PATH_SIZE 64

/* Another PID namespace's /proc would tell of other processes by our numbers. */
static int proc_is_ours(void)
{
	char text[16];
	ssize_t len = readlink("/proc/self", text, sizeof(text));
	if (len < 0)
		return -ENOENT;
	uint64_t pid;
	if (!str_to_u64((struct str){text, (size_t)len}, &pid) || pid != (uint64_t)getpid())
		return -ENOENT;
	return 0;
}

/* At most size - 1 bytes, with a NUL behind; the length or -errno. */
static ssize_t read_text(const char *path, char *text, size_t size)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size_t len = 0;
	while (len < size - 1) {
		ssize_t n = read(fd, text + len, size - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return (ssize_t)len;
}

/* Words of proc_pid_stat(5) behind the name, by their number there. */
enum {
	STAT_STATE = 3,
	STAT_PARENT = 4,
	STAT_SESSION = 6,
	STAT_UTIME = 14,
	STAT_STIME = 15,
	STAT_CUTIME = 16,
	STAT_CSTIME = 17,
	STAT_NICE = 19,
	STAT_START = 22,
	STAT_VSIZE = 23,
	STAT_RSS = 24,
	STAT_WORDS
};

static void stat_word(struct process_stats *stats, int number, const char *word)
{
	bool is_negative = *word == '-';
	uint64_t value = text_number(word + is_negative);

	switch (number) {
	case STAT_STATE: stats->state = *word; break;
	case STAT_PARENT: stats->parent = (pid_t)value; break;
	case STAT_SESSION: stats->session = (pid_t)value; break;
	case STAT_UTIME:
	case STAT_STIME: stats->cpu_ticks += value; break;
	case STAT_CUTIME:
	case STAT_CSTIME: stats->waited_ticks += value; break;
	case STAT_NICE: stats->nice = is_negative ? -(int)value : (int)value; break;
	case STAT_START: stats->start_ticks = value; break;
	case STAT_VSIZE: stats->vms = value; break;
	case STAT_RSS: stats->rss = value * (uint64_t)getpagesize(); break;
	default: break;
	}
}

uint64_t process_ticks_per_second(void)
{
	uint64_t ticks = getauxval(AT_CLKTCK);

	return ticks ? ticks : 100;
}

bool process_stats_parse(const char *text, struct process_stats *ret_stats)
{
	/* the name may hold blanks and brackets: the last closing one ends it */
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	if (!open || !close || close < open)
		return false;
	struct process_stats stats = {.pid = (pid_t)text_number(text)};
	size_t len = (size_t)(close - open - 1);
	if (len >= sizeof(stats.command))
		len = sizeof(stats.command) - 1;
	memcpy(stats.command, open + 1, len);
	int number = STAT_STATE - 1;
	for (const char *at = close + 1; *at && number < STAT_WORDS;) {
		while (*at == ' ')
			at++;
		if (!*at || *at == '\n')
			break;
		stat_word(&stats, ++number, at);
		while (*at && *at != ' ' && *at != '\n')
			at++;
	}
	if (number < STAT_PARENT)
		return false;
	*ret_stats = stats;
	return true;
}

static int read_stat(pid_t pid, struct process_stats *ret_stats)
{
	char path[PATH_SIZE], text[1024];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	ssize_t len = read_text(path, text, sizeof(text));
	if (len < 0)
		return len == -ENOENT ? -ESRCH : (int)len;
	return process_stats_parse(text, ret_stats) ? 0 : -ESRCH;
}

int process_parent(pid_t pid, pid_t *ret_parent)
{
	struct process_stats stats;
	int failed = proc_is_ours();
	if (failed)
		return failed;
	failed = read_stat(pid, &stats);
	if (failed)
		return failed;
	*ret_parent = stats.parent;
	return 0;
}

/* The owner of /proc/PID is root for those that changed their user without exec: ask status. */
static uid_t effective_uid(pid_t pid)
{
	char path[PATH_SIZE], text[2048];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (read_text(path, text, sizeof(text)) < 0)
		return (uid_t)-1;
	const char *line = strstr(text, "\nUid:\t");
	if (!line)
		return (uid_t)-1;
	line += strlen("\nUid:\t");
	line += strcspn(line, "\t"); /* behind the real one */
	return *line ? (uid_t)text_number(line + 1) : (uid_t)-1;
}

int process_stats(pid_t pid, struct process_stats *ret_stats)
{
	struct process_stats stats;
	int failed = proc_is_ours();
	if (failed)
		return failed;
	failed = read_stat(pid, &stats);
	if (failed)
		return failed;
	stats.uid = effective_uid(pid);
	*ret_stats = stats;
	return 0;
}

/* ---- children ---- */

struct pid_list {
	pid_t *pids;
	size_t n, max;
};

static void list_add(struct pid_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->pids[i] == pid)
			return;
	}
	if (list->n < list->max)
		list->pids[list->n++] = pid;
}

/* opendir(3) allocates; this does not. */
struct dirent_head {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* Calls `each` with every name of the directory that is a number. */
static int each_number(const char *path, void (*each)(void *arg, pid_t number), void *arg)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	_Alignas(uint64_t) char entries[2048];
	for (;;) {
		long n = syscall(SYS_getdents64, fd, entries, sizeof(entries));
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		for (long at = 0; at < n;) {
			const struct dirent_head *entry = (const void *)(entries + at);
			uint64_t number;
			if (str_to_u64(str_of(entry->name), &number) && number <= INT32_MAX)
				each(arg, (pid_t)number);
			at += entry->size;
		}
	}
}

struct children_walk {
	pid_t parent;
	struct pid_list *list;
	bool has_file; /* task/TID/children is there: CONFIG_PROC_CHILDREN */
};

static void thread_children(void *arg, pid_t thread)
{
	struct children_walk *walk = arg;
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)walk->parent, (int)thread);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	walk->has_file = true;
	char text[512];
	uint64_t pid = 0;
	ssize_t n;
	while ((n = read(fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				pid = pid * 10 + (uint64_t)(text[i] - '0');
				continue;
			}
			if (pid)
				list_add(walk->list, (pid_t)pid);
			pid = 0;
		}
	}
	if (pid)
		list_add(walk->list, (pid_t)pid);
}

static void scanned_process(void *arg, pid_t pid)
{
	struct children_walk *walk = arg;
	struct process_stats stats;
	if (read_stat(pid, &stats) == 0 && stats.parent == walk->parent)
		list_add(walk->list, pid);
}

static void children_of(pid_t parent, struct pid_list *list)
{
	struct children_walk walk = {parent, list, false};
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/task", (int)parent);
	each_number(path, thread_children, &walk);
	if (!walk.has_file)
		each_number("/proc", scanned_process, &walk);
}

int process_children(pid_t pid, bool all, pid_t *ret_pids, size_t max)
{
	int failed = proc_is_ours();
	if (failed)
		return failed;
	struct pid_list list = {ret_pids, 0, max};
	children_of(pid, &list);
	for (size_t i = 0; all && i < list.n; i++)
		children_of(list.pids[i], &list);
	return (int)list.n;
}
