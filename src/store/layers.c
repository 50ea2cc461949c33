/* layers.c - unpacked layers: layers/<chain hex> with fs/ and meta.json, and short links to them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "doc/json.h"
#include "store/store_private.h"

#include "base/banned.h"

/* Where a layer is put together inside a workdir, next to its lock file. */
#define STAGING ".layer"

/* Of the hex digits in l/: two layers that share so many get a longer link. */
static const int short_lengths[] = {12, 24, 64};

static const struct {
	const char *key;
	size_t offset;
	bool required;
} meta_digests[] = {
	{"chainID", offsetof(struct layer_meta, chain_id), true},
	{"parent", offsetof(struct layer_meta, parent), false},
	{"diffID", offsetof(struct layer_meta, diff_id), true},
	{"blob", offsetof(struct layer_meta, blob), false},
};
static const struct {
	const char *key;
	size_t offset;
} meta_counts[] = {
	{"blobBytes", offsetof(struct layer_meta, blob_bytes)},
	{"tarBytes", offsetof(struct layer_meta, tar_bytes)},
	{"contentBytes", offsetof(struct layer_meta, content_bytes)},
	{"entries", offsetof(struct layer_meta, n_entries)},
};

struct store_path layer_dir_path(const struct digest *chain_id, const char *behind)
{
	return path_format("layers/%s%s", digest_hex(chain_id), behind);
}

bool store_has_layer(struct store *store, const struct digest *chain_id)
{
	struct store_path path = layer_dir_path(chain_id, "/meta.json");

	return faccessat(store->fd, path.text, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int meta_decode(const struct node *root, const char *path, struct layer_meta *meta,
		       struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(meta_digests); i++) {
		struct digest *digest = (struct digest *)((char *)meta + meta_digests[i].offset);
		if (!meta_digests[i].required && !node_get(root, meta_digests[i].key))
			continue;
		if (record_digest(root, meta_digests[i].key, path, digest, err))
			return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(meta_counts); i++) {
		int64_t count = node_get_int(root, meta_counts[i].key, -1);
		if (count < 0)
			return err_set(err, ERR_CORRUPT, "'%s' has no '%s'", path,
				       meta_counts[i].key);
		*(uint64_t *)((char *)meta + meta_counts[i].offset) = (uint64_t)count;
	}
	return 0;
}

int store_layer_meta(struct store *store, const struct digest *chain_id,
		     struct layer_meta *ret_meta, struct err *err)
{
	struct store_path path = layer_dir_path(chain_id, "/meta.json");
	autoarena struct arena arena = {0};
	struct layer_meta meta = {0};
	struct node *root;

	if (!store_has_layer(store, chain_id))
		return err_set(err, ERR_MISSING, "layer %s is not in the store", chain_id->text);
	if (record_read_tree(store, path.text, LIMIT_STORE_RECORD, &arena, &root, err) ||
	    meta_decode(root, path.text, &meta, err))
		return -1;
	if (!digest_eq(&meta.chain_id, chain_id))
		return err_set(err, ERR_CORRUPT, "'%s' speaks of layer %s", path.text,
			       meta.chain_id.text);
	*ret_meta = meta;
	return 0;
}

static int write_meta(int dirfd, const struct layer_meta *meta, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};
	struct node *root = node_new(&arena, NODE_MAP);

	for (size_t i = 0; i < ARRAY_LEN(meta_digests); i++) {
		const struct digest *digest =
			(const struct digest *)((const char *)meta + meta_digests[i].offset);
		if (digest_is_set(digest))
			node_set_text(&arena, root, meta_digests[i].key, digest->text);
	}
	for (size_t i = 0; i < ARRAY_LEN(meta_counts); i++) {
		uint64_t count = *(const uint64_t *)((const char *)meta + meta_counts[i].offset);
		node_set(&arena, root, meta_counts[i].key, node_new_int(&arena, (int64_t)count));
	}
	json_write(&text, root, JSON_COMPACT);
	return file_write_at(dirfd, "meta.json", text.ptr, text.len, 0600, FILE_NO_SYNC, err);
}

int store_open_layer(struct store *store, const struct digest *chain_id, int *ret_fd,
		     struct err *err)
{
	struct store_path path = layer_dir_path(chain_id, "/fs");

	if (!store_has_layer(store, chain_id))
		return err_set(err, ERR_MISSING, "layer %s is not in the store", chain_id->text);
	return dir_open_at(store->fd, path.text, ret_fd, err);
}

/* Links are made when missing, and never trusted: what they say is compared. */
static int short_link(struct store *store, const struct digest *chain_id,
		      struct store_path *ret_link, struct err *err)
{
	struct store_path target = path_format("../layers/%s/fs", digest_hex(chain_id));

	for (size_t i = 0; i < ARRAY_LEN(short_lengths); i++) {
		struct store_path link =
			path_format("l/%.*s", short_lengths[i], digest_hex(chain_id));
		char is[sizeof(target.text)];
		if (symlinkat(target.text, store->fd, link.text) == 0) {
			*ret_link = link;
			return 0;
		}
		if (errno != EEXIST)
			return err_sys(err, "linking '%s'", link.text);
		ssize_t len = readlinkat(store->fd, link.text, is, sizeof(is));
		if (len >= 0 && str_is((struct str){is, (size_t)len}, target.text)) {
			*ret_link = link;
			return 0;
		}
	}
	return err_set(err, ERR_CORRUPT, "the links in 'l' to layer %s lead elsewhere",
		       chain_id->text);
}

int store_layer_path(struct store *store, const struct digest *chain_id, char **ret_path,
		     struct err *err)
{
	struct store_path link;

	if (!store_has_layer(store, chain_id))
		return err_set(err, ERR_MISSING, "layer %s is not in the store", chain_id->text);
	if (short_link(store, chain_id, &link, err))
		return -1;
	*ret_path = path_join(store->root, link.text);
	return 0;
}

/* ---- publishing ---- */

struct syncing {
	unsigned left; /* of LIMIT_STORE_SYNC_FILES; 0: there were more */
	struct store *store;
};

static int sync_file(struct syncing *syncing, int dirfd, const char *name, unsigned depth,
		     struct err *err);

static int sync_entries(struct syncing *syncing, int fd, unsigned depth, struct err *err)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup(dir_closep) DIR *dir = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;

	if (!dir) {
		mem_close_at(&again);
		return err_sys(err, "reading a layer");
	}
	while (syncing->left > 0 && (entry = readdir(dir))) {
		if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, ".."))
			continue;
		if (sync_file(syncing, fd, entry->d_name, depth + 1, err))
			return -1;
	}
	return 0;
}

/* Links and devices are wholly in their directory's entry and inode. */
static int sync_file(struct syncing *syncing, int dirfd, const char *name, unsigned depth,
		     struct err *err)
{
	struct stat st;
	autoclose int fd = -1;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(err, "examining '%s'", name);
	syncing->left = depth < LIMIT_STORE_SYNC_FILES ? syncing->left - 1 : 0;
	if (syncing->left == 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "opening '%s'", name);
	if (S_ISDIR(st.st_mode) && sync_entries(syncing, fd, depth, err))
		return -1;
	if (syncing->left == 0)
		return 0;
	if (journal_is_one(syncing->store))
		return S_ISREG(st.st_mode) ? journal_settle(syncing->store, fd, name, err) : 0;
	return fsync(fd) ? err_sys(err, "syncing '%s'", name) : 0;
}

/* A small layer by its files: syncfs would wait for all that others are writing as well. */
static int sync_staged(struct store *store, int workfd, struct err *err)
{
	struct syncing syncing = {LIMIT_STORE_SYNC_FILES, store};

	if (sync_file(&syncing, workfd, STAGING, 0, err))
		return -1;
	if (syncing.left == 0 && syncfs(workfd))
		return err_sys(err, "syncing the file system");
	return 0;
}

static int stage(int workfd, const char *name, const struct layer_meta *meta, struct err *err)
{
	autoclose int dirfd = -1;

	if (mkdirat(workfd, STAGING, 0700))
		return err_sys(err, "making '%s'", STAGING);
	if (dir_open_at(workfd, STAGING, &dirfd, err))
		return -1;
	if (renameat(workfd, name, dirfd, "fs"))
		return err_sys(err, "renaming '%s'", name);
	return write_meta(dirfd, meta, err);
}

/* One that is there already wins; the wreck of one is exchanged for ours and goes with the workdir.
 */
static int move_into_place(struct store *store, int workfd, const struct digest *chain_id,
			   struct err *err)
{
	struct store_path path = layer_dir_path(chain_id, "");

	if (renameat(workfd, STAGING, store->fd, path.text) == 0)
		return 0;
	if (errno != EEXIST && errno != ENOTEMPTY)
		return err_sys(err, "renaming it into place");
	if (!store_has_layer(store, chain_id)) {
		if (renameat2(workfd, STAGING, store->fd, path.text, RENAME_EXCHANGE))
			return err_sys(err, "exchanging it for what is left of it");
		return 0;
	}
	return tree_remove_at(workfd, STAGING, err);
}

static int publish(struct store *store, struct lease *lease, int workfd, const char *name,
		   const struct layer_meta *meta, struct err *err)
{
	autoclose int lock = -1;
	struct store_path link;

	if (stage(workfd, name, meta, err) || sync_staged(store, workfd, err) ||
	    store_lock_shared(store, &lock, err))
		return -1;
	if (digest_is_set(&meta->parent) && !store_has_layer(store, &meta->parent))
		return err_set(err, ERR_MISSING, "its parent %s is not in the store",
			       meta->parent.text);
	if (lease_note_layer(lease, &meta->chain_id, err) ||
	    move_into_place(store, workfd, &meta->chain_id, err))
		return -1;
	return short_link(store, &meta->chain_id, &link, err);
}

int store_publish_layer(struct store *store, struct lease *lease, struct workdir *workdir,
			const char *name, const struct layer_meta *meta, struct err *err)
{
	if (publish(store, lease, workdir_fd(workdir), name, meta, err))
		return err_wrap(err, "publishing layer %s", meta->chain_id.text);
	return 0;
}
