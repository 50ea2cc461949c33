/* archive_tar.c - tar archives listed and unpacked into a directory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/archive_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/reader.h"
#include "base/strlist.h"
#include "layer/tar.h"
#include "states/limits.h"

#include "base/banned.h"

/* ---- the bytes of the tar ---- */

static const struct {
	const char *program;
	struct str magic;
} packers[] = {{"gzip", {"\x1f\x8b", 2}},
	       {"bzip2", {"BZh", 3}},
	       {"xz",
		{"\xfd"
		 "7zXZ",
		 5}},
	       {"zstd", {"\x28\xb5\x2f\xfd", 4}}};

struct opened {
	struct reader *reader;
	const char *program; /* NULL: none runs */
	pid_t pid;
};

static void opened_done(struct opened *opened)
{
	int status;
	autoerr struct err err = {0};

	reader_close(opened->reader); /* who unpacks meets a closed pipe */
	if (opened->program && proc_wait(opened->pid, &status, &err))
		err_clear(&err); /* it is gone */
}

static int start_packer(struct str bytes, const char *program, struct opened *opened,
			struct err *err)
{
	autoclose int file = memfd_create("archive", MFD_CLOEXEC);
	int ends[2];
	const char *const argv[] = {program, "-dc", NULL};

	if (file < 0)
		return err_sys(err, "making a file in memory");
	if (io_write_all(file, bytes.ptr, bytes.len, err))
		return -1;
	if (lseek(file, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	autoclose int out = ends[1];
	struct proc_options options = {.argv = (char *const *)argv,
				       .fd_stdin = file,
				       .fd_stdout = out,
				       .fd_stderr = -1,
				       .death_signal = 9};
	opened->reader = reader_of_fd(ends[0]);
	if (proc_start(&options, &opened->pid, err))
		return err_wrap(err, "undoing %s", program);
	opened->program = program;
	return 0;
}

static int open_tar(struct str bytes, struct opened *opened, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(packers); i++)
		if (str_starts(bytes, packers[i].magic))
			return start_packer(bytes, packers[i].program, opened, err);
	opened->reader = reader_of_bytes(bytes);
	return 0;
}

/* ---- entries ---- */

/* The path without its first components; NULL: nothing is left. Borrowed. */
static const char *stripped(const char *path, int strip)
{
	while (strip-- > 0) {
		path += strcspn(path, "/");
		path += strspn(path, "/");
	}
	return *path ? path : NULL;
}

typedef int entry_fn(void *arg, struct tar_reader *tar, const struct entry *entry, const char *path,
		     struct err *err);

static int each_entry(const struct tar_request *request, entry_fn *told, void *arg, struct err *err)
{
	cleanup(opened_done) struct opened opened = {0};
	cleanup(entry_clear) struct entry entry = {0};
	uint64_t n = 0;
	int more;

	if (open_tar(request->bytes, &opened, err))
		return -1;
	cleanup(tar_reader_freep) struct tar_reader *tar = tar_reader_new(steal(&opened.reader));
	while ((more = tar_reader_next(tar, &entry, err)) > 0) {
		const char *path = stripped(entry.path, request->strip);
		if (++n > LIMIT_ARCHIVE_ENTRIES)
			return err_set(err, ERR_LIMIT, "more than %d entries",
				       LIMIT_ARCHIVE_ENTRIES);
		if (path && told(arg, tar, &entry, path, err))
			return -1;
	}
	return more;
}

static int list_entry(void *arg, struct tar_reader *tar, const struct entry *entry,
		      const char *path, struct err *err)
{
	struct archive_list *list = arg;
	size_t top = strcspn(path, "/");
	autofree char *first = xstrndup(path, top);

	strlist_add(list->paths, path);
	if (!path[top] && entry->type != ENTRY_DIRECTORY)
		list->has_top_file = true;
	/* Usually it is the last one's. */
	size_t n = list->tops->n;
	if (!n || (!text_eq(list->tops->items[n - 1], first) && !strlist_has(list->tops, first)))
		strlist_add(list->tops, first);
	return 0;
}

int tar_list(const struct tar_request *request, struct archive_list *ret_list, struct err *err)
{
	return each_entry(request, list_entry, ret_list, err);
}

/* ---- unpacking ---- */

struct unpacking {
	const struct tar_request *request;
	int dirfd; /* nothing leaves it */
};

/* Where a link in `path` leads: neither to the root nor above the directory. */
static bool leads_out(const char *path, const char *target)
{
	int depth = 0;

	if (*target == '/')
		return true;
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/'))
		depth++;
	while (*target) {
		size_t len = strcspn(target, "/");
		if (len == 2 && memcmp(target, "..", 2) == 0)
			depth--;
		else if (len && !(len == 1 && *target == '.'))
			depth++;
		if (depth < 0)
			return true;
		target += len;
		target += strspn(target, "/");
	}
	return false;
}

static int set_owner(const struct unpacking *unpacking, const struct entry *entry, int dirfd,
		     const char *name, struct err *err)
{
	const struct look *look = &unpacking->request->look;
	uid_t uid = look->uid == LOOK_KEPT ? entry->uid : look->uid;
	gid_t gid = look->gid == LOOK_KEPT ? entry->gid : look->gid;

	if (geteuid() != 0)
		return 0;
	if (fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW))
		return file_err(err, "setting the owner of", entry->path);
	return 0;
}

static int fill(struct tar_reader *tar, const struct entry *entry, int fd, struct err *err)
{
	autofree char *block = xmalloc(LIMIT_UNPACK_BLOCK);
	ssize_t n;

	while ((n = tar_reader_read(tar, block, LIMIT_UNPACK_BLOCK, err)) > 0)
		if (io_write_all(fd, block, (size_t)n, err))
			return err_wrap(err, "writing '%s'", entry->path);
	return (int)n;
}

static int put_file(const struct unpacking *unpacking, struct tar_reader *tar,
		    const struct entry *entry, int dirfd, const char *name, struct err *err)
{
	autofree char *temp = xasprintf(".%.*s.tmp.%d", LIMIT_TEMP_NAME, name, (int)getpid());
	struct timespec times[2] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = entry->mtime_ns / 1000000000, .tv_nsec = entry->mtime_ns % 1000000000}};

	unlinkat(dirfd, temp, 0);
	autoclose int fd =
		openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_err(err, "writing", entry->path);
	bool failed = fill(tar, entry, fd, err) || set_owner(unpacking, entry, dirfd, temp, err);
	if (!failed &&
	    (fchmod(fd, entry->mode & 07777) || (times[1].tv_nsec >= 0 && futimens(fd, times)) ||
	     renameat(dirfd, temp, dirfd, name))) {
		file_err(err, "writing", entry->path);
		failed = true;
	}
	if (failed)
		unlinkat(dirfd, temp, 0);
	return failed ? -1 : 0;
}

static int put_directory(const struct unpacking *unpacking, const struct entry *entry, int dirfd,
			 const char *name, struct err *err)
{
	if (mkdirat(dirfd, name, 0700) && errno != EEXIST)
		return file_err(err, "making directory", entry->path);
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return file_err(err, "opening directory", entry->path);
	if (set_owner(unpacking, entry, dirfd, name, err))
		return -1;
	return fchmod(fd, entry->mode & 07777) ? file_err(err, "setting the mode of", entry->path)
					       : 0;
}

static int put_symlink(const struct unpacking *unpacking, const struct entry *entry,
		       const char *path, int dirfd, const char *name, struct err *err)
{
	if (leads_out(path, entry->target))
		return err_set(err, ERR_DENIED, "link '%s' leads out of the directory, to '%s'",
			       path, entry->target);
	if (symlinkat(entry->target, dirfd, name))
		return file_err(err, "making link", entry->path);
	return set_owner(unpacking, entry, dirfd, name, err);
}

static int put_hardlink(const struct unpacking *unpacking, const struct entry *entry, int dirfd,
			const char *name, struct err *err)
{
	const char *target = stripped(entry->target, unpacking->request->strip);
	autoclose int from = -1;
	const char *from_name;

	if (!target)
		return err_set(err, ERR_INPUT, "hard link '%s' has no target left", entry->path);
	if (beneath_parent(unpacking->dirfd, target, &from, &from_name, err))
		return -1;
	if (linkat(from, from_name, dirfd, name, 0))
		return file_err(err, "making link", entry->path);
	return 0;
}

static int unpack_entry(void *arg, struct tar_reader *tar, const struct entry *entry,
			const char *path, struct err *err)
{
	const struct unpacking *unpacking = arg;
	autoclose int dirfd = -1;
	const char *name;
	struct stat st;

	if (beneath_make_parent(unpacking->dirfd, path, &dirfd, &name, err))
		return -1;
	bool exists = fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	bool is_dir = entry->type == ENTRY_DIRECTORY;
	bool in_the_way =
		exists && (S_ISDIR(st.st_mode) != is_dir || (!is_dir && entry->type != ENTRY_FILE));
	if (in_the_way && tree_remove_at(dirfd, name, err))
		return -1;
	switch (entry->type) {
	case ENTRY_FILE: return put_file(unpacking, tar, entry, dirfd, name, err);
	case ENTRY_DIRECTORY: return put_directory(unpacking, entry, dirfd, name, err);
	case ENTRY_SYMLINK: return put_symlink(unpacking, entry, path, dirfd, name, err);
	case ENTRY_HARDLINK: return put_hardlink(unpacking, entry, dirfd, name, err);
	default: return err_set(err, ERR_DENIED, "'%s' is a device or a FIFO", entry->path);
	}
}

int tar_unpack(const struct tar_request *request, int dirfd, struct err *err)
{
	struct unpacking unpacking = {request, dirfd};

	return each_entry(request, unpack_entry, &unpacking, err);
}
