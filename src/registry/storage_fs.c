/* storage_fs.c - the file system driver: opening the tree, and the table of what it can do.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   docker/registry/v2/   the reference registry's tree (fs_paths.c)
 *   hull/lock             the server's; says who
 *   hull/tmp/             files being made; emptied on opening
 *   hull/quarantine/      content that did not match its digest */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "registry/limits.h"

#include "base/banned.h"

#define TREE "docker/registry/v2"

static void fs_free(struct fs *fs)
{
	if (!fs)
		return;
	mem_close_at(&fs->treefd);
	mem_close_at(&fs->tmpfd);
	mem_close_at(&fs->ownfd);
	mem_close_at(&fs->lockfd);
	free(fs);
}
DEFINE_FREEP(struct fs, fs_free)

static void fs_close(struct storage *storage)
{
	struct fs *fs = fs_of(storage);

	fs_sessions_close(fs);
	fs_flights_close(fs);
	fs_rounds_close(fs);
	fs_free(fs);
}

static const struct storage_ops fs_ops = {
	.name = "filesystem",
	.close = fs_close,
	.blob_stat = fs_blob_stat,
	.blob_open = fs_blob_open,
	.blob_reader = fs_blob_reader,
	.blob_remove = fs_blob_remove,
	.blob_quarantine = fs_blob_quarantine,
	.upload_start = fs_upload_start,
	.upload_open = fs_upload_open,
	.upload_stat = fs_upload_stat,
	.upload_facts = fs_upload_facts,
	.upload_write = fs_upload_write,
	.upload_commit = fs_upload_commit,
	.upload_close = fs_upload_close,
	.upload_cancel = fs_upload_cancel,
	.upload_purge = fs_upload_purge,
	.put_manifest = fs_put_manifest,
	.link_layer = fs_link_layer,
	.unlink_layer = fs_unlink_layer,
	.drop_layer = fs_drop_layer,
	.has_layer = fs_has_layer,
	.get_revision = fs_get_revision,
	.unlink_revision = fs_unlink_revision,
	.get_tag = fs_get_tag,
	.remove_tag = fs_remove_tag,
	.prune_repository = fs_prune_repository,
	.walk_repositories = fs_walk_repositories,
	.walk_blobs = fs_walk_blobs,
	.walk_layers = fs_walk_layers,
	.walk_revisions = fs_walk_revisions,
	.walk_tags = fs_walk_tags,
	.free_bytes = fs_free_bytes,
};

/* hull/lock holds "pid N\n" of who has it. */
static int lock_take(struct fs *fs, const char *root, struct err *err)
{
	autobuf struct buf holder = {0};
	bool is_taken;

	if (lock_file_at(fs->ownfd, "lock", LOCK_EXCLUSIVE, false, &fs->lockfd, &is_taken, err))
		return -1;
	if (!is_taken) {
		if (file_read_at(fs->ownfd, "lock", LIMIT_FS_LOCK_FILE, &holder, err))
			return -1;
		struct str who = str_trim(buf_str(&holder));
		return err_set(err, ERR_EXISTS, "storage '%s' is in use by another registry (%.*s)",
			       root, STR_ARG(who));
	}
	autofree char *me = xasprintf("pid %ld\n", (long)getpid());
	if (ftruncate(fs->lockfd, 0))
		return file_err(err, "writing", "lock");
	return io_write_all(fs->lockfd, me, strlen(me), err);
}

/* What a killed server left half-made. */
static int tmp_make_empty(struct fs *fs, struct err *err)
{
	if (tree_remove_at(fs->ownfd, "tmp", err) || dir_make_all(fs->ownfd, "tmp", 0700, err))
		return -1;
	return dir_open_at(fs->ownfd, "tmp", &fs->tmpfd, err);
}

static int open_for_writing(struct fs *fs, const char *root, struct err *err)
{
	autoclose int rootfd = -1;

	if (dir_make_all(AT_FDCWD, root, 0750, err) || dir_open_at(AT_FDCWD, root, &rootfd, err) ||
	    dir_make_all(rootfd, "hull", 0750, err) ||
	    dir_open_at(rootfd, "hull", &fs->ownfd, err) || lock_take(fs, root, err) ||
	    tmp_make_empty(fs, err) || dir_make_all(rootfd, TREE "/blobs", 0755, err) ||
	    dir_make_all(rootfd, TREE "/repositories", 0755, err) ||
	    dir_open_at(rootfd, TREE, &fs->treefd, err))
		return -1;
	/* From here on, what is visible is durable: a killed server may have left something that is
	 * only in memory, and a directory just made is. */
	if (syncfs(rootfd))
		return err_sys(err, "syncing storage '%s'", root);
	return 0;
}

static int open_for_reading(struct fs *fs, const char *root, struct err *err)
{
	autoclose int rootfd = -1;

	if (dir_open_at(AT_FDCWD, root, &rootfd, err) ||
	    dir_open_at(rootfd, TREE, &fs->treefd, err))
		return -1;
	fs->ownfd = openat(rootfd, "hull", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fs->ownfd < 0 && errno != ENOENT)
		return file_err(err, "opening", "hull");
	return 0;
}

int storage_fs_open(const char *root, const struct storage_fs_options *options,
		    struct storage **ret_storage, struct err *err)
{
	cleanup(fs_freep) struct fs *fs = xcalloc(1, sizeof(*fs));

	fs->storage.ops = &fs_ops;
	fs->calls = fs_kernel_calls;
	fs->read_only = options->read_only;
	fs->floor_bytes = options->floor_bytes;
	fs->treefd = fs->ownfd = fs->tmpfd = fs->lockfd = -1;
	if (fs->read_only ? open_for_reading(fs, root, err) : open_for_writing(fs, root, err))
		return -1;
	fs_rounds_open(fs);
	fs_flights_open(fs);
	fs_sessions_open(fs);
	*ret_storage = &steal(&fs)->storage;
	return 0;
}

int storage_fs_own_dir(const struct storage *storage)
{
	return ((const struct fs *)storage)->ownfd;
}
