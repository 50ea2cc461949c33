/* fuzz_archive.c - any tar as an archive of images: whatever its index says, reads stay inside it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "image/image_private.h"
#include "layer/tar.h"

#define TEXT_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_member(const struct archive *archive, const char *path, size_t total)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	if (archive_read(archive, path, TEXT_MAX, &text, &err) == 0 && text.len > total)
		abort(); /* more than there is */
}

/* Every name that the tar itself tells, links among them. */
static void read_all(const struct archive *archive, const uint8_t *data, size_t len)
{
	struct str bytes = {(const char *)data, len};
	cleanup(tar_reader_freep) struct tar_reader *tar = tar_reader_new(reader_of_bytes(bytes));
	autoerr struct err err = {0};
	struct entry entry = {0};

	while (tar_reader_next(tar, &entry, &err) > 0)
		read_member(archive, entry.path, len);
	entry_clear(&entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup(archive_freep) struct archive *archive = NULL;
	autoerr struct err err = {0};
	int fd = memfd_create("archive", MFD_CLOEXEC);

	if (fd < 0 || io_write_all(fd, data, len, &err))
		abort();
	if (archive_of_tar(fd, "archive", &archive, &err) == 0)
		read_all(archive, data, len);
	return 0;
}
