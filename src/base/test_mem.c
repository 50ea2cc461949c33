/* test_mem.c - allocation and the scope destructors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "testing/test.h"

TEST(empty_allocations_are_not_null)
{
	autofree void *a = xmalloc(0), *b = xcalloc(0, 8), *c = xrealloc(NULL, 0),
		      *d = xmemdup("", 0);
	CHECK(a && b && c && d);
}

TEST(calloc_gives_zeroes)
{
	autofree unsigned char *bytes = xcalloc(16, 2);
	for (int i = 0; i < 32; i++)
		CHECK_INT(bytes[i], 0);
}

TEST(copies_of_text_end_where_they_are_told)
{
	autofree char *whole = xstrdup("hull"), *part = xstrndup("hull", 2);
	autofree char *longer = xstrndup("hull", 20), *text = xasprintf("%s-%d", "a", 7);
	CHECK_STR(whole, "hull");
	CHECK_STR(part, "hu");
	CHECK_STR(longer, "hull");
	CHECK_STR(text, "a-7");
	CHECK(xstrdup(NULL) == NULL);
}

TEST(steal_leaves_nothing_behind)
{
	char *text = xstrdup("mine");
	autofree char *stolen = steal(&text);
	CHECK(text == NULL);
	CHECK_STR(stolen, "mine");
}

static int fd_after_scope(void)
{
	int number;
	{
		autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		CHECK(fd >= 0);
		number = fd;
		errno = ENOTTY;
	}
	return number;
}

TEST(autoclose_closes_and_keeps_errno)
{
	int fd = fd_after_scope();
	CHECK_INT(errno, ENOTTY);
	CHECK_INT(fcntl(fd, F_GETFD), -1);
}

TEST(a_stolen_descriptor_stays_open)
{
	int kept;
	{
		autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		kept = steal_fd(&fd);
	}
	CHECK(fcntl(kept, F_GETFD) >= 0);
	close(kept);
}
