/* fs_manifests.c - publishing a manifest with its tags, and tags.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The reference keeps under index/ every digest a tag ever had; nothing but its collector reads it,
 * which stumbles over an empty link, so ours are as durable as the rest. */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "registry/limits.h"

#include "base/banned.h"

enum { STAGE_CONTENT, STAGE_TAGS };
enum { BLOB, REVISION, FIRST_TAG };

static int stage_content(struct fs_publish *publish, const struct manifest_files *files,
			 const struct fs_path *paths, struct err *err)
{
	if (!fs_blob_is_there(publish->fs, &paths[BLOB], files->bytes.len) &&
	    fs_publish_bytes(publish, STAGE_CONTENT, &paths[BLOB], "data", files->bytes, err))
		return -1;
	if (files->media_type && fs_publish_bytes(publish, STAGE_CONTENT, &paths[REVISION], "type",
						  str_of(files->media_type), err))
		return -1;
	return fs_publish_link(publish, STAGE_CONTENT, &paths[REVISION], files->digest, err);
}

static int stage_tag(struct fs_publish *publish, const struct fs_path *tag,
		     const struct digest *digest, struct err *err)
{
	struct fs_path current = fs_path_of("%s/current", tag->text);
	struct fs_path index =
		fs_path_of("%s/index/%s/%s", tag->text, fs_algo_name(digest), digest_hex(digest));

	if (fs_publish_link(publish, STAGE_TAGS, &index, digest, err))
		return -1;
	return fs_publish_link(publish, STAGE_TAGS, &current, digest, err);
}

static int stage_and_run(struct fs_publish *publish, const struct manifest_files *files,
			 const struct fs_path *paths, size_t n_paths, struct err *err)
{
	if (stage_content(publish, files, paths, err))
		return -1;
	for (size_t i = FIRST_TAG; i < n_paths; i++) {
		if (stage_tag(publish, &paths[i], files->digest, err))
			return -1;
	}
	return fs_publish_run(publish, err);
}

/* The same tag twice would be two items of one name. */
static bool is_earlier(const char *const *tags, size_t n, const char *tag)
{
	bool is_there = false;

	for (size_t i = 0; i < n && !is_there; i++)
		is_there = text_eq(tags[i], tag);
	return is_there;
}

int fs_put_manifest(struct storage *storage, const struct manifest_files *files, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct fs_publish publish = {.fs = fs};
	size_t n_tags = 0, n_paths = FIRST_TAG;

	if (fs_guard_writing(fs, err))
		return -1;
	if (files->media_type && strlen(files->media_type) > LIMIT_FS_TYPE_FILE)
		return err_set(err, ERR_LIMIT, "the media type is too long");
	while (files->tags && files->tags[n_tags])
		n_tags++;
	autofree struct fs_path *paths = xmalloc((FIRST_TAG + n_tags) * sizeof(*paths));
	paths[BLOB] = fs_blob_dir(files->digest);
	paths[REVISION] = fs_revision_dir(files->repository, files->digest);
	for (size_t i = 0; i < n_tags; i++) {
		if (!is_earlier(files->tags, i, files->tags[i]))
			paths[n_paths++] = fs_tag_dir(files->repository, files->tags[i]);
	}
	fs_flight_enter(fs, paths, n_paths);
	int result = stage_and_run(&publish, files, paths, n_paths, err);
	fs_publish_done(&publish);
	fs_flight_leave(fs, paths, n_paths, result == 0);
	return result;
}

static int err_no_tag(const char *repository, const char *tag, struct err *err)
{
	return err_set(err, ERR_MISSING, "no tag '%s' in '%s'", tag, repository);
}

static int current_read(const struct fs *fs, const struct fs_path *dir, enum fs_link *ret_link,
			struct digest *ret_digest, struct err *err)
{
	struct fs_path path = fs_path_of("%s/current/link", dir->text);

	return fs_link_read(fs, path.text, ret_link, ret_digest, err);
}

int fs_get_tag(struct storage *storage, const char *repository, const char *tag,
	       struct digest *ret_digest, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct fs_path dir = fs_tag_dir(repository, tag);
	struct digest found = {0};
	enum fs_link link;
	unsigned look;

	do {
		look = fs_flight_look(fs);
		if (current_read(fs, &dir, &link, &found, err))
			return -1;
	} while (link == FS_LINK_SOUND && !fs_flight_is_settled(fs, &dir, look));
	if (link != FS_LINK_SOUND)
		return err_no_tag(repository, tag, err);
	*ret_digest = found;
	return 0;
}

/* current/link first, which ends the tag; then what the reference would still list. */
static int tag_take(struct fs *fs, const struct fs_path *dir, const char *tag, struct err *err)
{
	struct fs_path current = fs_path_of("%s/current", dir->text);
	struct fs_path above =
		fs_path_of("%.*s", (int)(path_base(dir->text) - dir->text - 1), dir->text);
	autoclose int fd = fs_open_below(fs->treefd, current.text, O_RDONLY | O_DIRECTORY);
	autoclose int abovefd = fs_open_below(fs->treefd, above.text, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || abovefd < 0)
		return file_err(err, "opening", dir->text);
	if (unlinkat(fd, "link", 0))
		return file_err(err, "removing", dir->text);
	if (tree_remove_at(abovefd, tag, err))
		return -1;
	return fs_sync(fs, FS_SYNC_DIR, &abovefd, 1, err);
}

static int tag_remove_expected(struct fs *fs, const char *repository, const char *tag,
			       const struct digest *expect, struct err *err)
{
	struct fs_path dir = fs_tag_dir(repository, tag);
	struct digest found = {0};
	enum fs_link link;

	if (current_read(fs, &dir, &link, &found, err))
		return -1;
	if (link == FS_LINK_ABSENT || (expect && link == FS_LINK_ODD))
		return err_no_tag(repository, tag, err);
	if (expect && !digest_eq(expect, &found))
		return err_set(err, ERR_EXISTS, "tag '%s' in '%s' is %s by now", tag, repository,
			       found.text);
	return tag_take(fs, &dir, tag, err);
}

int fs_remove_tag(struct storage *storage, const char *repository, const char *tag,
		  const struct digest *expect, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct fs_path dir = fs_tag_dir(repository, tag);

	if (fs_guard_writing(fs, err))
		return -1;
	fs_flight_enter(fs, &dir, 1);
	int result = tag_remove_expected(fs, repository, tag, expect, err);
	fs_flight_leave(fs, &dir, 1, true);
	return result;
}
