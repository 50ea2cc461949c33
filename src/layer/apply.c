/* apply.c - a layer's tar unpacked, into overlayfs form or over an existing tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/apply.h"

#include "base/encode.h"
#include "base/io.h"
#include "base/writer.h"
#include "layer/apply_private.h"

#include "base/banned.h"

/* ---- the archive's bytes, hashed beside the unpacking and read to their very end ---- */

struct tap {
	struct reader reader;
	struct reader *inner;  /* borrowed */
	struct writer *hasher; /* on a thread of its own */
	uint64_t bytes;
};

static ssize_t tap_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct tap *tap = (struct tap *)reader;
	ssize_t n = reader_read(tap->inner, data, len, err);

	if (n > 0 && writer_write(tap->hasher, data, (size_t)n, err))
		return -1;
	tap->bytes += n > 0 ? (uint64_t)n : 0;
	return n;
}

static void tap_close(struct reader *reader)
{
	(void)reader; /* lives in layer_apply's frame */
}

static const struct reader_ops tap_ops = {tap_read, tap_close};

static int tap_drain(struct tap *tap, char *block, struct err *err)
{
	ssize_t n;

	do
		n = tap_read(&tap->reader, block, APPLY_BLOCK_BYTES, err);
	while (n > 0);
	return n < 0 ? -1 : writer_finish(tap->hasher, err);
}

/* ---- one entry ---- */

static int limits_check(struct apply *apply, const struct entry *entry, struct err *err)
{
	const struct apply_options *options = apply->options;
	uint64_t max_bytes = options->max_bytes ? options->max_bytes : LIMIT_LAYER_BYTES;
	uint64_t max_entries = options->max_entries ? options->max_entries : LIMIT_LAYER_ENTRIES;
	uint64_t size = entry->type == ENTRY_FILE ? entry->size : 0;

	if (++apply->n_entries > max_entries)
		return err_set(err, ERR_LIMIT, "the layer has more than %ju entries",
			       (uintmax_t)max_entries);
	if (size > max_bytes - apply->bytes)
		return err_set(err, ERR_LIMIT, "the layer unpacks to more than %ju bytes",
			       (uintmax_t)max_bytes);
	apply->bytes += size;
	return 0;
}

static int apply_named(struct apply *apply, const struct entry *entry, const char *name,
		       struct err *err)
{
	if (entry->type == ENTRY_HARDLINK ? apply_hardlink(apply, entry, err)
					  : apply_entry(apply, entry, name, err))
		return -1;
	struct place *place = &apply->place;
	if (entry->type == ENTRY_DIRECTORY) {
		brought_add(apply, place->path, true); /* it was entered when it was made */
		return 0;
	}
	if (apply_is_overlay(apply) && !apply->copied_up.n) {
		brought_add(apply, place->path, true);
		return 0;
	}
	autofree char *path = place_path_of(place, name);
	map_remove(&apply->copied_up, path);
	brought_add(apply, path, false);
	return 0;
}

static int apply_one(struct apply *apply, const struct entry *entry, struct err *err)
{
	const char *name = path_base(entry->path);
	const char *hidden = "";
	size_t parent_len = name > entry->path ? (size_t)(name - entry->path) - 1 : 0;

	if (limits_check(apply, entry, err))
		return -1;
	if (!entry->path[0])
		return apply_root(apply, entry, err);
	if (whiteout_parse(entry, name, !apply->options->no_whiteouts, &hidden, err))
		return -1;
	if ((entry->type != ENTRY_HARDLINK || hidden[0]) &&
	    place_enter(apply, entry->path, parent_len, entry->mtime_ns, err))
		return -1;
	if (!hidden[0])
		return apply_named(apply, entry, name, err);
	return text_eq(hidden, OPAQUE_NAME) ? apply_opaque(apply, err)
					    : apply_whiteout(apply, hidden, err);
}

static int apply_all(struct apply *apply, struct err *err)
{
	struct entry entry = {0};
	int more;

	while ((more = tar_reader_next(apply->tar, &entry, err)) > 0) {
		if (apply_one(apply, &entry, err)) {
			more = err_wrap(err, "'%s'", entry.path);
			break;
		}
	}
	entry_clear(&entry);
	return more < 0 ? -1 : times_write(apply, err);
}

/* ---- the whole ---- */

/* A layer that does not list its root has the root of what is below. */
static int root_imply(struct apply *apply, struct err *err)
{
	struct step *root = &apply->place.steps[0];
	const struct lower *lower = &apply->options->lower;
	struct stat st;

	if (!apply_is_overlay(apply) || !lower->n)
		return 0;
	if (attributes_copy(lower->fds[0], root->fd, "the root", err))
		return -1;
	if (fstat(root->fd, &st))
		return err_sys(err, "looking at the root");
	root->birth = birth_in(root->fd, &st, apply->umask);
	times_set(&apply->times, "", stat_mtime_ns(&st));
	return 0;
}

static void view_open(struct apply *apply, int rootfd)
{
	const struct lower *lower = &apply->options->lower;

	apply->view_fds = xcalloc(lower->n + 1, sizeof(*apply->view_fds));
	apply->view_fds[0] = rootfd;
	for (size_t i = 0; i < lower->n; i++)
		apply->view_fds[i + 1] = lower->fds[i];
	apply->view = (struct lower){apply->view_fds, lower->n + 1};
}

static void apply_free(struct apply *apply)
{
	if (!apply)
		return;
	tar_reader_free(apply->tar);
	place_done(&apply->place);
	times_done(&apply->times);
	map_done(&apply->brought);
	map_done(&apply->copied_up);
	free(apply->view_fds);
	free(apply->block);
	free(apply);
}
DEFINE_FREEP(struct apply, apply_free)

/* Names of the archive stand in messages: no byte of theirs may reach a terminal as it is. */
static int err_make_printable(struct err *err)
{
	autobuf struct buf text = {0};

	text_escape(&text, str_of(err->msg));
	free(err->msg);
	err->msg = buf_steal(&text);
	return -1;
}

int layer_apply(struct reader *tar, int rootfd, const struct apply_options *options,
		struct apply_result *ret_result, struct err *err)
{
	autohash struct hash *hash = hash_new(HASH_SHA256);
	autowriter struct writer *hasher = writer_async(writer_hash(NULL, hash));
	struct tap tap = {.reader = {&tap_ops}, .inner = tar, .hasher = hasher};
	cleanup(apply_freep) struct apply *apply = xcalloc(1, sizeof(*apply));

	apply->options = options;
	apply->umask = birth_umask();
	apply->block = xmalloc(APPLY_BLOCK_BYTES);
	apply->tar = tar_reader_new(&tap.reader);
	if (place_begin(apply, rootfd, err))
		return -1;
	view_open(apply, apply->place.steps[0].fd);
	if (root_imply(apply, err))
		return -1;
	if (apply_all(apply, err) || tap_drain(&tap, apply->block, err))
		return err_make_printable(err);
	*ret_result = (struct apply_result){
		.n_entries = apply->n_entries,
		.bytes = apply->bytes,
		.tar_bytes = tap.bytes,
		.diff_id = digest_of_hash(hash, HASH_SHA256),
	};
	return 0;
}
