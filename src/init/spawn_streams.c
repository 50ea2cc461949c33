/* spawn_streams.c - the descriptors of a child: only those that it is to have, at their numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "init/limits.h"
#include "init/raw.h"
#include "init/spawn_private.h"

#include "base/banned.h"

#define SCAN_AT_ONCE 256 /* descriptors asked for with one poll: 2 KiB of the child's stack */

/* For kernels before 5.11 and for seccomp filters that know no close_range: poll tells which of
 * many numbers are open, /proc need not be there. */
RAW static void mark_one_by_one(void)
{
	struct pollfd asked[SCAN_AT_ONCE];
	struct timespec at_once = {0};
	struct rlimit limit = {.rlim_cur = 1024};

	raw4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
	if (limit.rlim_cur > LIMIT_SCANNED_FDS)
		limit.rlim_cur = LIMIT_SCANNED_FDS;
	for (int first = 3; (rlim_t)first < limit.rlim_cur; first += SCAN_AT_ONCE) {
		for (int i = 0; i < SCAN_AT_ONCE; i++)
			asked[i] = (struct pollfd){.fd = first + i};
		/* Refused when there may be fewer: then all look open, and fcntl tells. */
		raw5(SYS_ppoll, asked, SCAN_AT_ONCE, &at_once, NULL, SIGNALS_SET_BYTES);
		for (int i = 0; i < SCAN_AT_ONCE; i++)
			if (!(asked[i].revents & POLLNVAL))
				raw3(SYS_fcntl, first + i, F_SETFD, FD_CLOEXEC);
	}
}

RAW static void mark_all(void)
{
	if (raw3(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC))
		mark_one_by_one();
}

struct passed {
	int from, as;
};

/* What /dev/null is where there is none: it is empty, and a write fails without a SIGPIPE. */
RAW static int open_nothing(void)
{
	int fd = (int)raw4(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);

	if (fd >= 0)
		return fd;
	int nothing = (int)raw2(SYS_memfd_create, "null", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (nothing < 0)
		return fd;
	raw3(SYS_fcntl, nothing, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SEAL);
	return nothing;
}

RAW static int find_passed(const struct spawn *spawn, struct passed *passed, int *ret_highest)
{
	int highest = 2;

	for (size_t i = 0; i < 3 + spawn->n_pass_fds; i++) {
		size_t k = i - 3;

		passed[i].from = i < 3 ? spawn->stdio[i] : spawn->pass_fds[k];
		passed[i].as = i < 3 || !spawn->pass_as ? (int)i : spawn->pass_as[k];
		if (passed[i].as > highest)
			highest = passed[i].as;
		if (passed[i].from < 0)
			passed[i].from = open_nothing();
		if (passed[i].from < 0)
			return passed[i].from;
	}
	*ret_highest = highest;
	return 0;
}

RAW int spawn_child_streams(struct spawn_child *child)
{
	const struct spawn *spawn = child->spawn;
	struct passed passed[3 + LIMIT_PASSED_FDS];
	size_t n = 3 + spawn->n_pass_fds;
	int highest = 0;

	if (n > ARRAY_LEN(passed))
		return -E2BIG;
	if (!spawn->keep_fds)
		mark_all();
	int result = find_passed(spawn, passed, &highest);
	if (result)
		return result;
	/* First above all numbers that are to be taken: a swap of two must not lose one. */
	for (size_t i = 0; i < n; i++) {
		if (passed[i].from > highest || passed[i].from == passed[i].as)
			continue;
		long moved = raw3(SYS_fcntl, passed[i].from, F_DUPFD_CLOEXEC, highest + 1);
		if (moved < 0)
			return (int)moved;
		passed[i].from = (int)moved;
	}
	for (size_t i = 0; i < n; i++) {
		long done = passed[i].from == passed[i].as
				    ? raw3(SYS_fcntl, passed[i].as, F_SETFD, 0)
				    : raw3(SYS_dup3, passed[i].from, passed[i].as, 0);
		if (done < 0)
			return (int)done;
	}
	return 0;
}
