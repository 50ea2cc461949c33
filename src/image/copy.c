/* copy.c - docker cp: files and trees with all that they have, and tar streams.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/random.h"
#include "image/copy_private.h"
#include "layer/apply.h"
#include "layer/attributes.h"
#include "layer/content.h"
#include "layer/tree.h"

#include "base/banned.h"

struct copy {
	const struct copy_options *options;
	uint32_t uid, gid; /* of what is copied unless owners are kept */
	struct copy_source source;
	struct copy_target target;
};

static void copy_done(struct copy *copy)
{
	source_done(&copy->source);
	copy_target_done(&copy->target);
}

/* ---- one file ---- */

/* Everything that the source has, as an entry; *ret_fd gives its data when it is a file. */
static int read_source(const struct copy_source *source, struct entry *entry, int *ret_fd,
		       struct err *err)
{
	int is_kept = attributes_read(source->dirfd, source->name, &source->st, entry, err);

	if (is_kept < 0)
		return -1;
	if (is_kept == 0)
		return err_set(err, ERR_INPUT, "a socket cannot be copied");
	return content_open_entry(source->dirfd, source->name, &source->st, entry, ret_fd, err);
}

static int make_node(int dirfd, const char *name, const struct entry *entry, struct err *err)
{
	static const mode_t kinds[] = {
		[ENTRY_CHAR] = S_IFCHR, [ENTRY_BLOCK] = S_IFBLK, [ENTRY_FIFO] = S_IFIFO};

	if (entry->type == ENTRY_SYMLINK) {
		if (symlinkat(entry->target, dirfd, name))
			return file_err(err, "making", name);
		return 0;
	}
	if (mknodat(dirfd, name, kinds[entry->type] | 0600, makedev(entry->major, entry->minor)))
		return file_err(err, "making", name);
	return 0;
}

static int make_file(const struct copy_source *source, int from, int dirfd, const char *name,
		     const struct entry *entry, int *ret_fd, struct err *err)
{
	if (entry->type != ENTRY_FILE)
		return make_node(dirfd, name, entry, err);
	*ret_fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*ret_fd < 0)
		return file_err(err, "making", name);
	return content_copy(from, &source->st, *ret_fd, err);
}

static void take_owner(const struct copy *copy, struct entry *entry)
{
	if (copy->options->archive)
		return;
	entry->uid = copy->uid;
	entry->gid = copy->gid;
}

/* A file that something is mounted on (/etc/hosts of a container) keeps its place: new content
 * only. */
static int overwrite(const struct copy_source *source, int from, int dirfd, const char *name,
		     struct err *err)
{
	autoclose int to = openat(dirfd, name, O_RDWR | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);

	if (to < 0)
		return file_err(err, "opening", name);
	return content_copy(from, &source->st, to, err);
}

static int move_into_place(const struct copy_source *source, int from, int dirfd, const char *tmp,
			   const char *name, struct err *err)
{
	if (renameat(dirfd, tmp, dirfd, name) == 0)
		return 0;
	if (errno != EBUSY || from < 0)
		return file_err(err, "making", name);
	unlinkat(dirfd, tmp, 0);
	return overwrite(source, from, dirfd, name, err);
}

/* Made beside under a name of its own, then renamed: never half there, links not followed. */
static int copy_file_as(const struct copy *copy, int dirfd, const char *name, struct err *err)
{
	struct entry entry = {0};
	autoclose int from = -1, to = -1;
	char unique[9];
	struct stat st;

	random_hex(unique, sizeof(unique) - 1);
	autofree char *tmp = xasprintf(".hull-cp-%s", unique);
	if (read_source(&copy->source, &entry, &from, err)) {
		entry_clear(&entry);
		return -1;
	}
	take_owner(copy, &entry);
	int result = make_file(&copy->source, from, dirfd, tmp, &entry, &to, err);
	if (result == 0 && fstatat(dirfd, tmp, &st, AT_SYMLINK_NOFOLLOW))
		result = err_sys(err, "examining '%s'", name);
	if (result == 0) {
		struct made made = {.fd = to,
				    .dirfd = dirfd,
				    .name = tmp,
				    .uid = st.st_uid,
				    .gid = st.st_gid,
				    .mode = st.st_mode & 07777,
				    .has_acl = true};
		result = attributes_write(&made, &entry, err);
	}
	if (result == 0)
		result = move_into_place(&copy->source, from, dirfd, tmp, name, err);
	if (result)
		unlinkat(dirfd, tmp, 0);
	entry_clear(&entry);
	return result;
}

static int copy_file(const struct copy *copy, const struct copy_place *to, struct err *err)
{
	const struct copy_target *target = &copy->target;
	struct stat st;

	if (target->name) {
		if (to->wants_dir)
			return err_set(err, ERR_MISSING, "there is no directory '%s'", to->typed);
		return copy_file_as(copy, target->dirfd, target->name, err);
	}
	if (fstatat(target->dirfd, copy->source.base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		return err_set(err, ERR_EXISTS,
			       "'%s' in '%s' is a directory: a file does not replace it",
			       copy->source.base, to->typed);
	return copy_file_as(copy, target->dirfd, copy->source.base, err);
}

/* ---- a tree ---- */

/* The directory `name`, made with all that the source has when it is new. */
static int make_directory(const struct copy *copy, int from, int dirfd, const char *name,
			  int *ret_fd, struct err *err)
{
	struct entry entry = {0};
	autoclose int fd = -1;
	struct stat st;

	bool is_new = mkdirat(dirfd, name, 0700) == 0;
	if (!is_new && errno != EEXIST)
		return file_err(err, "making", name);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return file_err(err, "opening", name);
	if (is_new) {
		struct made made = {.fd = fd,
				    .dirfd = dirfd,
				    .name = name,
				    .uid = st.st_uid,
				    .gid = st.st_gid,
				    .mode = st.st_mode & 07777,
				    .has_acl = true};
		int result = attributes_read(from, ".", &copy->source.st, &entry, err);
		take_owner(copy, &entry);
		if (result < 0 || xattrs_read_fd(from, &entry.xattrs, err) ||
		    attributes_write(&made, &entry, err)) {
			entry_clear(&entry);
			return -1;
		}
		entry_clear(&entry);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int copy_tree(const struct copy *copy, const struct copy_place *to, struct err *err)
{
	const struct copy_source *source = &copy->source;
	const struct copy_target *target = &copy->target;
	const char *name = target->name ? target->name : source->base;
	struct tree_copy_options options = {
		.merge_attributes = true,
		.numeric_owner = !copy->options->archive,
		.uid = copy->uid,
		.gid = copy->gid,
	};
	autoclose int from = -1, into = -1;

	if (target->name && target->exists)
		return err_set(err, ERR_INPUT, "'%s' is a file: a directory does not replace it",
			       to->typed);
	from = openat(source->dirfd, source->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0)
		return err_sys(err, "opening the directory");
	if (!name)
		return tree_copy(from, target->dirfd, &options, err);
	if (make_directory(copy, from, target->dirfd, name, &into, err) ||
	    tree_copy(from, into, &options, err))
		return -1;
	return attributes_set_time(into, -1, NULL, stat_mtime_ns(&source->st), err);
}

static int copy_between(struct copy *copy, const struct copy_place *from,
			const struct copy_place *to, struct err *err)
{
	if (source_find(from, copy->options->follow_link, &copy->source, err) ||
	    target_find(to, &copy->target, err))
		return -1;
	return S_ISDIR(copy->source.st.st_mode) ? copy_tree(copy, to, err)
						: copy_file(copy, to, err);
}

/* ---- tar streams ---- */

struct streaming {
	struct pack *pack;
	const char *prefix; /* "name" in front of all paths; NULL: none */
};

static char *prefixed(const struct streaming *streaming, const char *path)
{
	if (!streaming->prefix)
		return xstrdup(path);
	return path[0] ? path_join(streaming->prefix, path) : xstrdup(streaming->prefix);
}

static int stream_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	const struct streaming *streaming = arg;
	struct entry entry = *visit->entry; /* borrows all but the paths */
	autofree char *path = prefixed(streaming, entry.path);
	autofree char *target =
		entry.type == ENTRY_HARDLINK ? prefixed(streaming, entry.target) : NULL;
	autoclose int fd = -1;

	if (!path[0])
		return 0;
	entry.path = path;
	if (target)
		entry.target = target;
	if (entry.type != ENTRY_FILE)
		return pack_entry(streaming->pack, &entry, err);
	if (content_open(visit->dirfd, visit->name, visit->st, &fd, err) ||
	    pack_entry(streaming->pack, &entry, err))
		return -1;
	return pack_file(streaming->pack, fd, entry.size, err);
}

static int stream_file(const struct copy_source *source, struct pack *pack, struct err *err)
{
	struct entry entry = {0};
	autoclose int fd = -1;
	int result = read_source(source, &entry, &fd, err);

	entry.path = xstrdup(source->base);
	if (result == 0)
		result = pack_entry(pack, &entry, err);
	if (result == 0 && entry.type == ENTRY_FILE)
		result = pack_file(pack, fd, entry.size, err);
	entry_clear(&entry);
	return result;
}

static int stream_out(const struct copy_place *from, const struct copy_options *options,
		      struct err *err)
{
	struct pack_options plain = {.compression = COMPRESSION_NONE, .clamp_mtime_ns = -1};
	struct tree_options all = {.with_root = true};
	cleanup(source_done) struct copy_source source = {.dirfd = -1};
	cleanup(pack_freep) struct pack *pack = NULL;
	struct pack_result result;
	autoclose int root = -1;

	if (isatty(STDOUT_FILENO))
		return err_set(err, ERR_INPUT, "a tar stream is not written to a terminal");
	if (source_find(from, options->follow_link, &source, err) ||
	    pack_new(writer_to_borrowed_fd(STDOUT_FILENO), &plain, &pack, err))
		return -1;
	struct streaming streaming = {.pack = pack, .prefix = source.base};
	if (!S_ISDIR(source.st.st_mode)) {
		if (stream_file(&source, pack, err))
			return -1;
	} else {
		root = openat(source.dirfd, source.name,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (root < 0)
			return err_sys(err, "opening '%s'", from->typed);
		if (tree_walk(root, &all, stream_visit, &streaming, err))
			return -1;
	}
	return pack_finish(pack, &result, err);
}

static int stream_in(const struct copy_place *to, struct err *err)
{
	struct apply_options options = {.form = APPLY_MERGED, .no_whiteouts = true};
	cleanup(copy_target_done) struct copy_target target = {.dirfd = -1};
	autoreader struct reader *tar = NULL;
	struct apply_result result;
	enum compression found;

	if (isatty(STDIN_FILENO))
		return err_set(err, ERR_INPUT, "a tar stream does not come from a terminal");
	if (target_find(to, &target, err))
		return -1;
	if (target.name)
		return err_set(err, target.exists ? ERR_INPUT : ERR_MISSING,
			       "a tar stream is unpacked into a directory, and '%s' is none",
			       to->typed);
	if (reader_decompress(reader_of_borrowed_fd(STDIN_FILENO), &found, &tar, err))
		return -1;
	return layer_apply(tar, target.dirfd, &options, &result, err);
}

/* ---- the two sides ---- */

static int host_place(struct copy_place *place, int rootfd, const char *typed, struct err *err)
{
	autofree char *cwd = NULL, *absolute = NULL;

	if (typed[0] != '/') {
		if (path_real(".", &cwd, err))
			return -1;
		absolute = xasprintf("%s/%s", cwd, typed);
	}
	copy_place_set(place, rootfd, typed, absolute ? absolute : typed);
	return 0;
}

int container_copy_out(struct container *container, const char *from, const char *to,
		       const struct copy_options *options, struct err *err)
{
	cleanup(copy_done) struct copy copy = {.options = options,
					       .uid = geteuid(),
					       .gid = getegid(),
					       .source = {.dirfd = -1},
					       .target = {.dirfd = -1}};
	cleanup(copy_place_done) struct copy_place inside = {0}, outside = {0};
	autoclose int root = -1, host = -1;

	if (container_place(container, from, false, &inside, &root, err) ||
	    dir_open_at(AT_FDCWD, "/", &host, err))
		return -1;
	if (text_eq(to, "-"))
		return stream_out(&inside, options, err);
	return host_place(&outside, host, to, err) || copy_between(&copy, &inside, &outside, err)
		       ? -1
		       : 0;
}

int container_copy_in(struct container *container, const char *from, const char *to,
		      const struct copy_options *options, struct err *err)
{
	cleanup(copy_done) struct copy copy = {
		.options = options, .source = {.dirfd = -1}, .target = {.dirfd = -1}};
	cleanup(copy_place_done) struct copy_place inside = {0}, outside = {0};
	autoclose int root = -1, host = -1;

	if (container_place(container, to, true, &inside, &root, err) ||
	    dir_open_at(AT_FDCWD, "/", &host, err))
		return -1;
	if (text_eq(from, "-"))
		return stream_in(&inside, err);
	return host_place(&outside, host, from, err) || copy_between(&copy, &outside, &inside, err)
		       ? -1
		       : 0;
}
