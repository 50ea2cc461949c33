/* step_add.c - ADD of an archive: unpacked into a layer in one pass.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "build/build_private.h"
#include "build/gather.h"
#include "layer/compression.h"
#include "snap/snap.h"

#include "base/banned.h"

#define TAR_BLOCK        512
#define TAR_CHECKSUM     148 /* where it stands in a header: six octal digits, a NUL, a space */
#define TAR_CHECKSUM_LEN 8

/* POSIX pax, "ustar": the sum of all bytes of the header, those of the sum itself taken as spaces.
 */
static bool is_tar_header(const unsigned char *block)
{
	uint32_t sum = 0, said;
	struct str text = {(const char *)block + TAR_CHECKSUM, 0};

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i - TAR_CHECKSUM < TAR_CHECKSUM_LEN ? ' ' : block[i];
	while (text.len < TAR_CHECKSUM_LEN && text.ptr[text.len] && text.ptr[text.len] != ' ')
		text.len++;
	while (text.len > 1 && text.ptr[0] == ' ')
		text = (struct str){text.ptr + 1, text.len - 1};
	return str_to_octal(text, &said) && said == sum;
}

bool archive_is_one(int fd)
{
	unsigned char block[TAR_BLOCK];
	autoreader struct reader *reader = NULL;
	autoerr struct err ignored = {0};
	enum compression compression;

	/* what cannot be read so is a file like any other */
	return !reader_decompress(reader_of_borrowed_fd(fd), &compression, &reader, &ignored) &&
	       !reader_read_full(reader, block, sizeof(block), &ignored) && is_tar_header(block);
}

struct archive {
	int fd;
	const struct target *target;
	bool is_empty_below;
};

/* Over nothing, as it is: the archive's bytes are the layer's. */
static int make_whole(struct step *step, const struct archive *archive,
		      struct layer_meta *ret_layer, struct err *err)
{
	struct build *build = step->build;
	struct pack_options pack = {.compression = build->options->compression,
				    .clamp_mtime_ns = -1};
	autoreader struct reader *raw = reader_of_borrowed_fd(archive->fd);

	return snap_import_layer(build->engine->store, build->lease, raw, NULL, &pack, ret_layer,
				 err);
}

/* Below some directory, or over what is there: its entries with other paths. */
static int make_moved(struct step *step, const struct archive *archive,
		      struct layer_meta *ret_layer, struct err *err)
{
	struct build *build = step->build;
	const struct target *target = archive->target;
	struct pack_options pack = {.compression = build->options->compression,
				    .clamp_mtime_ns = build->clamp_ns};
	const struct archive_options options = {
		.prefix = target->path,
		.sets_owner = target->sets_owner,
		.sets_mode = target->sets_mode,
		.uid = target->uid,
		.gid = target->gid,
		.mode = target->mode,
		.clamp_mtime_ns = build->clamp_ns,
	};
	struct reader *plain = NULL;
	enum compression compression;

	if (reader_decompress(reader_of_borrowed_fd(archive->fd), &compression, &plain, err))
		return -1;
	autoreader struct reader *moved = archive_reader(plain, &options);
	return snap_import_layer(build->engine->store, build->lease, moved,
				 tip_chain(&step->stage->tip), &pack, ret_layer, err);
}

static bool is_whole(const struct archive *archive)
{
	const struct target *target = archive->target;
	return archive->is_empty_below && !*target->path && !target->sets_owner &&
	       !target->sets_mode;
}

static int make(struct step *step, void *arg, struct layer_meta *ret_layer, struct err *err)
{
	const struct archive *archive = arg;

	if (lseek(archive->fd, 0, SEEK_SET) < 0)
		return err_sys(err, "going to the start of an archive");
	return is_whole(archive) ? make_whole(step, archive, ret_layer, err)
				 : make_moved(step, archive, ret_layer, err);
}

int archive_add(struct step *step, int fd, const struct target *target, bool is_empty_below,
		struct err *err)
{
	struct archive archive = {fd, target, is_empty_below};
	struct digest digest;
	struct key key;

	if (cache_file_digest(step->build, fd, &digest, err))
		return -1;
	autofree char *owner =
		xasprintf("%d %" PRIu32 " %" PRIu32 " %d %" PRIo32, target->sets_owner, target->uid,
			  target->gid, target->sets_mode, target->mode);
	key_begin(&key, step->build, &step->stage->tip, "archive");
	key_add(&key, "content", digest.text);
	key_add(&key, "target", target->path);
	key_add(&key, "owner", owner);
	return cache_answer(step, &key, step->instruction->original, make, &archive, err);
}
