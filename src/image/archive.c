/* archive.c - the files of an archive of images by name: in a directory, or in a tar that stays as
 * it is and is read in place. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "image/image_private.h"
#include "image/limits.h"
#include "layer/tar.h"

#include "base/banned.h"

struct member {
	uint64_t offset, size; /* of its bytes in the tar */
	char *link;            /* the path it leads to; NULL: it has bytes of its own */
};

struct archive {
	int fd; /* the tar, or the directory */
	bool is_dir;
	struct map members; /* path → struct member, owned */
};

struct archive *archive_of_dir(int dirfd)
{
	struct archive *archive = xcalloc(1, sizeof(*archive));

	archive->fd = dirfd;
	archive->is_dir = true;
	return archive;
}

static void member_free(struct member *member)
{
	if (!member)
		return;
	free(member->link);
	free(member);
}

void archive_free(struct archive *archive)
{
	const char *path;
	void *member;

	if (!archive)
		return;
	for (size_t i = 0; map_next(&archive->members, &i, &path, &member);)
		member_free(member);
	map_done(&archive->members);
	close(archive->fd);
	free(archive);
}

/* ---- the index of a tar ---- */

/* Where a link leads, by its text alone: no link leads through another in these archives. NULL: out
 * of the archive. */
static char *link_target(const char *path, const char *target)
{
	autostrlist struct strlist parts = {0};
	const char *base = strrchr(path, '/');

	if (target[0] == '/')
		return NULL;
	if (base)
		strlist_split(&parts, (struct str){path, (size_t)(base - path)}, '/');
	for (struct str rest = str_of(target); rest.ptr;) {
		struct str part = str_cut(&rest, '/');
		if (str_is(part, "..")) {
			if (!parts.n)
				return NULL;
			strlist_remove_at(&parts, parts.n - 1);
		} else if (part.len && !str_is(part, ".")) {
			strlist_add_str(&parts, part);
		}
	}
	return strlist_join(&parts, "/");
}

static int add_member(struct archive *archive, const struct entry *entry, uint64_t offset,
		      struct err *err)
{
	struct member *member;

	if (entry->type != ENTRY_FILE && entry->type != ENTRY_HARDLINK &&
	    entry->type != ENTRY_SYMLINK)
		return 0;
	if (archive->members.n >= LIMIT_ARCHIVE_MEMBERS)
		return err_set(err, ERR_LIMIT, "more than %u files in an archive of images",
			       LIMIT_ARCHIVE_MEMBERS);
	member = xcalloc(1, sizeof(*member));
	member->offset = offset;
	member->size = entry->size;
	if (entry->type == ENTRY_HARDLINK)
		member->link = xstrdup(entry->target);
	if (entry->type == ENTRY_SYMLINK) {
		member->link = link_target(entry->path, entry->target);
		if (!member->link) {
			member_free(member);
			return 0; /* as good as missing */
		}
	}
	member_free(map_set(&archive->members, entry->path, member));
	return 0;
}

static int read_index(struct archive *archive, struct tar_reader *tar, struct err *err)
{
	struct entry entry = {0};
	int got;

	while ((got = tar_reader_next(tar, &entry, err)) > 0)
		if (add_member(archive, &entry, tar_reader_position(tar), err)) {
			got = -1;
			break;
		}
	entry_clear(&entry);
	return got;
}

int archive_of_tar(int fd, const char *source, struct archive **ret_archive, struct err *err)
{
	cleanup(archive_freep) struct archive *archive = xcalloc(1, sizeof(*archive));
	cleanup(tar_reader_freep) struct tar_reader *tar = NULL;

	archive->fd = fd;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "reading '%s'", source);
	tar = tar_reader_new(reader_of_borrowed_fd(fd));
	if (read_index(archive, tar, err))
		return -1;
	*ret_archive = steal(&archive);
	return 0;
}

/* ---- a range of a file ---- */

struct range_reader {
	struct reader reader;
	int fd; /* borrowed */
	uint64_t offset, left;
};

static ssize_t range_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct range_reader *self = (struct range_reader *)reader;
	ssize_t n;

	if (len > self->left)
		len = (size_t)self->left;
	if (len == 0)
		return 0;
	do
		n = pread(self->fd, data, len, (off_t)self->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "reading the archive");
	if (n == 0)
		return err_set(err, ERR_CORRUPT, "the archive ends early");
	self->offset += (uint64_t)n;
	self->left -= (uint64_t)n;
	return n;
}

static void range_close(struct reader *reader)
{
	free(reader);
}

static const struct reader_ops range_ops = {.read = range_read, .close = range_close};

static struct reader *reader_of_range(int fd, uint64_t offset, uint64_t len)
{
	struct range_reader *self = xcalloc(1, sizeof(*self));

	self->reader.ops = &range_ops;
	self->fd = fd;
	self->offset = offset;
	self->left = len;
	return &self->reader;
}

/* ---- the files ---- */

static int open_in_dir(const struct archive *archive, const char *path, int *ret_fd,
		       struct stat *st, struct err *err)
{
	autoclose int fd = -1;

	if (beneath_open(archive->fd, path, O_RDONLY | O_NONBLOCK, 0, &fd, err))
		return -1;
	if (fstat(fd, st))
		return err_sys(err, "examining '%s'", path);
	if (!S_ISREG(st->st_mode))
		return err_set(err, ERR_CORRUPT, "'%s' is not a regular file", path);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static const struct member *find_member(const struct archive *archive, const char *path)
{
	const struct member *member = map_get(&archive->members, path);

	for (int n = 0; member && member->link && n < LIMIT_ARCHIVE_LINKS; n++)
		member = map_get(&archive->members, member->link);
	return member && !member->link ? member : NULL;
}

bool archive_has(const struct archive *archive, const char *path)
{
	autoerr struct err ignored = {0};
	autoclose int fd = -1;
	struct stat st;

	if (archive->is_dir)
		return open_in_dir(archive, path, &fd, &st, &ignored) == 0;
	return find_member(archive, path) != NULL;
}

int archive_open(const struct archive *archive, const char *path, struct reader **ret_reader,
		 uint64_t *ret_size, struct err *err)
{
	if (archive->is_dir) {
		struct stat st;
		int fd;
		if (open_in_dir(archive, path, &fd, &st, err)) {
			if (err->kind != ERR_MISSING)
				return -1;
			err_clear(err);
			return err_set(err, ERR_CORRUPT, "the archive lacks '%s'", path);
		}
		*ret_reader = reader_of_fd(fd);
		*ret_size = (uint64_t)st.st_size;
		return 0;
	}
	const struct member *member = find_member(archive, path);
	if (!member)
		return err_set(err, ERR_CORRUPT, "the archive lacks '%s'", path);
	*ret_reader = reader_of_range(archive->fd, member->offset, member->size);
	*ret_size = member->size;
	return 0;
}

int archive_read(const struct archive *archive, const char *path, size_t max, struct buf *ret_buf,
		 struct err *err)
{
	autoreader struct reader *reader = NULL;
	struct buf text = {.max = max};
	uint64_t size;

	if (archive_open(archive, path, &reader, &size, err))
		return -1;
	char *room = size <= max ? buf_reserve(&text, (size_t)size) : NULL;
	if (!room)
		return err_set(err, ERR_LIMIT, "'%s' is larger than %zu bytes", path, max);
	if (reader_read_full(reader, room, (size_t)size, err)) {
		buf_done(&text);
		return err_wrap(err, "'%s'", path);
	}
	buf_added(&text, (size_t)size);
	buf_done(ret_buf);
	*ret_buf = text;
	return 0;
}
