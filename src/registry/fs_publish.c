/* fs_publish.c - files that appear together and durably, or not at all.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   write beside → sync the files → [rename → sync the directories] for each stage
 *
 * What stood in the way is exchanged, not overwritten, so that it can be put back when a later step
 * fails. The caller holds a flight over every directory named. */
#include "registry/storage_fs_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"
#include "registry/limits.h"

#include "base/banned.h"

static struct fs_item *add_item(struct fs_publish *publish, unsigned stage,
				const struct fs_path *dir, const char *name)
{
	struct fs_item *item = vec_add(&publish->files);

	assert(stage < FS_STAGES);
	*item = (struct fs_item){.dir = *dir, .name = name, .stage = stage, .dirfd = -1, .fd = -1};
	return item;
}

static int write_all(const struct fs *fs, int fd, struct str bytes)
{
	for (size_t done = 0; done < bytes.len;) {
		ssize_t n = fs->calls.write(fs->calls.arg, fd, bytes.ptr + done, bytes.len - done,
					    done);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

static int make_dir(struct fs_publish *publish, struct fs_item *item, struct err *err)
{
	return fs_dirs_make(publish->fs, item->dir.text, &publish->dirs[item->stage], &item->dirfd,
			    err);
}

int fs_publish_bytes(struct fs_publish *publish, unsigned stage, const struct fs_path *dir,
		     const char *name, struct str bytes, struct err *err)
{
	struct fs *fs = publish->fs;
	struct fs_item *item = add_item(publish, stage, dir, name);

	item->from_dirfd = fs->tmpfd;
	snprintf(item->from, sizeof(item->from), "%" PRIu64, (uint64_t)++fs->last_tmp);
	item->fd = openat(fs->tmpfd, item->from, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (item->fd < 0)
		return file_err(err, "making a file for", dir->text);
	item->is_tmp = true;
	if (write_all(fs, item->fd, bytes))
		return file_err(err, "writing for", dir->text);
	return make_dir(publish, item, err);
}

int fs_publish_file(struct fs_publish *publish, const struct fs_path *dir, const char *name,
		    int from_dirfd, const char *from, int fd, struct err *err)
{
	struct fs_item *item = add_item(publish, 0, dir, name);

	item->from_dirfd = from_dirfd;
	snprintf(item->from, sizeof(item->from), "%s", from);
	item->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (item->fd < 0)
		return err_sys(err, "publishing '%s'", dir->text);
	return make_dir(publish, item, err);
}

int fs_publish_link(struct fs_publish *publish, unsigned stage, const struct fs_path *dir,
		    const struct digest *digest, struct err *err)
{
	struct fs_path path = fs_path_of("%s/link", dir->text);
	struct digest old = {0};
	enum fs_link link;

	if (fs_link_read(publish->fs, path.text, &link, &old, err))
		return -1;
	if (link == FS_LINK_SOUND && digest_eq(&old, digest))
		return 0;
	return fs_publish_bytes(publish, stage, dir, "link", str_of(digest->text), err);
}

struct fd_list {
	int *items;
	size_t n, cap;
};

static void fd_add(struct fd_list *list, int fd)
{
	vec_push(list, fd);
}

static int sync_alone(const struct fs *fs, const struct fs_item *item, struct err *err)
{
	if (fs->calls.sync(fs->calls.arg, item->fd, FS_SYNC_FILE) == 0)
		return 0;
	return file_err(err, "syncing", item->dir.text);
}

static bool is_large(const struct fs_item *item)
{
	struct stat st;

	return fstat(item->fd, &st) == 0 && st.st_size > LIMIT_FS_SYNC_ALONE;
}

static int sync_files(const struct fs_publish *publish, struct err *err)
{
	struct fd_list small = {0};
	int result = 0;

	for (size_t i = 0; i < publish->files.n && result == 0; i++) {
		const struct fs_item *item = &publish->files.items[i];
		if (is_large(item))
			result = sync_alone(publish->fs, item, err);
		else
			fd_add(&small, item->fd);
	}
	if (result == 0)
		result = fs_sync(publish->fs, FS_SYNC_FILE, small.items, small.n, err);
	vec_done(&small);
	return result;
}

static int rename_item(const struct fs *fs, const struct fs_item *item, unsigned flags)
{
	return fs->calls.rename(fs->calls.arg, item->from_dirfd, item->from, item->dirfd,
				item->name, flags);
}

/* -1 with errno. */
static int place(const struct fs *fs, struct fs_item *item)
{
	if (rename_item(fs, item, RENAME_NOREPLACE) == 0) {
		item->state = FS_ITEM_NEW;
		return 0;
	}
	if (errno == EEXIST && rename_item(fs, item, RENAME_EXCHANGE) == 0) {
		item->state = FS_ITEM_EXCHANGED;
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without the flags (NFS): what stood there cannot be put back. */
	if (rename_item(fs, item, 0))
		return -1;
	item->state = FS_ITEM_REPLACED;
	return 0;
}

static int place_item(struct fs_publish *publish, struct fs_item *item, struct err *err)
{
	for (int i = 0; i < LIMIT_FS_RACE_TRIES; i++) {
		if (place(publish->fs, item) == 0)
			return 0;
		if (errno != ENOENT)
			break;
		mem_close_at(&item->dirfd); /* pruned under us */
		item->dirfd = -1;
		if (make_dir(publish, item, err))
			return -1;
	}
	return file_err(err, "publishing", item->dir.text);
}

/* In place, and its directory among those that have to be synced. */
static int place_and_note(struct fs_publish *publish, struct fs_item *item, struct err *err)
{
	if (place_item(publish, item, err))
		return -1;
	int fd = fcntl(item->dirfd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, "publishing '%s'", item->dir.text);
	vec_push(&publish->dirs[item->stage].fds, fd);
	return 0;
}

static int run_stage(struct fs_publish *publish, unsigned stage, struct err *err)
{
	for (size_t i = 0; i < publish->files.n; i++) {
		struct fs_item *item = &publish->files.items[i];
		if (item->stage == stage && place_and_note(publish, item, err))
			return -1;
	}
	return fs_dirs_sync(publish->fs, &publish->dirs[stage], err);
}

int fs_publish_run(struct fs_publish *publish, struct err *err)
{
	if (publish->files.n == 0) {
		publish->is_over = true;
		return 0;
	}
	if (sync_files(publish, err)) {
		publish->is_data_lost = true;
		return -1;
	}
	for (unsigned stage = 0; stage < FS_STAGES; stage++) {
		if (run_stage(publish, stage, err))
			return -1;
	}
	publish->is_over = true;
	return 0;
}

#define UNDO_LEVELS 4 /* of a tag's index: <tag>/index/<alg>/<hex> */

/* As well as it goes: what failed once may fail again, and nothing was acknowledged. The kernel's
 * own renameat2, not the table's: the undoing is not what is tested to fail. */
static void undo(struct fs_publish *publish, struct fs_item *item)
{
	unsigned flags = item->state == FS_ITEM_EXCHANGED ? RENAME_EXCHANGE : RENAME_NOREPLACE;
	struct fs_dirs dirs = {0};

	if (item->state == FS_ITEM_NEW || item->state == FS_ITEM_EXCHANGED)
		(void)renameat2(item->dirfd, item->name, item->from_dirfd, item->from, flags);
	fs_dirs_prune(publish->fs, item->dir.text, UNDO_LEVELS, &dirs);
	fs_dirs_done(&dirs);
}

void fs_publish_done(struct fs_publish *publish)
{
	for (size_t i = publish->files.n; i-- && !publish->is_over;)
		undo(publish, &publish->files.items[i]);
	vec_foreach(item, &publish->files) {
		/* What was exchanged out, or what never got in its place. */
		if (publish->is_over ? item->state == FS_ITEM_EXCHANGED : item->is_tmp)
			(void)unlinkat(item->from_dirfd, item->from, 0);
		mem_close_at(&item->dirfd);
		mem_close_at(&item->fd);
	}
	vec_done(&publish->files);
	for (unsigned stage = 0; stage < FS_STAGES; stage++)
		fs_dirs_done(&publish->dirs[stage]);
}
