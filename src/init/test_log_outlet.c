/* test_log_outlet.c - descriptors of others never make us wait.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "testing/test.h"

#include "base/banned.h"

static void outlet_fill(int fd, enum log_outlet_kind kind)
{
	static char text[8192];
	struct log_outlet outlet;
	size_t sum = 0;
	ssize_t n;
	int flags = fcntl(fd, F_GETFL);

	CHECK_INT(log_outlet_inherited(&outlet, fd), 0);
	if (kind == OUTLET_POLL || kind == OUTLET_NOWAIT) { /* as where /proc is not there */
		log_outlet_close(&outlet);
		outlet = (struct log_outlet){.fd = fd, .kind = kind, .is_device = true};
	}
	CHECK_INT(outlet.kind, kind);
	while ((n = log_outlet_write(&outlet, text, sizeof(text))) > 0)
		sum += (size_t)n;
	CHECK_INT(n, -EAGAIN);
	CHECK(sum > 0);
	CHECK_INT(fcntl(fd, F_GETFL), flags); /* they are not ours alone */
	log_outlet_close(&outlet);
}

TEST(an_inherited_descriptor_never_makes_us_wait_and_keeps_its_flags)
{
	static const enum log_outlet_kind kinds[] = {OUTLET_NONBLOCK, OUTLET_NOWAIT, OUTLET_POLL};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		int ends[2];
		CHECK(!pipe2(ends, O_CLOEXEC));
		outlet_fill(ends[1], kinds[i]);
		close(ends[0]);
		close(ends[1]);
	}
	int ends[2];
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	outlet_fill(ends[1], OUTLET_SOCKET);
	close(ends[0]);
	close(ends[1]);
}

TEST(a_terminal_never_makes_us_wait)
{
	static const enum log_outlet_kind kinds[] = {OUTLET_NONBLOCK, OUTLET_POLL};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		char name[64];
		autoclose int host = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (host < 0 || grantpt(host) || unlockpt(host) ||
		    ptsname_r(host, name, sizeof(name)))
			test_skip("there are no terminals");
		autoclose int terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
		CHECK(terminal >= 0);
		outlet_fill(terminal, kinds[i]);
	}
}
