/* trim.c - the memory that start-up has touched and that an idle supervisor does not need.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A page fault maps all pages of its 64 KiB that are in the page cache, but never beyond its
 * mapping (Documentation/filesystems/proc.rst, "fault_around_bytes"). Advice that differs makes
 * mappings: with every second piece advised otherwise no piece brings more than itself. */
#include "init/trim.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/banned.h"

#define PIECE_BYTES ((uintptr_t)16 << 10)

#ifdef __GLIBC__
/* Dynamic, with relocations in what would be thrown away: for tests alone. */
void trim_code(void) {}
#else
/* Of the linker: where the file's first segment begins, and its first writable one. */
extern const char __executable_start[], __init_array_start[];

void trim_code(void)
{
	uintptr_t begin = (uintptr_t)__executable_start & ~(PIECE_BYTES - 1);
	uintptr_t end = (uintptr_t)__init_array_start & ~(PIECE_BYTES - 1);

	/* Gaps between segments make single calls fail; what is mapped is advised all the same. */
	for (uintptr_t piece = begin; piece < end; piece += 2 * PIECE_BYTES)
		madvise((void *)piece, PIECE_BYTES, MADV_RANDOM);
	madvise((void *)begin, end - begin, MADV_DONTNEED);
}
#endif
