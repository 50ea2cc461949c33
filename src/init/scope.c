/* scope.c - who is meant by a signal to a service: the process, its group, its session, its tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "init/limits.h"
#include "init/stats.h"

#include "base/banned.h"

/* ---- what /proc tells of one process ---- */

static int open_file(pid_t pid, const char *name)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Field 6 of /proc/PID/stat, proc(5); the name in field 2 may hold anything, so its end is sought
 * from behind. A zombie has none. */
static pid_t session_of(pid_t pid)
{
	char text[512];
	autoclose int fd = open_file(pid, "stat");
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return -1;
	text[n] = 0;
	struct process_stats stats;
	if (!process_stats_parse(text, &stats))
		return -1;
	return stats.state == 'Z' || stats.state == 'X' ? -1 : stats.session;
}

/* Piece by piece; two pieces overlap by the length of what is sought. */
static bool has_mark(pid_t pid, uint64_t mark)
{
	char sought[sizeof(SCOPE_MARK "=") + 16];
	char piece[4096];
	size_t len = (size_t)snprintf(sought, sizeof(sought), SCOPE_MARK "=%016llx",
				      (unsigned long long)mark);
	size_t n_kept = 0;
	autoclose int fd = open_file(pid, "environ");

	for (size_t total = 0; fd >= 0 && total < LIMIT_SPAWN_TEXT;) {
		ssize_t n = read(fd, piece + n_kept, sizeof(piece) - n_kept);
		if (n <= 0)
			return false;
		total += (size_t)n;
		size_t n_piece = n_kept + (size_t)n;
		if (memmem(piece, n_piece, sought, len))
			return true;
		n_kept = n_piece < len ? n_piece : len;
		memmove(piece, piece + n_piece - n_kept, n_kept);
	}
	return false;
}

static bool is_member(const struct scope *scope, pid_t pid)
{
	pid_t session = session_of(pid);

	return session > 0 && (session == scope->group ||
			       (scope->kind == KILL_TREE && has_mark(pid, scope->mark)));
}

/* ---- all of them ---- */

/* Sends to every member outside of the group (whose members have heard it as such: a program may
 * take a second TERM for impatience); 0 asks whether there is any member. Returns their number. The
 * directory is read by the raw system call: libc's opendir allocates. */
static int signal_members(const struct scope *scope, int signal)
{
	struct entry {
		uint64_t inode;
		int64_t offset;
		uint16_t length;
		uint8_t type;
		char name[];
	};
	_Alignas(struct entry) char batch[4096];
	autoclose int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int n_members = 0;
	long n;

	while (fd >= 0 && (n = syscall(SYS_getdents64, fd, batch, sizeof(batch))) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *entry = (const void *)(batch + at);
			at += entry->length;
			pid_t pid = (pid_t)text_number(entry->name);
			if (pid <= 1 || !is_member(scope, pid))
				continue;
			n_members++;
			if (signal && getpgid(pid) != scope->group)
				kill(pid, signal);
		}
	}
	return n_members;
}

/* It may have left its group. */
static int signal_first(const struct scope *scope, int signal)
{
	if (scope->pid <= 0)
		return -ESRCH;
	return kill(scope->pid, signal) ? -errno : 0;
}

int scope_signal(const struct scope *scope, int signal)
{
	if (scope->kind == KILL_PROCESS)
		return signal_first(scope, signal);
	if (scope->kind != KILL_GROUP)
		signal_members(scope, signal);
	if (kill(-scope->group, signal))
		return errno == ESRCH ? signal_first(scope, signal) : -errno;
	return 0;
}

int scope_stop(const struct scope *scope, int signal, bool to_children)
{
	pid_t children[LIMIT_TREE];
	int n = to_children ? process_children(scope->pid, false, children, LIMIT_TREE) : 0;
	int error = scope_signal(scope, signal);

	for (int i = 0; i < n; i++)
		if (scope->kind == KILL_PROCESS || getpgid(children[i]) != scope->group)
			kill(children[i], signal);
	if (signal != SIGKILL && signal != SIGSTOP)
		scope_signal(scope, SIGCONT);
	return error;
}

bool scope_lives(const struct scope *scope)
{
	siginfo_t found;

	if (scope->kind == KILL_PROCESS)
		return false;
	/* waitid(2): without WEXITED a zombie is nobody to wait for. */
	if (!waitid(P_PGID, (id_t)scope->group, &found, WSTOPPED | WNOHANG | WNOWAIT))
		return true;
	return scope->kind != KILL_GROUP && signal_members(scope, 0) > 0;
}

bool scope_is_child(pid_t pid)
{
	siginfo_t found;

	return !waitid(P_PID, (id_t)pid, &found, WSTOPPED | WNOHANG | WNOWAIT);
}

void scope_signal_all(int signal)
{
	pid_t below[LIMIT_TREE];

	if (getpid() == 1) { /* elsewhere this would be the end of the whole session */
		kill(-1, signal);
		if (signal != SIGKILL)
			kill(-1, SIGCONT);
		return;
	}
	int n = process_children(getpid(), true, below, LIMIT_TREE);
	for (int i = 0; i < n; i++) {
		kill(below[i], signal);
		if (signal != SIGKILL)
			kill(below[i], SIGCONT);
	}
}
