/* content.h - the data of one file: opened for nothing else, read whole, compared, copied.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/hash.h"
#include "layer/entry.h"

/* For reading, never through a link, never waiting; the file must still be the one in `st`. */
int content_open(int dirfd, const char *name, const struct stat *st, int *ret_fd,
		 struct err *err) must_check;
/* ERR_CORRUPT when fewer than `size` bytes are there. */
int content_hash(int fd, uint64_t size, struct hash *hash, struct err *err) must_check;
/* 1: the same bytes, 0: not, -1. Both are read from their start. */
int content_compare(int a, int b, uint64_t size, struct err *err) must_check;
/* Into an empty file, by reflink when it can; holes stay holes. */
int content_copy(int from, const struct stat *st, int to, struct err *err) must_check;
/* Completes an entry that attributes_read began: its xattrs, read through the descriptor that also
 * gives the data. *ret_fd stays as it is when the entry has no data. */
int content_open_entry(int dirfd, const char *name, const struct stat *st, struct entry *entry,
		       int *ret_fd, struct err *err) must_check;
