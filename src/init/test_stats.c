/* test_stats.c - figures of processes, ours and made up ones.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/stats.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing/test.h"

TEST(stats_parse_takes_any_name)
{
	struct process_stats stats;
	CHECK(process_stats_parse("42 (a) b (c)) S 7 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 -5 "
				  "1 0 12345 8192000 3 18446744073709551615\n",
				  &stats));
	CHECK_INT(stats.pid, 42);
	CHECK_INT(stats.parent, 7);
	CHECK_STR(stats.command, "a) b (c)");
	CHECK_INT(stats.cpu_ticks, 30);
	CHECK_INT(stats.waited_ticks, 70);
	CHECK_INT(stats.nice, -5);
	CHECK_INT(stats.start_ticks, 12345);
	CHECK_INT(stats.vms, 8192000);
	CHECK_INT(stats.rss, 3 * sysconf(_SC_PAGESIZE));
	CHECK(!process_stats_parse("", &stats));
	CHECK(!process_stats_parse("42 (a", &stats));
	CHECK(!process_stats_parse("42 )a( S 7", &stats));
	CHECK(!process_stats_parse("42 (a) S", &stats));
}

TEST(stats_of_ourselves_are_plausible)
{
	struct process_stats stats;
	CHECK_INT(process_stats(getpid(), &stats), 0);
	CHECK_INT(stats.pid, getpid());
	CHECK_INT(stats.parent, getppid());
	CHECK_INT(stats.uid, geteuid());
	CHECK(stats.rss > 100000 && stats.vms >= stats.rss);
	pid_t parent;
	CHECK_INT(process_parent(getpid(), &parent), 0);
	CHECK_INT(parent, getppid());
}

TEST(stats_of_nobody_say_so)
{
	struct process_stats stats;
	pid_t pid = fork();
	if (!pid)
		_exit(0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_INT(process_stats(pid, &stats), -ESRCH);
	CHECK_INT(process_stats(INT32_MAX, &stats), -ESRCH);
}

static pid_t child_with_child(int ready)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	if (!fork()) {
		if (write(ready, "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	for (;;)
		pause();
}

static bool has(const pid_t *pids, int n, pid_t pid)
{
	for (int i = 0; i < n; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

TEST(stats_find_children_and_theirs)
{
	int ends[2];
	char byte;
	pid_t direct[8], all[8];
	CHECK_INT(pipe(ends), 0);
	pid_t pid = child_with_child(ends[1]);
	CHECK_INT(read(ends[0], &byte, 1), 1);
	CHECK_INT(process_children(getpid(), false, direct, 8), 1);
	CHECK_INT(direct[0], pid);
	int n = process_children(getpid(), true, all, 8);
	CHECK_INT(n, 2);
	CHECK(has(all, n, pid));
	pid_t grandchild = all[0] == pid ? all[1] : all[0], parent;
	CHECK_INT(process_parent(grandchild, &parent), 0);
	CHECK_INT(parent, pid);
	CHECK_INT(process_children(getpid(), true, all, 1), 1); /* no more than asked for */
	kill(grandchild, SIGKILL);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_INT(process_children(getpid(), true, all, 8), 0);
	close(ends[0]);
	close(ends[1]);
}
