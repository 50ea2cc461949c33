/* test_lock.c - locks between two processes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing/test.h"

/* A process that holds the lock until told by closing `let_go`, or killed. */
struct holder {
	pid_t pid;
	int let_go;
};

static struct holder start_holder(int dir, enum lock_mode mode)
{
	int ready[2], go[2];
	char byte;

	CHECK(pipe(ready) == 0 && pipe(go) == 0);
	struct holder holder = {.pid = fork(), .let_go = go[1]};
	if (holder.pid == 0) {
		struct err err = {0};
		int fd;
		close(go[1]);
		CHECK_OK(lock_file_at(dir, "lock", mode, true, &fd, NULL, &err), &err);
		CHECK(write(ready[1], "", 1) == 1);
		CHECK(read(go[0], &byte, 1) == 0);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	CHECK(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return holder;
}

static void end_holder(struct holder holder)
{
	int status;
	close(holder.let_go);
	CHECK(waitpid(holder.pid, &status, 0) == holder.pid && status == 0);
}

static bool try_lock(int dir, enum lock_mode mode)
{
	autoerr struct err err = {0};
	autoclose int fd = -2;
	bool is_taken = false;

	CHECK_OK(lock_file_at(dir, "lock", mode, false, &fd, &is_taken, &err), &err);
	CHECK(is_taken ? fd >= 0 : fd == -1);
	return is_taken;
}

TEST(an_exclusive_lock_excludes_all)
{
	const char *path;
	int dir = test_dir(&path);
	struct holder holder = start_holder(dir, LOCK_EXCLUSIVE);

	CHECK(!try_lock(dir, LOCK_EXCLUSIVE));
	CHECK(!try_lock(dir, LOCK_SHARED));
	end_holder(holder);
	CHECK(try_lock(dir, LOCK_EXCLUSIVE));
}

TEST(asking_for_a_lock_does_not_take_it)
{
	int dir = test_dir(NULL);
	autoclose int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	CHECK(!lock_is_held(fd));
	struct holder holder = start_holder(dir, LOCK_EXCLUSIVE);
	CHECK(lock_is_held(fd));
	end_holder(holder);
	CHECK(!lock_is_held(fd));
	CHECK(try_lock(dir, LOCK_EXCLUSIVE));
}

TEST(shared_locks_exclude_only_the_exclusive)
{
	const char *path;
	int dir = test_dir(&path);
	struct holder holder = start_holder(dir, LOCK_SHARED);

	CHECK(try_lock(dir, LOCK_SHARED));
	CHECK(!try_lock(dir, LOCK_EXCLUSIVE));
	end_holder(holder);
}

TEST(death_frees_the_lock)
{
	const char *path;
	int dir = test_dir(&path);
	struct holder holder = start_holder(dir, LOCK_EXCLUSIVE);
	int status;

	CHECK(!try_lock(dir, LOCK_EXCLUSIVE));
	CHECK(kill(holder.pid, SIGKILL) == 0);
	CHECK(waitpid(holder.pid, &status, 0) == holder.pid);
	CHECK(try_lock(dir, LOCK_EXCLUSIVE));
	close(holder.let_go);
}

TEST(two_openings_in_one_process_exclude_each_other)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	autoclose int fd = -1;
	struct stat st;

	CHECK_OK(lock_file_at(dir, "lock", LOCK_EXCLUSIVE, true, &fd, NULL, &err), &err);
	CHECK(!try_lock(dir, LOCK_SHARED));
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_OK(lock_release(fd, &err), &err);
	CHECK(try_lock(dir, LOCK_SHARED));
	CHECK_OK(lock_fd(fd, LOCK_EXCLUSIVE, false, &(bool){false}, &err), &err);
	CHECK(!try_lock(dir, LOCK_SHARED));
}

/* A signal without SA_RESTART and a long wait: the waiter must still end up with the lock. */
static void ignore_signal(int number)
{
	(void)number;
}

TEST(waiting_goes_on_after_a_signal)
{
	const char *path;
	int dir = test_dir(&path);
	struct holder holder = start_holder(dir, LOCK_EXCLUSIVE);
	pid_t waiter = fork();

	if (waiter == 0) {
		struct err err = {0};
		struct sigaction action = {.sa_handler = ignore_signal};
		int fd;
		close(holder.let_go);
		CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
		CHECK_OK(lock_file_at(dir, "lock", LOCK_EXCLUSIVE, true, &fd, NULL, &err), &err);
		_exit(7);
	}
	int status;
	usleep(20000);
	kill(waiter, SIGUSR1);
	usleep(20000);
	CHECK(waitpid(waiter, &status, WNOHANG) == 0);
	end_holder(holder);
	CHECK(waitpid(waiter, &status, 0) == waiter);
	CHECK_INT(WEXITSTATUS(status), 7);
}

TEST(a_waiter_notices_that_the_file_was_swept_away)
{
	const char *path;
	int dir = test_dir(&path);
	struct holder holder = start_holder(dir, LOCK_EXCLUSIVE);
	pid_t waiter = fork();

	if (waiter == 0) {
		struct err err = {0};
		struct stat ours, named;
		int fd;
		close(holder.let_go);
		CHECK_OK(lock_file_at(dir, "lock", LOCK_EXCLUSIVE, true, &fd, NULL, &err), &err);
		CHECK(fstat(fd, &ours) == 0 && fstatat(dir, "lock", &named, 0) == 0);
		_exit(ours.st_ino == named.st_ino && ours.st_nlink == 1 ? 7 : 8);
	}
	int status;
	usleep(20000);
	CHECK(unlinkat(dir, "lock", 0) == 0);
	end_holder(holder);
	CHECK(waitpid(waiter, &status, 0) == waiter);
	CHECK_INT(WEXITSTATUS(status), 7);
}

TEST(a_lock_file_is_never_a_link)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	int fd = -2;

	CHECK(symlinkat("elsewhere", dir, "lock") == 0);
	CHECK(lock_file_at(dir, "lock", LOCK_SHARED, true, &fd, NULL, &err) < 0);
	CHECK(strstr(err_text(&err), "'lock'"));
	CHECK_INT(fd, -2);
}

TEST(locking_a_descriptor_not_fit_for_it_fails)
{
	autoerr struct err err = {0};
	autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool is_taken = true;

	CHECK(lock_fd(fd, LOCK_EXCLUSIVE, false, &is_taken, &err) < 0);
	CHECK_INT(err.kind, ERR_SYSTEM);
	CHECK(is_taken);
}
