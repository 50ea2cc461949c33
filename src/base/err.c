/* err.c - building the one text of an error from the inside out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

/* The names in brackets are the functions behind err.h's macros. */

int(err_set)(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	assert(!err_is_set(err) && kind != ERR_NONE);
	va_list args;
	va_start(args, fmt);
	*err = (struct err){.kind = kind, .msg = xvasprintf(fmt, args)};
	va_end(args);
	return -1;
}

static enum err_kind kind_of_errno(int number)
{
	switch (number) {
	case ENOENT: return ERR_MISSING;
	case EEXIST: return ERR_EXISTS;
	case EACCES:
	case EPERM: return ERR_DENIED;
	default: return ERR_SYSTEM;
	}
}

int(err_sys)(struct err *err, const char *fmt, ...)
{
	int number = errno;
	assert(!err_is_set(err));
	va_list args;
	va_start(args, fmt);
	autofree char *what = xvasprintf(fmt, args);
	va_end(args);
	errno = number; /* %m is strerror(errno), and safe with threads */
	*err = (struct err){.kind = kind_of_errno(number),
			    .sys_errno = number,
			    .msg = xasprintf("%s: %m", what)};
	return -1;
}

static char *place_text(struct src_pos at)
{
	if (!at.line)
		return at.file ? xasprintf("%s: ", at.file) : xstrdup("");
	const char *file = at.file ? at.file : "line ";
	const char *colon = at.file ? ":" : "";
	if (!at.column)
		return xasprintf("%s%s%u: ", file, colon, at.line);
	return xasprintf("%s%s%u:%u: ", file, colon, at.line, at.column);
}

int(err_at)(struct err *err, struct src_pos at, const char *fmt, ...)
{
	assert(!err_is_set(err));
	autofree char *place = place_text(at);
	va_list args;
	va_start(args, fmt);
	autofree char *what = xvasprintf(fmt, args);
	va_end(args);
	*err = (struct err){.kind = ERR_INPUT, .msg = xasprintf("%s%s", place, what)};
	return -1;
}

int(err_wrap)(struct err *err, const char *fmt, ...)
{
	assert(err_is_set(err));
	va_list args;
	va_start(args, fmt);
	autofree char *outer = xvasprintf(fmt, args);
	va_end(args);
	char *chained = xasprintf("%s: %s", outer, err->msg);
	free(err->msg);
	err->msg = chained;
	return -1;
}

bool err_is_set(const struct err *err)
{
	return err->kind != ERR_NONE;
}

const char *err_text(const struct err *err)
{
	return err->msg ? err->msg : "";
}

void err_clear(struct err *err)
{
	free(err->msg);
	*err = (struct err){0};
}

void err_move(struct err *dst, struct err *src)
{
	assert(!err_is_set(dst));
	*dst = steal(src);
}
