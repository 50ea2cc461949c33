/* mem.c - allocation that aborts instead of failing, and the scope destructors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void *or_abort(void *ptr, size_t size)
{
	if (!ptr) {
		fprintf(stderr, "out of memory: %zu bytes wanted\n", size);
		abort();
	}
	return ptr;
}

void *xmalloc(size_t size)
{
	return or_abort(malloc(size ? size : 1), size);
}

void *xcalloc(size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	return or_abort(calloc(n, size), n > SIZE_MAX / size ? SIZE_MAX : n * size);
}

void *xrealloc(void *ptr, size_t size)
{
	return or_abort(realloc(ptr, size ? size : 1), size);
}

void *xreallocarray(void *ptr, size_t n, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(n, size, &total))
		return or_abort(NULL, SIZE_MAX);
	return xrealloc(ptr, total);
}

void *xmemdup(const void *ptr, size_t size)
{
	void *copy = xmalloc(size);
	if (size)
		memcpy(copy, ptr, size);
	return copy;
}

char *xstrdup(const char *text)
{
	return text ? xmemdup(text, strlen(text) + 1) : NULL;
}

char *xstrndup(const char *text, size_t len)
{
	size_t n = len ? strnlen(text, len) : 0;
	char *copy = xmalloc(n + 1);
	if (n)
		memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

char *xvasprintf(const char *fmt, va_list args)
{
	char *text = NULL;
	if (vasprintf(&text, fmt, args) < 0)
		return or_abort(NULL, 0);
	return text;
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	char *text = xvasprintf(fmt, args);
	va_end(args);
	return text;
}

void mem_free_at(void *ptr_to_ptr)
{
	void *ptr;
	memcpy(&ptr, ptr_to_ptr, sizeof(ptr)); /* any pointer type may stand there: no aliasing */
	free(ptr);
}

void mem_close_at(int *fd)
{
	if (*fd < 0)
		return;
	int saved = errno;
	close(*fd);
	*fd = -1;
	errno = saved;
}
