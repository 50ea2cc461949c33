/* fs_links.c - what a repository may see: layers and revisions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "registry/limits.h"

#include "base/banned.h"

int fs_link_is_there(struct fs *fs, const struct fs_path *dir, const struct digest *digest,
		     bool *ret_is_there, struct err *err)
{
	struct fs_path path = fs_path_of("%s/link", dir->text);
	struct digest found = {0};
	enum fs_link link;
	unsigned look;

	do {
		look = fs_flight_look(fs);
		if (fs_link_read(fs, path.text, &link, &found, err))
			return -1;
	} while (link != FS_LINK_ABSENT && !fs_flight_is_settled(fs, dir, look));
	*ret_is_there = link == FS_LINK_SOUND && digest_eq(&found, digest);
	return 0;
}

int fs_link_layer(struct storage *storage, const char *repository, const struct digest *digest,
		  struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct fs_path dir = fs_layer_dir(repository, digest);
	struct fs_publish publish = {.fs = fs};

	if (fs_guard_writing(fs, err))
		return -1;
	fs_flight_enter(fs, &dir, 1);
	int result = fs_publish_link(&publish, 0, &dir, digest, err);
	if (result == 0)
		result = fs_publish_run(&publish, err);
	fs_publish_done(&publish);
	fs_flight_leave(fs, &dir, 1, result == 0);
	return result;
}

int fs_has_layer(struct storage *storage, const char *repository, const struct digest *digest,
		 bool *ret_has, struct err *err)
{
	struct fs_path dir = fs_layer_dir(repository, digest);

	return fs_link_is_there(fs_of(storage), &dir, digest, ret_has, err);
}

/* The link first, which ends it; then what else is there (`type`, a schema 1 manifest's
 * signatures). */
static int link_remove(struct fs *fs, const struct fs_path *dir, bool is_durable, struct err *err)
{
	struct fs_path above =
		fs_path_of("%.*s", (int)(path_base(dir->text) - dir->text - 1), dir->text);
	autoclose int fd = fs_open_below(fs->treefd, dir->text, O_RDONLY | O_DIRECTORY);
	autoclose int abovefd = fs_open_below(fs->treefd, above.text, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || abovefd < 0)
		return file_err(err, "opening", dir->text);
	if (unlinkat(fd, "link", 0))
		return file_err(err, "removing", dir->text);
	if (unlinkat(abovefd, path_base(dir->text), AT_REMOVEDIR) &&
	    tree_remove_at(abovefd, path_base(dir->text), err))
		return -1;
	return is_durable ? fs_sync(fs, FS_SYNC_DIR, &abovefd, 1, err) : 0;
}

static int link_remove_alone(struct storage *storage, const struct fs_path *dir, bool is_durable,
			     struct err *err)
{
	struct fs *fs = fs_of(storage);

	if (fs_guard_writing(fs, err))
		return -1;
	fs_flight_enter(fs, dir, 1);
	int result = link_remove(fs, dir, is_durable, err);
	fs_flight_leave(fs, dir, 1, true);
	return result;
}

int fs_unlink_layer(struct storage *storage, const char *repository, const struct digest *digest,
		    struct err *err)
{
	struct fs_path dir = fs_layer_dir(repository, digest);

	return link_remove_alone(storage, &dir, true, err);
}

/* Whose order with what follows the journal keeps; waiting for the disk a million times would make
 * a collection last for hours. */
int fs_drop_layer(struct storage *storage, const char *repository, const struct digest *digest,
		  struct err *err)
{
	struct fs_path dir = fs_layer_dir(repository, digest);

	return link_remove_alone(storage, &dir, false, err);
}

int fs_unlink_revision(struct storage *storage, const char *repository, const struct digest *digest,
		       struct err *err)
{
	struct fs_path dir = fs_revision_dir(repository, digest);

	return link_remove_alone(storage, &dir, true, err);
}

/* NULL: there is none. */
static int type_read(const struct fs *fs, const struct fs_path *dir, char **ret_media_type,
		     struct err *err)
{
	struct fs_path path = fs_path_of("%s/type", dir->text);
	char text[LIMIT_FS_TYPE_FILE];
	autoclose int fd = fs_open_below(fs->treefd, path.text, O_RDONLY | O_NONBLOCK);

	if (fd < 0 && !fs_is_absent(errno))
		return file_err(err, "opening", path.text);
	ssize_t len = fd < 0 ? 0 : io_read_full(fd, text, sizeof(text), err);
	if (len < 0)
		return -1;
	*ret_media_type = len ? xstrndup(text, (size_t)len) : NULL;
	return 0;
}

int fs_get_revision(struct storage *storage, const char *repository, const struct digest *digest,
		    char **ret_media_type, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct fs_path dir = fs_revision_dir(repository, digest);
	bool is_there;

	if (fs_link_is_there(fs, &dir, digest, &is_there, err))
		return -1;
	if (!is_there)
		return err_set(err, ERR_MISSING, "no manifest %s in '%s'", digest->text,
			       repository);
	return type_read(fs, &dir, ret_media_type, err);
}

int fs_prune_repository(struct storage *storage, const char *repository, struct err *err)
{
	/* rmdir refuses what is not empty: the order is from the leaves. The levels of the last
	 * take the repository and the empty ones it is nested in. */
	static const struct {
		const char *path;
		unsigned levels;
	} skeleton[] = {
		{"_manifests/revisions/sha256", 1},
		{"_manifests/revisions/sha512", 1},
		{"_manifests/revisions", 1},
		{"_manifests/tags", 2},
		{"_manifests/revisions", 2},
		{"_layers/sha256", 1},
		{"_layers/sha512", 1},
		{"_layers", 1},
		{"_uploads", 1},
	};
	struct fs *fs = fs_of(storage);
	struct fs_dirs dirs = {0};
	unsigned depth = 1;

	if (fs_guard_writing(fs, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(skeleton); i++) {
		struct fs_path path =
			fs_path_of("repositories/%s/%s", repository, skeleton[i].path);
		fs_dirs_prune(fs, path.text, skeleton[i].levels, &dirs);
	}
	for (const char *at = repository; *at; at++)
		depth += *at == '/';
	struct fs_path path = fs_path_of("repositories/%s", repository);
	fs_dirs_prune(fs, path.text, depth, &dirs);
	int result = fs_dirs_sync(fs, &dirs, err);
	fs_dirs_done(&dirs);
	return result;
}
