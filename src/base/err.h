/* err.h - one error: a kind to decide on, a place in the user's file, a chain of text.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A function that can fail returns int (0 or -1), takes `struct err *err` last and is must_check.
 * An error is set once; whoever recovers says so with err_clear. Text: lower case, no full stop,
 * values in single quotes, the cause last. A zeroed struct is "no error". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* Why a caller would act differently; nothing finer. Edges map a kind to an exit status. */
enum err_kind {
	ERR_NONE,
	ERR_INPUT,   /* the user's file or argument is wrong; `at` says where */
	ERR_MISSING, /* the thing asked for does not exist */
	ERR_EXISTS,  /* it exists and must not, or is in use */
	ERR_DENIED,  /* not allowed */
	ERR_CORRUPT, /* content does not match its digest or format */
	ERR_LIMIT,   /* larger, deeper or longer than we accept */
	ERR_SYSTEM,  /* the kernel, the network or a child said no */
};

struct src_pos {
	const char *file; /* borrowed, lives longer than the error; NULL: unknown */
	uint32_t line;    /* from 1; 0: unknown */
	uint32_t column;  /* from 1, in bytes; 0: unknown */
};

struct err {
	enum err_kind kind;
	int sys_errno; /* of err_sys, else 0 */
	char *msg;     /* owned; "outer: inner: cause", the place in front when there is one */
};

/* All four return -1, so that a failing line is one line. err_sys adds strerror(errno) and takes
 * the kind from errno: ENOENT is MISSING, EEXIST is EXISTS, EACCES and EPERM are DENIED, others
 * SYSTEM. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) printf_like(3, 4);
int err_sys(struct err *err, const char *fmt, ...) printf_like(2, 3);
int err_at(struct err *err, struct src_pos at, const char *fmt, ...) printf_like(3, 4);
int err_wrap(struct err *err, const char *fmt, ...) printf_like(2, 3); /* puts "fmt: " in front */

/* An analyser that sees one file at a time cannot know that it is always -1: tell it. */
static inline int err_failed(int result)
{
	(void)result;
	return -1;
}
#define err_set(...)  err_failed(err_set(__VA_ARGS__))
#define err_sys(...)  err_failed(err_sys(__VA_ARGS__))
#define err_at(...)   err_failed(err_at(__VA_ARGS__))
#define err_wrap(...) err_failed(err_wrap(__VA_ARGS__))

bool err_is_set(const struct err *err);
const char *err_text(const struct err *err); /* "" when unset; borrowed until cleared */
void err_clear(struct err *err);             /* frees the text; the object is reusable */
void err_move(struct err *dst, struct err *src);
#define autoerr cleanup(err_clear)
