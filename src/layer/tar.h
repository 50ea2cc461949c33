/* tar.h - POSIX pax archives in and out, streaming; GNU and v7 forms are read too.
 * SPDX-License-Identifier: Apache-2.0
 * Source: POSIX.1-2017 pax; image-spec, layer.md; star's SCHILY.xattr.* records (binary values).
 *
 * Written: ustar headers, PAX records only where ustar cannot say it (long or odd names, large
 * numbers, sub-second times, xattrs), records sorted, no names of users: equal trees give equal
 * bytes. Read: ustar, pax (global headers ignored), GNU long names, base-256, GNU and PAX sparse
 * files, SCHILY.acl.* texts and LIBARCHIVE.xattr.* where there is no binary record. */
#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "layer/entry.h"

struct tar_reader;
struct tar_reader *tar_reader_new(struct reader *inner); /* take */
/* 1: *entry filled, what it owned before is freed; 0: the end, the inner reader has been read to
 * its own; -1. What is left of the previous data is skipped. The path, and a hard link's target, is
 * clean: leading slashes, empty and "." components are dropped, ".." is ERR_CORRUPT naming it.
 * ERR_LIMIT: more entries, longer names, larger records than limits.h grants. */
int tar_reader_next(struct tar_reader *tar, struct entry *entry, struct err *err) must_check;
/* Data of the current file; holes of sparse files come as zeros. 0 at its end. */
ssize_t tar_reader_read(struct tar_reader *tar, void *data, size_t len, struct err *err) must_check;
uint64_t tar_reader_position(const struct tar_reader *tar); /* bytes of the archive so far */
void tar_reader_free(struct tar_reader *tar);
DEFINE_FREEP(struct tar_reader, tar_reader_free)

struct tar_writer;
struct tar_writer *tar_writer_new(struct writer *inner); /* borrowed */
int tar_writer_entry(struct tar_writer *tar, const struct entry *entry, struct err *err) must_check;
/* Exactly entry->size bytes in all, before the next entry. */
int tar_writer_write(struct tar_writer *tar, const void *data, size_t len,
		     struct err *err) must_check;
/* The end marker; the inner writer is not finished. */
int tar_writer_finish(struct tar_writer *tar, struct err *err) must_check;
void tar_writer_free(struct tar_writer *tar);
DEFINE_FREEP(struct tar_writer, tar_writer_free)
