/* test_log_stream.c - life of a stream: its child, what survives it, who listens.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/logs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "init/test_log_scene.h"
#include "testing/test.h"

#include "base/banned.h"

static void hear_line(struct log_stream *stream, const char *line, size_t len)
{
	struct writer *writer = container_of(stream, struct writer, stream);

	buf_append(&writer->scene->got, line, len);
	buf_putc(&writer->scene->got, '|');
}

static int gate[2]; /* closed by the test: the grandchild goes on */

static void leave_a_grandchild(int fd)
{
	char byte;

	scene_text_to(fd, "child\n");
	if (fork())
		_exit(0);
	close(gate[1]);
	(void)!read(gate[0], &byte, 1);
	scene_text_to(fd, "grandchild\nends");
}

static bool nothing_pends(struct scene *scene)
{
	return !scene->logs->n_leftovers;
}

TEST(a_grandchild_is_not_waited_for_and_still_heard)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_PREFIX);
	CHECK(!pipe2(gate, O_CLOEXEC));
	scene_write_by(&scene, leave_a_grandchild);
	scene_run_until(&scene, scene_all_ended);
	CHECK(!scene.writers[0].stream.logs);
	CHECK_STR(scene_file_text(&scene, "log"), "web | child\n");
	CHECK_INT(scene.logs->n_leftovers, 1);
	scene_write_by(&scene, scene_write_one); /* the next run */
	scene_run_until(&scene, scene_all_ended);
	close(gate[1]);
	close(gate[0]);
	scene_run_until(&scene, nothing_pends);
	CHECK_STR(scene_file_text(&scene, "log"),
		  "web | child\nweb | line\nweb | grandchild\nweb | ends\n");
	scene_close(&scene);
}

TEST(of_very_many_leftovers_the_oldest_is_closed)
{
	struct scene scene;
	int held[LIMIT_LOG_LEFTOVERS + 3];

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_PREFIX);
	int saved = dup(2);
	autoclose int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CHECK(saved >= 0 && dup2(null, 2) == 2);
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		struct log_stream stream;
		CHECK_INT(log_stream_open(&stream, scene.logs, &scene.spec, "web", "stdout",
					  &held[i]),
			  0);
		log_stream_finish(&stream);
	}
	CHECK(dup2(saved, 2) == 2);
	close(saved);
	CHECK_INT(scene.logs->n_leftovers, LIMIT_LOG_LEFTOVERS);
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		ssize_t n = write(held[i], "x", 1);
		CHECK_INT(n, i < 3 ? -1 : 1);
		close(held[i]);
	}
	scene_run_until(&scene, nothing_pends);
	scene_close(&scene);
}

static void write_and_wait(int fd)
{
	char byte;

	scene_text_to(fd, "whole\npartial");
	close(gate[1]);
	(void)!read(gate[0], &byte, 1);
	scene_text_to(fd, " line\nend");
}

static bool is_carried(struct scene *scene)
{
	return scene->writers[0].stream.carry.len > 0;
}

TEST(a_tap_hears_whole_lines)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_RAW);
	CHECK(!pipe2(gate, O_CLOEXEC));
	scene_write_by(&scene, write_and_wait)->stream.tap = hear_line;
	scene_run_until(&scene, is_carried);
	CHECK_STR(buf_text(&scene.got), "whole|");
	close(gate[0]);
	close(gate[1]);
	scene_run_until(&scene, scene_all_ended);
	CHECK_STR(buf_text(&scene.got), "whole|partial line|end|");
	CHECK_STR(scene_file_text(&scene, "log"), "whole\npartial line\nend\n");
	scene_close(&scene);
}

TEST(closing_writes_a_line_that_is_not_complete)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_PREFIX);
	CHECK(!pipe2(gate, O_CLOEXEC));
	scene_write_by(&scene, write_and_wait);
	scene_run_until(&scene, is_carried);
	logs_close(scene.logs);
	scene.logs = NULL;
	CHECK_STR(scene_file_text(&scene, "log"), "web | whole\nweb | partial\n");
	kill(scene.writers[0].child.pid, SIGKILL);
	scene_run_until(&scene, scene_all_ended);
	close(gate[0]);
	close(gate[1]);
	scene_close(&scene);
}

TEST(a_live_stream_changes_its_sink_and_its_form)
{
	struct scene scene;
	struct log_spec other = {.target = LOG_TO_FILE, .format = LOG_RAW};

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_PREFIX);
	autofree char *path = path_join(scene.path, "other");
	other.path = path;
	CHECK(!pipe2(gate, O_CLOEXEC));
	struct writer *writer = scene_write_by(&scene, write_and_wait);
	scene_run_until(&scene, is_carried);
	CHECK_INT(log_stream_replace(&writer->stream, &other, "web"), 0);
	close(gate[0]);
	close(gate[1]);
	scene_run_until(&scene, scene_all_ended);
	CHECK_STR(scene_file_text(&scene, "log"), "web | whole\nweb | partial\n");
	CHECK_STR(scene_file_text(&scene, "other"), " line\nend\n");
	logs_sweep(scene.logs);
	CHECK(!scene.logs->sinks && !scene.logs->rings);
	scene_close(&scene);
}

TEST(null_and_inherit_need_no_pipe)
{
	struct scene scene;
	struct log_stream stream;
	struct stat child, ours;
	int fd;

	scene_open(&scene);
	struct log_spec spec = {.target = LOG_TO_NULL};
	CHECK_INT(log_stream_open(&stream, scene.logs, &spec, "web", "stderr", &fd), 0);
	CHECK_INT(fd, -1);
	log_stream_finish(&stream);
	CHECK(!stream.logs);
	spec.target = LOG_INHERIT;
	CHECK_INT(log_stream_open(&stream, scene.logs, &spec, "web", "stderr", &fd), 0);
	CHECK(!fstat(fd, &child) && !fstat(2, &ours));
	CHECK(child.st_ino == ours.st_ino && child.st_dev == ours.st_dev);
	close(fd);
	log_stream_finish(&stream);
	CHECK(!stream.logs);
	CHECK(!logs_pending(scene.logs));
	scene_close(&scene);
}
static void write_between_gates(int fd)
{
	write_and_wait(fd);
	scene_write_three(fd);
}

TEST(a_reload_changes_when_a_file_is_rotated)
{
	struct scene scene;

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_PREFIX);
	CHECK(!pipe2(gate, O_CLOEXEC));
	struct writer *writer = scene_write_by(&scene, write_between_gates);
	scene_run_until(&scene, is_carried);
	struct log_spec small = scene.spec;
	small.max_bytes = 30;
	small.keep = 2;
	CHECK_INT(log_stream_replace(&writer->stream, &small, "web"), 0);
	close(gate[0]);
	close(gate[1]);
	scene_run_until(&scene, scene_all_ended);
	CHECK_STR(scene_file_text(&scene, "log"), "web | last words\n");
	CHECK_STR(scene_file_text(&scene, "log.1"), "web | endone\nweb | two\n");
	CHECK_STR(scene_file_text(&scene, "log.2"), "web | partial line\n");
	scene_close(&scene);
}

TEST(recent_lines_are_whole)
{
	struct scene scene;
	char out[LIMIT_LOG_RECENT];

	scene_open(&scene);
	scene_to_file(&scene, "log", LOG_PREFIX);
	CHECK_INT(logs_recent(scene.logs, "web", out, sizeof(out)), 0);
	scene_write_by(&scene, scene_write_three);
	scene_run_until(&scene, scene_all_ended);
	size_t n = logs_recent(scene.logs, "web", out, sizeof(out));
	CHECK(n == 19 && !memcmp(out, "one\ntwo\nlast words\n", n));
	n = logs_recent(scene.logs, "web", out, 13);
	CHECK(n == 11 && !memcmp(out, "last words\n", n));
	scene_write_by(&scene, scene_write_a_lot);
	scene_run_until(&scene, scene_all_ended);
	n = logs_recent(scene.logs, "web", out, sizeof(out));
	CHECK_INT(n, (size_t)40 * 100);
	CHECK(!memcmp(out, "00019960 ", 9) && out[n - 1] == '\n');
	CHECK_INT(logs_recent(scene.logs, "db", out, sizeof(out)), 0);
	scene_close(&scene);
}
