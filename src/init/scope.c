/* scope.c - who is meant by a signal to a service: the process, its group, its session, its tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/scope.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "init/limits.h"
#include "init/stats.h"

#include "base/banned.h"

/* Field 6 of /proc/PID/stat, proc(5); the name in field 2 may hold anything, so its end is sought
 * from behind. */
static pid_t session_of(pid_t pid)
{
	char path[32];
	char text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = 0;
	const char *end = strrchr(text, ')');
	int parent;
	int group;
	int session;
	if (!end || sscanf(end, ") %*c %d %d %d", &parent, &group, &session) != 3)
		return -1;
	return session;
}

/* Members of the group have heard it already: a program may take a second TERM for impatience. */
static void signal_outside(pid_t pid, pid_t group, int signal)
{
	if (getpgid(pid) != group)
		kill(pid, signal);
}

/* To every process of the session. The directory is read by the raw system call: libc's
 * opendir allocates. */
static void signal_session(pid_t session, int signal)
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
	long n;

	while (fd >= 0 && (n = syscall(SYS_getdents64, fd, batch, sizeof(batch))) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *entry = (const void *)(batch + at);
			at += entry->length;
			pid_t pid = (pid_t)strtol(entry->name, NULL, 10);
			if (pid > 1 && session_of(pid) == session)
				signal_outside(pid, session, signal);
		}
	}
}

static void signal_tree(pid_t pid, int signal)
{
	pid_t below[LIMIT_TREE];
	int n = process_children(pid, true, below, LIMIT_TREE);

	for (int i = 0; i < n; i++)
		signal_outside(below[i], pid, signal);
}

int scope_signal(pid_t pid, enum kill_scope scope, int signal)
{
	if (scope == KILL_PROCESS)
		return kill(pid, signal) ? -errno : 0;
	/* Before the group: a descendant with a session of its own is found while its parents live.
	 */
	if (scope == KILL_TREE)
		signal_tree(pid, signal);
	if (scope == KILL_SESSION)
		signal_session(pid, signal);
	return kill(-pid, signal) && kill(pid, signal) ? -errno : 0;
}

int scope_stop(pid_t pid, const struct service_spec *spec, int signal)
{
	pid_t children[LIMIT_TREE];
	int n = spec->stop_children ? process_children(pid, false, children, LIMIT_TREE) : 0;
	int error = scope_signal(pid, spec->kill, signal);

	for (int i = 0; i < n; i++)
		if (spec->kill == KILL_PROCESS)
			kill(children[i], signal);
		else
			signal_outside(children[i], pid, signal);
	if (signal != SIGKILL && signal != SIGSTOP)
		scope_signal(pid, spec->kill, SIGCONT);
	return error;
}

bool scope_is_child(pid_t pid)
{
	siginfo_t found;

	return !waitid(P_PID, (id_t)pid, &found, WSTOPPED | WNOHANG | WNOWAIT);
}

void scope_kill_rest(pid_t pid, enum kill_scope scope)
{
	if (scope == KILL_PROCESS)
		return;
	if (scope != KILL_GROUP)
		signal_session(pid, SIGKILL);
	kill(-pid, SIGKILL);
}

bool scope_group_lives(pid_t group)
{
	siginfo_t found;

	/* waitid(2): without WEXITED a zombie is nobody to wait for. */
	return !waitid(P_PGID, (id_t)group, &found, WSTOPPED | WNOHANG | WNOWAIT);
}

void scope_signal_all(int signal)
{
	if (getpid() == 1) { /* elsewhere this would be the end of the whole session */
		kill(-1, signal);
		if (signal != SIGKILL)
			kill(-1, SIGCONT);
		return;
	}
	signal_tree(getpid(), signal);
	if (signal != SIGKILL)
		signal_tree(getpid(), SIGCONT);
}
