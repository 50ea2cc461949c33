/* test_log.c - lines for people and for programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

#include "testing/test.h"

/* What `say` writes to stderr. */
static void check_said(void (*say)(void), const char *want_start, const char *want_end)
{
	const char *path;
	int dir = test_dir(&path);
	autoclose int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	autoclose int fd = openat(dir, "said", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(saved >= 0 && fd >= 0);
	dup2(fd, STDERR_FILENO);
	say();
	dup2(saved, STDERR_FILENO);
	log_set(LOG_INFO, false);
	char said[1000];
	ssize_t len = pread(fd, said, sizeof(said) - 1, 0);
	CHECK(len >= 0);
	said[len] = '\0';
	CHECK(text_starts(said, want_start));
	CHECK_STR(said + ((size_t)len > strlen(want_end) ? (size_t)len - strlen(want_end) : 0),
		  want_end);
}

static void say_all_levels(void)
{
	log_set(LOG_DEBUG, false);
	log_error("no %s", "space");
	log_warn("slow, ignoring");
	log_info("stored");
	log_debug("probed");
}

TEST(each_level_has_its_front)
{
	check_said(say_all_levels, "",
		   "error: no space\nwarning: slow, ignoring\nstored\ndebug: probed\n");
}

static void say_less(void)
{
	log_set(LOG_WARN, false);
	CHECK(log_is_on(LOG_WARN) && !log_is_on(LOG_INFO));
	log_info("not said");
	log_debug("not said");
	log_warn("said");
}

TEST(finer_levels_are_silent)
{
	check_said(say_less, "", "warning: said\n");
}

static void say_hostile(void)
{
	errno = ENOTTY;
	log_error("name '\x1b[2J\xff'\n\tsecond line");
}

TEST(control_bytes_are_shown_and_lines_stay)
{
	check_said(say_hostile, "", "error: name '\\x1b[2J\\xff'\n\tsecond line\n");
	CHECK_INT(errno, ENOTTY);
}

static void say_json(void)
{
	log_set(LOG_INFO, true);
	log_warn("a \"quote\" \\ and\n\xc3\xa4");
}

TEST(json_lines_have_three_fields)
{
	check_said(say_json, "{\"time\":\"20",
		   "Z\",\"level\":\"warn\",\"msg\":\"a \\\"quote\\\" \\\\ and\\u000a\xc3\xa4\"}\n");
}

static void say_bytes_as_json(void)
{
	log_set(LOG_INFO, true);
	log_info("\xff");
}

TEST(json_never_carries_wrong_utf8)
{
	check_said(say_bytes_as_json, "{\"time\":\"20", "\"msg\":\"\\\\xff\"}\n");
}
