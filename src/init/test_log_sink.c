/* test_log_sink.c - sinks that take little or nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_sink.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "init/test_log_scene.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(a_blocked_sink_blocks_the_child_and_not_us)
{
	struct scene scene;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	scene_to_fifo(&scene, LOG_BLOCK);
	scene_write_by(&scene, scene_write_a_lot);
	scene_run_until(&scene, scene_is_blocked);
	CHECK_INT(scene.n_alive, 1);
	/* The loop lives on, and so do other sinks. */
	struct log_spec fifo = scene.spec;
	scene.spec.path = NULL;
	scene_to_file(&scene, "log", LOG_PREFIX);
	struct writer *other = scene_write_by(&scene, scene_write_one);
	while (other->stream.logs)
		scene_run_until(&scene, scene_is_blocked);
	CHECK_STR(scene_file_text(&scene, "log"), "web | line\n");
	buf_truncate(&scene.got, 0);
	scene_run_until(&scene, scene_read_some);
	struct str rest = buf_str(&scene.got);
	for (int i = 0; i < 20000; i++) {
		char want[128];
		snprintf(want, sizeof(want), "web | %08d%91s", i, "");
		CHECK(str_is(str_cut(&rest, '\n'), want));
	}
	CHECK_INT(rest.len, 0);
	free((char *)fifo.path);
	scene_close(&scene);
}

TEST(a_dead_child_of_a_blocked_sink_leaves_everything)
{
	struct scene scene;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	scene_to_fifo(&scene, LOG_BLOCK);
	scene_write_by(&scene, scene_write_a_lot);
	scene_run_until(&scene, scene_is_blocked);
	kill(scene.writers[0].child.pid, SIGKILL);
	scene_run_until(&scene, scene_all_ended);
	CHECK(!scene.writers[0].stream.logs);
	CHECK(logs_pending(scene.logs));
	scene_run_until(&scene, scene_read_some);
	struct str rest = buf_str(&scene.got);
	int n = 0;
	for (; rest.len; n++) {
		char want[128];
		struct str line = str_cut(&rest, '\n');
		snprintf(want, sizeof(want), "web | %08d%91s", n, "");
		CHECK(str_is(line, want));
	}
	/* All that the pipes, the buffers and the fifo hold, at the least. */
	CHECK(n > 1500 && n < 20000);
	scene_close(&scene);
}

TEST(a_sink_that_drops_counts_the_lines)
{
	struct scene scene;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	scene_to_fifo(&scene, LOG_DROP);
	scene_write_by(&scene, scene_write_a_lot);
	scene_run_until(&scene, scene_all_ended); /* it never waited */
	scene_run_until(&scene, scene_read_some);
	struct str rest = buf_str(&scene.got);
	int number = 0, dropped = 0, markers = 0;
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		CHECK(str_starts(line, STR("web | ")));
		if (sscanf(line.ptr, "web | [hull-init: %d lines dropped]", &dropped) == 1) {
			number += dropped;
			markers++;
			continue;
		}
		CHECK_INT(line.len, 6 + 99);
		CHECK_INT(strtol(line.ptr + 6, NULL, 10), number);
		number++;
	}
	CHECK_INT(number, 20000);
	CHECK(markers > 0);
	scene_close(&scene);
}

TEST(a_full_disk_keeps_the_lines_until_there_is_room)
{
	struct scene scene;
	char mount_at[128];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		test_skip("a mount namespace needs root");
	scene_open(&scene);
	CHECK_INT(mkdirat(scene.dir, "disk", 0700), 0);
	snprintf(mount_at, sizeof(mount_at), "%s/disk", scene.path);
	CHECK_INT(mount("tmpfs", mount_at, "tmpfs", 0, "size=64k"), 0);
	scene_to_file(&scene, "disk/log", LOG_PREFIX);
	scene_write_by(&scene, scene_write_a_lot);
	scene_run_until(&scene, scene_is_blocked);
	CHECK_INT(scene.n_alive, 1);
	CHECK_INT(mount("tmpfs", mount_at, "tmpfs", MS_REMOUNT, "size=16m"), 0);
	scene_run_until(&scene, scene_all_ended);
	scene_file_text(&scene, "disk/log");
	struct str rest = buf_str(&scene.got);
	for (int i = 0; i < 20000; i++) {
		char want[128];
		snprintf(want, sizeof(want), "web | %08d%91s", i, "");
		CHECK(str_is(str_cut(&rest, '\n'), want));
	}
	CHECK_INT(rest.len, 0);
	scene_close(&scene);
	CHECK_INT(umount2(mount_at, MNT_DETACH), 0);
}

TEST(a_broken_stdout_does_not_stop_the_children)
{
	pid_t pid = fork(); /* the harness speaks on our stdout */
	int status;

	CHECK(pid >= 0);
	if (pid == 0) {
		struct scene scene;
		int ends[2];
		struct stat st;
		close(2);
		CHECK(open("/dev/null", O_WRONLY) == 2);
		CHECK(!pipe(ends) && dup2(ends[1], 1) == 1);
		close(ends[0]);
		close(ends[1]);
		CHECK(!fstat(1, &st));
		scene_open(&scene);
		scene.spec = (struct log_spec){.target = LOG_TO_STDOUT, .format = LOG_PREFIX};
		scene_write_by(&scene, scene_write_a_lot);
		scene_run_until(&scene, scene_all_ended);
		/* and what was written can still be asked for */
		char recent[64];
		size_t n = logs_recent(scene.logs, "web", recent, sizeof(recent));
		CHECK_INT(n, sizeof(recent));
		scene_close(&scene);
		_exit(scene.n_alive);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
}

TEST(a_change_of_a_blocked_sink_loses_nothing)
{
	struct scene scene;
	struct log_spec other = {.target = LOG_TO_FILE, .format = LOG_PREFIX};
	struct stat st;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	scene_to_fifo(&scene, LOG_BLOCK);
	autofree char *path = path_join(scene.path, "other");
	other.path = path;
	struct writer *writer = scene_write_by(&scene, scene_write_a_lot);
	scene_run_until(&scene, scene_is_blocked);
	CHECK_INT(log_stream_replace(&writer->stream, &other, "web"), 0);
	scene_run_until(&scene, scene_all_ended);
	scene_run_until(&scene, scene_read_some);
	CHECK(!fstatat(scene.dir, "other", &st, 0));
	/* One line may have been cut in two by the change: it then has two heads and two ends. */
	size_t want = (size_t)20000 * (6 + 100);
	CHECK(scene.got.len + (size_t)st.st_size - want <= 7);
	scene_close(&scene);
}

TEST(a_period_never_ends_later_than_the_clock_lets_it)
{
	const struct timespec ahead[2] = {{.tv_sec = INT64_C(4102444800)},
					  {.tv_sec = INT64_C(4102444800)}}; /* 2100 */
	struct log_spec spec = {.target = LOG_TO_FILE, .period = LOG_DAY, .keep = 3};
	struct log_sink *sink = NULL;
	struct scene scene;

	scene_open(&scene);
	spec.path = xasprintf("%s/ahead", scene.path);
	int fd = open(spec.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, "a\n", 2) == 2 && futimens(fd, ahead) == 0);
	CHECK_INT(logs_sink(scene.logs, &spec, &sink), 0);
	/* Written when the clock was ahead. */
	int64_t latest = clock_now_ns() / NS_PER_SEC + 86400;
	CHECK(sink->period_end <= latest && sink->period_end > latest - 600);
	/* It is set back by years. */
	sink->period_end += INT64_C(3) * 365 * 86400;
	logs_clock_jumped(scene.logs);
	latest = clock_now_ns() / NS_PER_SEC + 86400;
	CHECK(sink->period_end <= latest && sink->period_end > latest - 600);
	/* It is set forward, by less and by more than what is left: a period is no longer for it.
	 */
	sink->period_end -= 4000;
	int64_t end = sink->period_end;
	logs_clock_jumped(scene.logs);
	CHECK_INT(sink->period_end, end);
	sink->period_end = 1000;
	logs_clock_jumped(scene.logs);
	CHECK_INT(sink->period_end, 1000);
	log_sink_put(sink, "b\n", 2);
	CHECK_STR(scene_file_text(&scene, "ahead"), "b\n");
	/* Without a period there is none. */
	spec.period = LOG_NEVER;
	log_sink_retune(sink, &spec);
	logs_clock_jumped(scene.logs);
	CHECK_INT(sink->period_end, 0);
	close(fd);
	free((char *)spec.path);
	scene_close(&scene);
}
