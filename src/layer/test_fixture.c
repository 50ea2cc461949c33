/* test_fixture.c - what the tests of this folder share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/test_fixture.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/proc.h"
#include "testing/test.h"

#include "base/banned.h"

void fixture_run(const char *dir, const char *program, const char *script)
{
	autoerr struct err err = {0}, missing = {0};
	autofree char *path = NULL;
	autobuf struct buf out = {0}, errors = {0};
	if (proc_find(program, &path, &missing)) {
		autobuf struct buf why = {0};
		buf_printf(&why, "needs %s", program);
		test_skip(buf_text(&why));
	}
	autofree char *whole = xasprintf("set -e; export LC_ALL=C; cd '%s'\n%s", dir, script);
	char *argv[] = {P("/bin/sh"), P("-c"), whole, NULL};
	struct proc_options options = {.argv = argv};
	int status;
	CHECK_OK(proc_run(&options, STR(""), &out, &errors, -1, &status, &err), &err);
	if (status != 0)
		test_fail(__FILE__, __LINE__, "%s: %s", script, buf_text(&errors));
}

void fixture_read(int dirfd, const char *name, struct buf *buf)
{
	autoerr struct err err = {0};
	CHECK_OK(file_read_at(dirfd, name, (size_t)64 << 20, buf, &err), &err);
}

void fixture_fill(struct buf *buf, size_t len)
{
	enum { RUN = 64 };
	uint32_t noise = 1;
	buf->max = len + RUN;
	while (buf->len < len) {
		char *room = buf_reserve(buf, RUN);
		for (size_t i = 0; i < RUN; i++) {
			noise = noise * 1664525u + 1013904223u;
			room[i] = i < RUN / 2 ? (char)('a' + i % 26) : (char)(noise >> 24);
		}
		buf_added(buf, RUN);
	}
	buf_truncate(buf, len);
}
