/* fs_walk.c - going through the whole tree, a directory entry at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "registry/limits.h"
#include "registry/name.h"

#include "base/banned.h"

int fs_walk_open(const struct fs *fs, const char *path, DIR **ret_dir, struct err *err)
{
	autoclose int fd = fs_open_below(fs->treefd, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0 && fs_is_absent(errno)) {
		*ret_dir = NULL;
		return 0;
	}
	DIR *dir = fd < 0 ? NULL : dir_stream(&fd);
	if (!dir)
		return file_err(err, "listing", path);
	*ret_dir = dir;
	return 0;
}

static bool is_dots(const char *name)
{
	return text_eq(name, ".") || text_eq(name, "..");
}

static void tell_odd(const struct fs *fs, const char *path, const char *what)
{
	if (fs->storage.odd)
		fs->storage.odd(path, what, fs->storage.odd_arg);
}

/* Repositories. */

struct name_walk {
	struct fs *fs;
	const char *const *marks; /* what makes a directory a repository */
	int (*told)(const char *repository, void *arg, struct err *err);
	void *arg;
	bool minds_hidden;
	char *hidden; /* the first thing that may be or hold a repository, but has no name of one */
};

static bool has_mark(const struct name_walk *walk, const DIR *dir)
{
	bool has = false;
	struct stat st;

	for (const char *const *mark = walk->marks; *mark && !has; mark++)
		has = fstatat(dirfd((DIR *)dir), *mark, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		      S_ISDIR(st.st_mode);
	return has;
}

static bool holds_repository(const struct name_walk *walk, const char *name, unsigned depth)
{
	autoerr struct err err = {0};
	autodir DIR *dir = NULL;
	struct dirent *entry;

	if (strlen(name) > REPOSITORY_NAME_MAX)
		return true; /* who knows? */
	struct fs_path path = fs_path_of("repositories/%s", name);
	if (fs_walk_open(walk->fs, path.text, &dir, &err))
		return true;
	bool holds = dir && (depth == 0 || has_mark(walk, dir));
	while (dir && !holds && (entry = readdir(dir))) {
		struct fs_path next = fs_path_of("%s/%s", name, entry->d_name);
		bool may_be_dir = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
		if (may_be_dir && !is_dots(entry->d_name))
			holds = holds_repository(walk, next.text, depth - 1);
	}
	return holds;
}

/* Another registry may serve what we pass over (a link to a directory, an old name): what its
 * manifests need would look like garbage to us. */
static void note_hidden(struct name_walk *walk, const DIR *dir, const struct dirent *entry,
			const char *name, unsigned depth)
{
	struct stat st;

	if (!walk->minds_hidden || walk->hidden || text_eq(entry->d_name, "lost+found"))
		return;
	bool is_link = entry->d_type == DT_LNK &&
		       fstatat(dirfd((DIR *)dir), entry->d_name, &st, 0) == 0 &&
		       S_ISDIR(st.st_mode);
	bool may_be_dir = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
	if (is_link || (may_be_dir && holds_repository(walk, name, depth)))
		walk->hidden = xstrdup(name);
}

/* A repository may be inside another; names begin with a letter or digit, what is ours does not. */
static int walk_names_below(struct name_walk *walk, const char *name, unsigned depth,
			    struct err *err)
{
	struct fs_path path = fs_path_of("repositories%s%s", *name ? "/" : "", name);
	autodir DIR *dir = NULL;
	struct dirent *entry;

	if (fs_walk_open(walk->fs, path.text, &dir, err))
		return -1;
	if (dir && *name && has_mark(walk, dir) && walk->told(name, walk->arg, err))
		return -1;
	while (dir && (entry = readdir(dir))) {
		struct fs_path next = fs_path_of("%s%s%s", name, *name ? "/" : "", entry->d_name);
		bool may_be_dir = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
		if (entry->d_name[0] == '_' || is_dots(entry->d_name))
			continue;
		if (!may_be_dir || depth == 0 || !repository_name_is_valid(str_of(next.text))) {
			tell_odd(walk->fs, next.text, "no name of a repository");
			note_hidden(walk, dir, entry, next.text, depth);
		} else if (walk_names_below(walk, next.text, depth - 1, err))
			return -1;
	}
	return 0;
}

int fs_walk_names(struct fs *fs, enum fs_names which,
		  int (*told)(const char *repository, void *arg, struct err *err), void *arg,
		  struct err *err)
{
	static const char *const content[] = {"_layers", "_manifests", NULL};
	static const char *const uploads[] = {"_uploads", NULL};
	bool is_content = which == FS_NAMES_WITH_CONTENT;
	struct name_walk walk = {fs, is_content ? content : uploads, told, arg, is_content, NULL};

	int result = walk_names_below(&walk, "", LIMIT_FS_NAME_DEPTH, err);
	autofree char *hidden = walk.hidden;
	if (result == 0 && hidden)
		result =
			err_set(err, ERR_DENIED,
				"'repositories/%s' may hold images, but is no repository's name or "
				"a link: nothing is collected until it is moved away",
				hidden);
	return result;
}

int fs_walk_repositories(struct storage *storage,
			 int (*told)(const char *repository, void *arg, struct err *err), void *arg,
			 struct err *err)
{
	return fs_walk_names(fs_of(storage), FS_NAMES_WITH_CONTENT, told, arg, err);
}

static const char *const algos[] = {"sha256", "sha512"};

/* Blobs. */

struct blob_walk {
	struct fs *fs;
	const char *algo;
	int (*told)(const struct digest *digest, uint64_t size, void *arg, struct err *err);
	void *arg;
};

static int walk_blob(const struct blob_walk *walk, const char *hex, struct err *err)
{
	autoerr struct err unusable = {0};
	autofree char *text = xasprintf("%s:%s", walk->algo, hex);
	struct digest digest;
	uint64_t size;

	if (digest_parse(str_of(text), &digest, &unusable)) {
		tell_odd(walk->fs, text, "no digest");
		return 0;
	}
	if (fs_blob_stat(&walk->fs->storage, &digest, &size, &unusable)) {
		if (unusable.kind != ERR_MISSING) {
			err_move(err, &unusable);
			return -1;
		}
		tell_odd(walk->fs, text, "a blob without content");
		return 0;
	}
	return walk->told(&digest, size, walk->arg, err);
}

static int walk_fan(const struct blob_walk *walk, const char *two, struct err *err)
{
	struct fs_path path = fs_path_of("blobs/%s/%s", walk->algo, two);
	autodir DIR *dir = NULL;
	struct dirent *entry;

	if (fs_walk_open(walk->fs, path.text, &dir, err))
		return -1;
	while (dir && (entry = readdir(dir))) {
		if (is_dots(entry->d_name))
			continue;
		if (strncmp(entry->d_name, two, 2) != 0)
			tell_odd(walk->fs, entry->d_name, "a blob in the wrong place");
		else if (walk_blob(walk, entry->d_name, err))
			return -1;
	}
	return 0;
}

static int walk_algo(const struct blob_walk *walk, struct err *err)
{
	struct fs_path path = fs_path_of("blobs/%s", walk->algo);
	autodir DIR *dir = NULL;
	struct dirent *entry;

	if (fs_walk_open(walk->fs, path.text, &dir, err))
		return -1;
	while (dir && (entry = readdir(dir))) {
		if (is_dots(entry->d_name))
			continue;
		if (strlen(entry->d_name) != 2)
			tell_odd(walk->fs, entry->d_name, "no directory of blobs");
		else if (walk_fan(walk, entry->d_name, err))
			return -1;
	}
	return 0;
}

int fs_walk_blobs(struct storage *storage,
		  int (*told)(const struct digest *digest, uint64_t size, void *arg,
			      struct err *err),
		  void *arg, struct err *err)
{
	struct blob_walk walk = {fs_of(storage), NULL, told, arg};

	for (size_t i = 0; i < ARRAY_LEN(algos); i++) {
		walk.algo = algos[i];
		if (walk_algo(&walk, err))
			return -1;
	}
	return 0;
}

/* Links of a repository: <above>/<alg>/<hex>/link. */

struct link_walk {
	struct fs *fs;
	struct fs_path above;
	int (*told)(const struct digest *digest, void *arg, struct err *err);
	void *arg;
};

static int walk_link(const struct link_walk *walk, const char *algo, const char *hex,
		     struct err *err)
{
	struct fs_path dir = fs_path_of("%s/%s/%s", walk->above.text, algo, hex);
	autofree char *text = xasprintf("%s:%s", algo, hex);
	autoerr struct err unusable = {0};
	struct digest digest;
	bool is_there = false;

	if (digest_parse(str_of(text), &digest, &unusable) == 0 &&
	    fs_link_is_there(walk->fs, &dir, &digest, &is_there, err))
		return -1;
	if (is_there)
		return walk->told(&digest, walk->arg, err);
	tell_odd(walk->fs, dir.text, "no sound link");
	return 0;
}

static int walk_links(const struct link_walk *walk, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(algos); i++) {
		struct fs_path path = fs_path_of("%s/%s", walk->above.text, algos[i]);
		autodir DIR *dir = NULL;
		struct dirent *entry;
		if (fs_walk_open(walk->fs, path.text, &dir, err))
			return -1;
		while (dir && (entry = readdir(dir))) {
			if (!is_dots(entry->d_name) &&
			    walk_link(walk, algos[i], entry->d_name, err))
				return -1;
		}
	}
	return 0;
}

int fs_walk_layers(struct storage *storage, const char *repository,
		   int (*told)(const struct digest *digest, void *arg, struct err *err), void *arg,
		   struct err *err)
{
	struct fs_path above = fs_path_of("repositories/%s/_layers", repository);
	struct link_walk walk = {fs_of(storage), above, told, arg};

	return walk_links(&walk, err);
}

int fs_walk_revisions(struct storage *storage, const char *repository,
		      int (*told)(const struct digest *digest, void *arg, struct err *err),
		      void *arg, struct err *err)
{
	struct fs_path above = fs_path_of("repositories/%s/_manifests/revisions", repository);
	struct link_walk walk = {fs_of(storage), above, told, arg};

	return walk_links(&walk, err);
}

int fs_walk_tags(struct storage *storage, const char *repository,
		 int (*told)(const char *tag, const struct digest *digest, void *arg,
			     struct err *err),
		 void *arg, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct fs_path path = fs_path_of("repositories/%s/_manifests/tags", repository);
	autodir DIR *dir = NULL;
	struct dirent *entry;

	if (fs_walk_open(fs, path.text, &dir, err))
		return -1;
	while (dir && (entry = readdir(dir))) {
		autoerr struct err gone = {0};
		struct digest digest;
		if (is_dots(entry->d_name))
			continue;
		int result = -1;
		if (tag_is_valid(str_of(entry->d_name)))
			result =
				fs_get_tag(&fs->storage, repository, entry->d_name, &digest, &gone);
		if (result && err_is_set(&gone) && gone.kind != ERR_MISSING) {
			err_move(err, &gone);
			return -1;
		}
		if (result)
			tell_odd(fs, entry->d_name, "a tag that names nothing");
		else if (told(entry->d_name, &digest, arg, err))
			return -1;
	}
	return 0;
}
