/* fuzz_tar.c - archives: every entry and all data, then written again and read the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "layer/tar_private.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define FILE_BYTES_MAX 100000u /* sparse files may promise terabytes */

/* What was read can be written, but for devices of impossible numbers; holes have become zeros. */
static bool entry_copy(struct tar_reader *tar, const struct entry *entry, struct tar_writer *copy)
{
	autoerr struct err err = {0};
	if (entry->size > FILE_BYTES_MAX || tar_writer_entry(copy, entry, &err))
		return false;
	char piece[999];
	ssize_t n;
	while ((n = tar_reader_read(tar, piece, sizeof(piece), &err)) > 0) {
		if (tar_writer_write(copy, piece, (size_t)n, &err))
			return false;
	}
	return n == 0 && tar_writer_finish(copy, &err) == 0;
}

static bool text_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* What looks like a header gets its checksum: a fuzzer would hardly find it. */
static char *archive_seal(const uint8_t *data, size_t len)
{
	char *archive = xmemdup(data, len);
	for (size_t at = 0; at + TAR_BLOCK <= len; at += TAR_BLOCK) {
		struct tar_header header;
		memcpy(&header, archive + at, sizeof(header));
		if (tar_header_magic(&header) != TAR_V7) {
			tar_checksum_set(&header);
			memcpy(archive + at, &header, sizeof(header));
		}
	}
	return archive;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoerr struct err err = {0};
	autofree char *archive = archive_seal(data, len);
	cleanup(tar_reader_freep) struct tar_reader *tar =
		tar_reader_new(reader_of_bytes((struct str){archive, len}));
	cleanup(entry_clear) struct entry entry = {0};
	cleanup(entry_clear) struct entry again = {0};
	while (tar_reader_next(tar, &entry, &err) == 1) {
		autobuf struct buf copy = {0};
		autoerr struct err copy_err = {0};
		autowriter struct writer *out = writer_to_buf(&copy);
		cleanup(tar_writer_freep) struct tar_writer *writer = tar_writer_new(out);
		if (!entry_copy(tar, &entry, writer))
			continue;
		cleanup(tar_reader_freep) struct tar_reader *reader =
			tar_reader_new(reader_of_bytes(buf_str(&copy)));
		int got = tar_reader_next(reader, &again, &copy_err);
		assert(got == 1 && text_same(entry.path, again.path));
		assert(text_same(entry.target, again.target) && entry.mtime_ns == again.mtime_ns);
		assert(entry.uid == again.uid && entry.gid == again.gid &&
		       entry.size == again.size);
		assert(entry.mode == again.mode && xattrs_eq(&entry.xattrs, &again.xattrs));
	}
	return 0;
}
