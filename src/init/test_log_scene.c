/* test_log_scene.c - what tests of logs share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/test_log_scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "testing/test.h"

#include "base/banned.h"

void scene_open(struct scene *scene)
{
	struct events_hooks hooks = {.arg = scene};

	*scene = (struct scene){.reader = -1};
	scene->dir = test_dir(&scene->path);
	CHECK_INT(events_open(&scene->events, &hooks), 0);
	CHECK_INT(logs_open(scene->events, true, &scene->logs), 0);
}

void scene_close(struct scene *scene)
{
	logs_close(scene->logs);
	events_close(scene->events);
	free((char *)scene->spec.path);
	buf_done(&scene->got);
	if (scene->reader >= 0)
		close(scene->reader);
}

void scene_to_file(struct scene *scene, const char *name, enum log_format format)
{
	free((char *)scene->spec.path);
	scene->spec = (struct log_spec){
		.target = LOG_TO_FILE, .path = path_join(scene->path, name), .format = format};
}

static void poll_again(struct timer *timer)
{
	struct scene *scene = container_of(timer, struct scene, poll);

	if (scene->until(scene))
		events_stop(scene->events, 0);
	else if (clock_monotonic_ns() > scene->deadline)
		events_stop(scene->events, 1);
	else
		timer_after(scene->events, timer, NS_PER_SEC / 1000);
}

void scene_run_until(struct scene *scene, bool (*until)(struct scene *scene))
{
	scene->until = until;
	scene->poll.fire = poll_again;
	scene->deadline = clock_monotonic_ns() + 60 * NS_PER_SEC;
	timer_after(scene->events, &scene->poll, 0);
	CHECK_INT(events_run(scene->events), 0);
}

bool scene_all_ended(struct scene *scene)
{
	return scene->n_alive == 0;
}

static void writer_ended(struct child *child, int status, const struct rusage *usage)
{
	struct writer *writer = container_of(child, struct writer, child);

	(void)status;
	(void)usage;
	writer->scene->n_alive--;
	log_stream_finish(&writer->stream);
}

/* Forks a child that runs `write_to` with its end of the pipe. */
struct writer *scene_write_by(struct scene *scene, void (*write_to)(int fd))
{
	CHECK(scene->n_writers < WRITERS_MAX);
	struct writer *writer = &scene->writers[scene->n_writers++];

	*writer = (struct writer){.scene = scene, .child.ended = writer_ended};
	CHECK_INT(log_stream_open(&writer->stream, scene->logs, &scene->spec, "web", "stdout",
				  &writer->fd),
		  0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		write_to(writer->fd);
		_exit(0);
	}
	close(writer->fd);
	writer->stream.pid = pid;
	scene->n_alive++;
	child_register(scene->events, &writer->child, pid);
	return writer;
}

void scene_text_to(int fd, const char *text)
{
	size_t len = strlen(text);

	if (write(fd, text, len) != (ssize_t)len)
		_exit(1);
}

const char *scene_file_text(struct scene *scene, const char *name)
{
	struct err err = {0};

	buf_done(&scene->got);
	scene->got = (struct buf){0};
	CHECK_OK(file_read_at(scene->dir, name, (size_t)64 << 20, &scene->got, &err), &err);
	return buf_text(&scene->got);
}

void scene_write_three(int fd)
{
	scene_text_to(fd, "one\ntw");
	scene_text_to(fd, "o\n");
	scene_text_to(fd, "last words");
}

void scene_write_one(int fd)
{
	scene_text_to(fd, "line\n");
}

void scene_write_a_lot(int fd)
{
	char line[128];

	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line), "%08d%91s\n", i, "");
		scene_text_to(fd, line);
	}
}

/* A fifo that nobody reads yet. */
void scene_to_fifo(struct scene *scene, enum log_overflow overflow)
{
	scene_to_file(scene, "fifo", LOG_PREFIX);
	scene->spec.overflow = overflow;
	CHECK_INT(mkfifoat(scene->dir, "fifo", 0600), 0);
	scene->reader = openat(scene->dir, "fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(scene->reader >= 0);
}

bool scene_is_blocked(struct scene *scene)
{
	return scene->writers[0].stream.is_paused;
}

bool scene_read_some(struct scene *scene)
{
	char text[5000];
	ssize_t n = read(scene->reader, text, sizeof(text));

	if (n > 0)
		buf_append(&scene->got, text, (size_t)n);
	return n < 0 && scene->n_alive == 0 && !logs_pending(scene->logs) &&
	       !scene->logs->n_leftovers;
}
