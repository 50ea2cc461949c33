/* test_logs.c - what children write arrives in files, whole and in order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "init/test_log_scene.h"
#include "testing/test.h"

#include "base/banned.h"

/* ---- what arrives ---- */

TEST(every_line_arrives_and_the_last_gets_its_newline)
{
	static const struct {
		enum log_format format;
		const char *want;
	} cases[] = {
		{LOG_RAW, "one\ntwo\nlast words\n"},
		{LOG_PREFIX, "web | one\nweb | two\nweb | last words\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene scene;
		scene_open(&scene);
		scene_to_file(&scene, "deep/er/log", cases[i].format);
		scene_write_by(&scene, scene_write_three);
		scene_run_until(&scene, scene_all_ended);
		CHECK_STR(scene_file_text(&scene, "deep/er/log"), cases[i].want);
		scene_close(&scene);
	}
}

static void write_binary(int fd)
{
	for (int i = 0; i < 1000; i++)
		if (write(fd, "\0\xff\x80 raw\0bytes\r\n", 15) != 15)
			_exit(1);
}

TEST(raw_bytes_pass_unchanged)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	scene_write_by(&scene, write_binary);
	scene_run_until(&scene, scene_all_ended);
	scene_file_text(&scene, "log");
	CHECK_INT(scene.got.len, 15000);
	for (int i = 0; i < 1000; i++)
		CHECK(!memcmp(scene.got.ptr + (ptrdiff_t)i * 15, "\0\xff\x80 raw\0bytes\r\n", 15));
	scene_close(&scene);
}

static void write_many(int fd)
{
	char line[128];

	for (int i = 0; i < 300; i++) {
		snprintf(line, sizeof(line), "%d line %d ....................................\n",
			 (int)getpid(), i);
		size_t half = strlen(line) / 2;
		if (write(fd, line, half) != (ssize_t)half)
			_exit(1);
		scene_text_to(fd, line + half);
	}
}

/* Lines "PID line N …" of each writer are all there and in order; nothing else is. */
static void check_many(struct scene *scene, struct str rest, const char *head)
{
	int next[WRITERS_MAX] = {0};

	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		CHECK(str_starts(line, str_of(head)));
		int pid = 0, number = 0, end = 0;
		CHECK_INT(sscanf(line.ptr + strlen(head),
				 "%d line %d ....................................%n", &pid, &number,
				 &end),
			  2);
		CHECK_INT(line.len, strlen(head) + (size_t)end);
		int i = 0;
		while (i < scene->n_writers && scene->writers[i].child.pid != pid)
			i++;
		CHECK(i < scene->n_writers);
		CHECK_INT(number, next[i]++);
	}
	for (int i = 0; i < scene->n_writers; i++)
		CHECK_INT(next[i], 300);
}

TEST(many_children_share_a_file_line_by_line)
{
	static const struct {
		enum log_format format;
		const char *head;
	} cases[] = {{LOG_RAW, ""}, {LOG_PREFIX, "web | "}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene scene;
		scene_open(&scene);
		scene_to_file(&scene, "log", cases[i].format);
		for (int n = 0; n < WRITERS_MAX; n++)
			scene_write_by(&scene, write_many);
		scene_run_until(&scene, scene_all_ended);
		scene_file_text(&scene, "log");
		check_many(&scene, buf_str(&scene.got), cases[i].head);
		scene_close(&scene);
	}
}

static void write_and_crash(int fd)
{
	scene_text_to(fd, "alive\nand dyi");
	scene_text_to(fd, "ng");
	kill(getpid(), SIGKILL);
}

TEST(nothing_is_lost_when_a_child_crashes_behind_its_last_write)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_PREFIX);
	for (int i = 0; i < 300; i++) {
		scene.n_writers = 0;
		scene_write_by(&scene, write_and_crash);
		scene_run_until(&scene, scene_all_ended);
	}
	struct str rest = {scene_file_text(&scene, "log"), scene.got.len};
	for (int i = 0; i < 300; i++) {
		CHECK(str_is(str_cut(&rest, '\n'), "web | alive"));
		CHECK(str_is(str_cut(&rest, '\n'), "web | and dying"));
	}
	CHECK_INT(rest.len, 0);
	scene_close(&scene);
}

/* ---- files ---- */

TEST(a_file_rotates_before_it_grows_beyond_its_size)
{
	struct scene scene;
	struct stat st;
	uint64_t sum = 0;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_STAMP);
	scene.spec.max_bytes = 4000;
	scene.spec.keep = 1000;
	scene_write_by(&scene, write_many);
	scene_run_until(&scene, scene_all_ended);
	autobuf struct buf all = {0};
	for (int i = 30; i >= 0; i--) { /* the oldest first */
		char name[32];
		snprintf(name, sizeof(name), i ? "log.%d" : "log", i);
		if (fstatat(scene.dir, name, &st, 0))
			continue;
		CHECK(st.st_size > 3800 || i == 0);
		CHECK(st.st_size <= 4000);
		struct str rest = {scene_file_text(&scene, name), (size_t)st.st_size};
		while (rest.len) { /* without the stamp */
			struct str line = str_cut(&rest, '\n');
			CHECK(line.len > 28);
			buf_append(&all, line.ptr + 28, line.len - 28);
			buf_putc(&all, '\n');
		}
		sum += (uint64_t)st.st_size;
	}
	CHECK(sum > 20000);
	check_many(&scene, buf_str(&all), "web | ");
	scene_close(&scene);
}

static void write_four_lines(int fd)
{
	for (int i = 0; i < 4; i++)
		CHECK_INT(write(fd, &"0123456789012345678901234\n"[i], 26 - i), 26 - i);
}

/* circus: a file is closed when the next line would reach its size, not when it would exceed it. */
TEST(a_file_of_circus_stays_below_its_size)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	scene.spec.max_bytes = 51; /* the first two lines */
	scene.spec.keep = 5;
	scene.spec.below_max = true;
	scene_write_by(&scene, write_four_lines);
	scene_run_until(&scene, scene_all_ended);
	CHECK_STR(scene_file_text(&scene, "log.2"), "0123456789012345678901234\n");
	CHECK_STR(scene_file_text(&scene, "log.1"),
		  "123456789012345678901234\n23456789012345678901234\n");
	CHECK_STR(scene_file_text(&scene, "log"), "3456789012345678901234\n");
	scene_close(&scene);
}

TEST(without_old_files_to_keep_nothing_is_cut)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	scene.spec.max_bytes = 100;
	scene_write_by(&scene, write_many);
	scene_run_until(&scene, scene_all_ended);
	scene_file_text(&scene, "log");
	check_many(&scene, buf_str(&scene.got), "");
	scene_close(&scene);
}

TEST(a_file_rotates_when_its_period_is_over)
{
	struct scene scene;
	struct timespec old[2] = {{.tv_sec = 1767355445}, {.tv_sec = 1767355445}};

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	scene.spec.period = LOG_DAY;
	scene.spec.at_midnight = true;
	autoclose int fd = openat(scene.dir, "log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, "old\n", 4) == 4 && !futimens(fd, old));
	scene_write_by(&scene, scene_write_one);
	scene_run_until(&scene, scene_all_ended);
	CHECK_STR(scene_file_text(&scene, "log"), "line\n");
	CHECK_STR(scene_file_text(&scene, "log.20260102"), "old\n");
	scene_close(&scene);
}

TEST(two_names_of_one_file_are_one_sink)
{
	struct scene scene;
	struct log_sink *one, *other;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	CHECK_INT(logs_sink(scene.logs, &scene.spec, &one), 0);
	CHECK_INT(symlinkat("log", scene.dir, "link"), 0);
	scene_to_file(&scene, "link", LOG_RAW);
	CHECK_INT(logs_sink(scene.logs, &scene.spec, &other), 0);
	CHECK(one == other);
	scene_close(&scene);
}

TEST(a_file_that_cannot_be_opened_is_told)
{
	struct scene scene;
	struct log_sink *sink;

	scene_open(&scene);
	scene_to_file(&scene, "", LOG_RAW); /* the directory */
	CHECK_INT(logs_sink(scene.logs, &scene.spec, &sink), -EISDIR);
	scene_close(&scene);
}

TEST(a_renamed_file_is_left_when_asked_to_follow)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	scene.spec.follow_renames = true;
	scene_write_by(&scene, scene_write_one);
	scene_run_until(&scene, scene_all_ended);
	CHECK_INT(renameat(scene.dir, "log", scene.dir, "old"), 0);
	scene_write_by(&scene, scene_write_one);
	scene_write_by(&scene, scene_write_one);
	scene_run_until(&scene, scene_all_ended);
	CHECK_STR(scene_file_text(&scene, "old"), "line\n");
	CHECK_STR(scene_file_text(&scene, "log"), "line\nline\n");
	scene_close(&scene);
}

TEST(reopening_goes_by_the_name)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	scene_write_by(&scene, scene_write_one);
	scene_run_until(&scene, scene_all_ended);
	CHECK_INT(renameat(scene.dir, "log", scene.dir, "old"), 0);
	scene_write_by(&scene, scene_write_one);
	scene_run_until(&scene, scene_all_ended);
	logs_reopen(scene.logs);
	scene_write_by(&scene, scene_write_one);
	scene_run_until(&scene, scene_all_ended);
	CHECK_STR(scene_file_text(&scene, "old"), "line\nline\n");
	CHECK_STR(scene_file_text(&scene, "log"), "line\n");
	scene_close(&scene);
}
