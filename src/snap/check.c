/* check.c - an unpacked layer against its blob, and each made again from the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/attributes.h"
#include "layer/content.h"
#include "layer/listing.h"
#include "layer/tree.h"
#include "snap/snap_private.h"

#include "base/banned.h"

/* ---- one text for all that a file of a layer has ---- */

struct sketch { /* of a whole tree: a digest, and when asked one line for each file */
	struct hash *all;
	struct strlist *lines; /* "PATH\tDIGEST"; NULL: the digest is enough */
	struct lower lower;
};

/* What a directory of the layer hides of those below it. An opaque one and one with a whiteout for
 * each name look different and say the same: an upper directory that became a layer has the former,
 * an unpacked blob the latter. */
static int hidden_note(const struct sketch *sketch, const struct tree_visit *visit,
		       struct buf *line, struct err *err)
{
	autolower struct lower_dir below = {0};
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	if (listing_open(visit->dirfd, visit->name, &fd, err) ||
	    lower_dir_open(&sketch->lower, visit->entry->path, &below, err) ||
	    lower_dir_list(&below, &names, err))
		return -1;
	bool is_opaque = fd_is_opaque(fd);
	for (size_t i = 0; i < names.n; i++) {
		struct stat st;
		bool is_there = !fstatat(fd, names.items[i], &st, AT_SYMLINK_NOFOLLOW);
		if (is_there ? stat_is_whiteout(&st) : is_opaque)
			buf_printf(line, " -%s", names.items[i]);
	}
	return 0;
}

static int content_note(const struct sketch *sketch, const struct tree_visit *visit,
			struct buf *line, struct err *err)
{
	autohash struct hash *hash = hash_new(HASH_SHA256);
	autoclose int fd = -1;
	if (visit->entry->type == ENTRY_DIRECTORY)
		return hidden_note(sketch, visit, line, err);
	if (visit->entry->type != ENTRY_FILE)
		return 0;
	if (content_open(visit->dirfd, visit->name, visit->st, &fd, err) ||
	    content_hash(fd, visit->entry->size, hash, err))
		return -1;
	struct digest digest = digest_of_hash(hash, HASH_SHA256);
	buf_printf(line, " %s", digest.text);
	return 0;
}

static int file_note(const struct tree_visit *visit, void *arg, struct err *err)
{
	const struct sketch *sketch = arg;
	const struct entry *entry = visit->entry;
	autobuf struct buf line = {0};
	if (stat_is_whiteout(visit->st)) /* its directory tells */
		return 0;
	/* A layer need not list the root: then its time is that of the unpacking. */
	int64_t mtime_ns = *entry->path ? entry->mtime_ns : 0;
	buf_printf(&line, "%s\t%d %o %u:%u %" PRIu64 " %" PRId64 " %u:%u %s", entry->path,
		   (int)entry->type, entry->mode, entry->uid, entry->gid, entry->size, mtime_ns,
		   entry->major, entry->minor, entry->target ? entry->target : "");
	for (size_t i = 0; i < entry->xattrs.n; i++) {
		buf_printf(&line, " %s=", entry->xattrs.items[i].name);
		buf_append(&line, entry->xattrs.items[i].value, entry->xattrs.items[i].len);
	}
	if (content_note(sketch, visit, &line, err))
		return -1;
	hash_update(sketch->all, line.ptr, line.len + 1);
	if (sketch->lines) { /* bytes of xattrs may hold anything: the digest stands for what
				follows */
		struct digest digest = digest_of_bytes(line.ptr, line.len);
		strlist_addf(sketch->lines, "%s\t%s", entry->path, digest.text);
	}
	return 0;
}

static int tree_sketch(int rootfd, struct lower lower, struct strlist *lines,
		       struct digest *ret_digest, struct err *err)
{
	const struct tree_options options = {.with_root = true};
	autohash struct hash *hash = hash_new(HASH_SHA256);
	struct sketch sketch = {hash, lines, lower};
	if (tree_walk(rootfd, &options, file_note, &sketch, err))
		return -1;
	*ret_digest = digest_of_hash(hash, HASH_SHA256);
	return 0;
}

/* The first path that is in one only, or different. */
static char *difference_name(const struct strlist *is, const struct strlist *must)
{
	size_t i = 0;
	while (i < is->n && i < must->n && strcmp(is->items[i], must->items[i]) == 0)
		i++;
	struct str have = str_of(i < is->n ? is->items[i] : NULL);
	struct str want = str_of(i < must->n ? must->items[i] : NULL);
	have = str_cut(&have, '\t');
	want = str_cut(&want, '\t');
	if (have.ptr && want.ptr && str_eq(have, want))
		return xasprintf("'/%.*s' differs from the blob", STR_ARG(have));
	if (!have.ptr || (want.ptr && strcmp(must->items[i], is->items[i]) < 0))
		return xasprintf("'/%.*s' is missing", STR_ARG(want));
	return xasprintf("'/%.*s' is not in the blob", STR_ARG(have));
}

int snap_check_verify(struct store *store, const struct layer_meta *meta, char **ret_why, void *arg,
		      struct err *err)
{
	autounpacked struct unpacked unpacked = {0};
	autostrlist struct strlist is_lines = {0}, must_lines = {0};
	autostack struct stack stack = {0};
	autoclose int is_fd = -1, must_fd = -1;
	struct digest is, must;
	(void)arg;
	if (unpack_blob(store, meta, &unpacked, err) ||
	    stack_open(store, &meta->parent, &stack, err) ||
	    store_open_layer(store, &meta->chain_id, &is_fd, err) ||
	    dir_open_at(workdir_fd(unpacked.workdir), UNPACKED_NAME, &must_fd, err))
		return -1;
	const struct lower lower = stack_lower(&stack);
	if (tree_sketch(is_fd, lower, NULL, &is, err) ||
	    tree_sketch(must_fd, lower, NULL, &must, err))
		return -1;
	if (digest_eq(&is, &must))
		return 0;
	if (tree_sketch(is_fd, lower, &is_lines, &is, err) ||
	    tree_sketch(must_fd, lower, &must_lines, &must, err))
		return -1;
	*ret_why = difference_name(&is_lines, &must_lines);
	return 1;
}

int snap_check_unpack(struct store *store, const struct layer_meta *meta, void *arg,
		      struct err *err)
{
	autounpacked struct unpacked unpacked = {0};
	(void)arg;
	return unpack_blob(store, meta, &unpacked, err) ||
			       unpacked_publish(store, NULL, &unpacked, err)
		       ? -1
		       : 0;
}

/* ---- the blob again ---- */

static int repack_as(struct store *store, const struct layer_meta *meta,
		     enum compression compression, struct digest *ret_digest, struct err *err)
{
	const struct pack_options options = {.compression = compression, .clamp_mtime_ns = -1};
	cleanup(ingest_freep) struct ingest *ingest = NULL;
	cleanup(pack_freep) struct pack *pack = NULL;
	autostack struct stack stack = {0};
	autoclose int fd = -1;
	struct pack_result result = {0};
	if (stack_open(store, &meta->parent, &stack, err) ||
	    store_open_layer(store, &meta->chain_id, &fd, err) ||
	    ingest_begin_unhashed(store, NULL, &ingest, err) ||
	    pack_new(ingest_writer(ingest), &options, &pack, err))
		return -1;
	const struct diff_options diff = {.source = DIFF_UPPER, .lower = stack_lower(&stack)};
	if (diff_pack(fd, &diff, pack, err) || pack_finish(pack, &result, err))
		return -1;
	*ret_digest = result.digest;
	if (!digest_eq(&result.digest, &meta->blob))
		return 0; /* not it: the ingest is abandoned */
	return ingest_commit_trusted(ingest, &result.digest, result.blob_bytes, err);
}

int snap_check_repack(struct store *store, const struct layer_meta *meta, void *arg,
		      struct err *err)
{
	static const enum compression tried[] = {COMPRESSION_GZIP, COMPRESSION_ZSTD,
						 COMPRESSION_NONE};
	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(tried); i++) {
		struct digest digest = {0};
		if (repack_as(store, meta, tried[i], &digest, err))
			return -1;
		if (digest_eq(&digest, &meta->blob))
			return 0;
	}
	return err_set(err, ERR_CORRUPT, "layer %s cannot be made again from its files",
		       meta->blob.text);
}
