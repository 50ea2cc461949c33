/* test_log_scene.h - what tests of logs share: a loop, sinks in a directory, children that write.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "init/logs_private.h"

#define WRITERS_MAX 40

struct scene;
struct writer { /* a child and its stream */
	struct child child;
	struct log_stream stream;
	struct scene *scene;
	int fd; /* the child's end */
};
struct scene {
	struct events *events;
	struct logs *logs;
	int dir;
	const char *path;
	struct log_spec spec;
	struct writer writers[WRITERS_MAX];
	int n_writers, n_alive;
	/* run_until */
	struct timer poll;
	bool (*until)(struct scene *scene);
	int64_t deadline;
	/* what a test looks for */
	int reader;
	struct buf got;
};

void scene_open(struct scene *scene);
void scene_close(struct scene *scene);
/* Where the next writers write to. */
void scene_to_file(struct scene *scene, const char *name, enum log_format format);
void scene_to_fifo(struct scene *scene, enum log_overflow overflow); /* nobody reads it yet */
/* Forks a child that runs `write_to` with its end of the pipe. */
struct writer *scene_write_by(struct scene *scene, void (*write_to)(int fd));
/* Runs the loop; a minute is too long. */
void scene_run_until(struct scene *scene, bool (*until)(struct scene *scene));
bool scene_all_ended(struct scene *scene);
bool scene_is_blocked(struct scene *scene); /* the first writer is */
bool scene_read_some(struct scene *scene);  /* the fifo, into `got`; true: there is no more */
const char *scene_file_text(struct scene *scene, const char *name); /* in `got` */

/* For children: _exit(1) when not all can be written. */
void scene_text_to(int fd, const char *text);
void scene_write_three(int fd); /* "one", "two" in two parts, "last words" without a newline */
void scene_write_one(int fd);   /* "line" */
void scene_write_a_lot(int fd); /* 20000 lines of 100 bytes, numbered from 0 */
