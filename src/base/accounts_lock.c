/* accounts_lock.c - taking the locks of passwd and its relatives, with a limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/accounts_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/proc.h"

#include "base/banned.h"

#define PWD_LOCK ".pwd.lock"

const char *const accounts_names[ACCOUNTS_TABLES] = {
	[ACCOUNTS_PASSWD] = "passwd",
	[ACCOUNTS_GROUP] = "group",
	[ACCOUNTS_GSHADOW] = "gshadow",
	[ACCOUNTS_SHADOW] = "shadow",
};

/* No rights here, or nobody has: then nobody edits. */
static bool is_refused(int cause)
{
	return cause == EROFS || cause == EACCES || cause == EPERM;
}

/* False: the time is up. */
static bool wait_a_little(int64_t deadline)
{
	struct timespec pause = {.tv_nsec = 5000000};

	if (clock_monotonic_ns() >= deadline)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

static int take_pwd_lock(struct accounts_lock *lock, int64_t deadline, struct err *err)
{
	autoclose int fd = openat(lock->etc_fd, PWD_LOCK,
				  O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	bool is_taken = false;

	if (fd < 0 && is_refused(errno))
		return 0;
	if (fd < 0)
		return file_err(err, "opening lock", "/etc/" PWD_LOCK);
	for (;;) {
		if (lock_fd(fd, LOCK_EXCLUSIVE, false, &is_taken, err))
			return err_wrap(err, "/etc/" PWD_LOCK);
		if (is_taken)
			break;
		if (!wait_a_little(deadline))
			return err_set(err, ERR_LIMIT,
				       "another program holds the lock '/etc/" PWD_LOCK "'");
	}
	lock->fd = steal_fd(&fd);
	return 0;
}

/* Whether the process began when the lock was there already: a container that starts again gives
 * the numbers of its former life to others. Without /proc nobody knows. */
static bool is_younger(pid_t pid, const struct stat *lock)
{
	autoerr struct err err = {0};
	struct timespec up, now;
	uint64_t start;

	if (proc_start_time(pid, &start, &err) || clock_gettime(CLOCK_BOOTTIME, &up) ||
	    clock_gettime(CLOCK_REALTIME, &now))
		return false;
	int64_t age = up.tv_sec - (int64_t)(start / (uint64_t)sysconf(_SC_CLK_TCK));
	return lock->st_mtim.tv_sec + 2 < now.tv_sec - age;
}

/* Whether the process that made the link is gone; it may be ours by an earlier life of our pid. */
static bool is_stale(int etc_fd, const char *name, pid_t *ret_pid)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct stat st;
	uint64_t pid = 0;

	if (fstatat(etc_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT;
	if (file_read_at(etc_fd, name, 64, &text, &err))
		return err.kind == ERR_MISSING;
	*ret_pid = 0;
	if (!str_to_u64(str_trim(str_of(buf_text(&text))), &pid) || !pid || pid > INT32_MAX)
		return false;
	*ret_pid = (pid_t)pid;
	return *ret_pid == getpid() || (kill(*ret_pid, 0) && errno == ESRCH) ||
	       is_younger(*ret_pid, &st);
}

/* NAME.PID with our number in it; the NUL is part of it, as shadow writes it. */
static int make_own(int etc_fd, const char *own)
{
	char pid[16];
	int len = snprintf(pid, sizeof(pid), "%d", (int)getpid()) + 1;

	unlinkat(etc_fd, own, 0);
	autoclose int fd =
		openat(etc_fd, own, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	return write(fd, pid, (size_t)len) == len ? 0 : -1;
}

static int take_link(struct accounts_lock *lock, int table, int64_t deadline, struct err *err)
{
	autofree char *own = xasprintf("%s.%d", accounts_names[table], (int)getpid());
	autofree char *name = xasprintf("%s.lock", accounts_names[table]);
	pid_t holder = 0;

	if (make_own(lock->etc_fd, own)) {
		int cause = errno;
		unlinkat(lock->etc_fd, own, 0);
		errno = cause;
		return is_refused(cause) ? 0 : file_err(err, "making lock", name);
	}
	int result = 0;
	while (linkat(lock->etc_fd, own, lock->etc_fd, name, 0)) {
		if (errno != EEXIST) /* a file system without links: .pwd.lock has to do */
			break;
		if (is_stale(lock->etc_fd, name, &holder)) {
			unlinkat(lock->etc_fd, name, 0);
		} else if (!wait_a_little(deadline)) {
			result = err_set(err, ERR_LIMIT, "process %d holds the lock '/etc/%s'",
					 (int)holder, name);
			break;
		}
	}
	struct stat st;
	lock->is_linked[table] = !result && !fstatat(lock->etc_fd, own, &st, AT_SYMLINK_NOFOLLOW) &&
				 st.st_nlink == 2;
	unlinkat(lock->etc_fd, own, 0);
	return result;
}

int accounts_lock_take(int etc_fd, struct accounts_lock *ret_lock, struct err *err)
{
	struct accounts_lock lock = {.etc_fd = etc_fd, .fd = -1};
	int64_t deadline = clock_monotonic_ns() + LIMIT_ACCOUNTS_LOCK_MS * (NS_PER_SEC / 1000);

	if (take_pwd_lock(&lock, deadline, err))
		return -1;
	for (int i = 0; i < ACCOUNTS_TABLES; i++) {
		if (take_link(&lock, i, deadline, err)) {
			accounts_lock_release(&lock);
			return -1;
		}
	}
	*ret_lock = lock;
	return 0;
}

void accounts_lock_release(struct accounts_lock *lock)
{
	for (int i = ACCOUNTS_TABLES - 1; i >= 0; i--) {
		autofree char *name = xasprintf("%s.lock", accounts_names[i]);
		if (lock->is_linked[i])
			unlinkat(lock->etc_fd, name, 0);
		lock->is_linked[i] = false;
	}
	mem_close_at(&lock->fd);
	lock->fd = -1;
}
