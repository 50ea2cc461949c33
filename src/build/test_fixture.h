/* test_fixture.h - stores, contexts and Dockerfiles for the tests of this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "build/build.h"
#include "build/view.h"

struct bench { /* an engine of its own, and a directory with a context */
	struct engine engine;
	const char *dir; /* holds "store", "context", "Dockerfile" */
	int context_fd;
	struct build_options options; /* as the next build takes them */
	struct build_result result;   /* of the last build */
	struct buf warnings, log;
};
/* Ends the test when it cannot be: needs root. */
void bench_open(struct bench *bench);
void bench_close(struct bench *bench);
#define autobench cleanup(bench_close)

/* Writes a file of the context, its directories made. */
void bench_write(struct bench *bench, const char *path, const char *text);
/* Builds this Dockerfile; the result replaces bench->result. */
int bench_build(struct bench *bench, const char *dockerfile, struct err *err) must_check;
/* The same, and it must succeed. */
void bench_make(struct bench *bench, const char *dockerfile);
/* The same, and it must fail like this; places begin "Dockerfile:". */
void bench_refuse(struct bench *bench, const char *dockerfile, const char *message);

/* What the image of the last build holds; "": nothing there; to be freed. */
char *bench_text(struct bench *bench, const char *path);
/* "drwxr-xr-x 0:0", "-rw------- 1:2", "l → target", or "" when there is nothing. */
char *bench_look(struct bench *bench, const char *path);
void bench_config(struct bench *bench, struct image_config *ret_config);
/* CHECK that a file of the image has this text, that a path looks like this. */
#define CHECK_TEXT(bench, path, want)                               \
	do {                                                        \
		autofree char *check_got = bench_text(bench, path); \
		CHECK_STR(check_got, want);                         \
	} while (0)
#define CHECK_LOOK(bench, path, want)                               \
	do {                                                        \
		autofree char *check_got = bench_look(bench, path); \
		CHECK_STR(check_got, want);                         \
	} while (0)
/* An image "busybox" with a shell and its tools; ends the test when there is no static busybox. */
void bench_make_busybox(struct bench *bench);
