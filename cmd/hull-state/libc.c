/* libc.c - what Debian's static libraries expect of glibc and musl does not have.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The "_chk" names are glibc's checked twins (_FORTIFY_SOURCE); PCRE2's JIT compiler is never
 * asked for, and without these names 350 KB of it would be linked. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): names of the implementation is what this file has */

void *__memcpy_chk(void *dst, const void *src, size_t n, size_t room);
void __explicit_bzero_chk(void *dst, size_t n, size_t room);
int __sprintf_chk(char *out, int flag, size_t room, const char *fmt, ...);
int __snprintf_chk(char *out, size_t n, int flag, size_t room, const char *fmt, ...);
int __fprintf_chk(FILE *file, int flag, const char *fmt, ...);
void arc4random_buf(void *out, size_t n);

void *__memcpy_chk(void *dst, const void *src, size_t n, size_t room)
{
	if (n > room)
		__builtin_trap();
	return memcpy(dst, src, n);
}

void __explicit_bzero_chk(void *dst, size_t n, size_t room)
{
	if (n > room)
		__builtin_trap();
	explicit_bzero(dst, n);
}

int __sprintf_chk(char *out, int flag, size_t room, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(out, room, fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n >= room)
		__builtin_trap();
	return n;
}

int __snprintf_chk(char *out, size_t n, int flag, size_t room, const char *fmt, ...)
{
	va_list args;

	if (n > room)
		__builtin_trap();
	va_start(args, fmt);
	int written = vsnprintf(out, n, fmt, args);
	va_end(args);
	return written;
}

int __fprintf_chk(FILE *file, int flag, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vfprintf(file, fmt, args);
	va_end(args);
	return n;
}

void arc4random_buf(void *out, size_t n)
{
	random_bytes(out, n);
}

/* pcre2_internal.h: the JIT's entry points, as in a PCRE2 configured without it (pcre2api(3),
 * PCRE2_ERROR_JIT_BADOPTION). */
void _pcre2_jit_free_8(void *code, void *memory);
size_t _pcre2_jit_get_size_8(void *code);
const char *_pcre2_jit_get_target_8(void);
int _pcre2_jit_check_exec_8(void); /* Debian's: whether memory may be made executable */
int pcre2_jit_match_8(const void *code, const unsigned char *subject, size_t length, size_t start,
		      unsigned options, void *match, void *context);

void _pcre2_jit_free_8(void *code, void *memory) {}

size_t _pcre2_jit_get_size_8(void *code)
{
	return 0;
}

int _pcre2_jit_check_exec_8(void)
{
	return 0;
}

const char *_pcre2_jit_get_target_8(void)
{
	return "none";
}

int pcre2_jit_match_8(const void *code, const unsigned char *subject, size_t length, size_t start,
		      unsigned options, void *match, void *context)
{
	return -45; /* PCRE2_ERROR_JIT_BADOPTION */
}

/* NOLINTEND(bugprone-reserved-identifier) */
