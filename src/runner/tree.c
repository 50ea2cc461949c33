/* tree.c - copying and owning trees by descriptors, no link followed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "runner/limits.h"

#include "base/banned.h"

struct copier {
	const struct tree_options *options;
	int depth;
};

/* The name under which a file is made before it gets its own. One writer at a time holds the lock
 * of the target (see prefill.h), so what a killed one left is taken away by the next. */
static char *beside(const char *name)
{
	return xasprintf(".%.*s.hull-new", NAME_MAX - 16, name);
}

static int put(int to, const char *temp, const char *name, struct err *err)
{
	if (!renameat(to, temp, to, name))
		return 0;
	file_err(err, "replacing", name);
	unlinkat(to, temp, 0);
	return -1;
}

static int fill_file(int from, int to, const struct copier *copier, struct err *err)
{
	if (io_copy(from, to, UINT64_MAX, err))
		return -1;
	if (attributes_copy(from, to, &copier->options->owner, err))
		return -1;
	return times_copy(from, to, err);
}

static int copy_file(int from, const char *name, int to, const char *to_name,
		     const struct copier *copier, struct err *err)
{
	autofree char *temp = beside(to_name);
	autoclose int source =
		openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (source < 0)
		return file_err(err, "opening", name);
	unlinkat(to, temp, 0);
	autoclose int target =
		openat(to, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (target < 0)
		return file_err(err, "making", to_name);
	if (fill_file(source, target, copier, err)) {
		unlinkat(to, temp, 0);
		return err_wrap(err, "copying '%s'", name);
	}
	return put(to, temp, to_name, err);
}

/* What was made under a name that others may have replaced since: the owner is given to nothing
 * else. */
static int own_made(int dir, const char *name, const struct stat *st, const struct copier *copier,
		    struct err *err)
{
	const struct ownership *owner = &copier->options->owner;
	uid_t uid = owner->uid < 0 ? st->st_uid : (uid_t)owner->uid;
	gid_t gid = owner->gid < 0 ? st->st_gid : (gid_t)owner->gid;
	autoclose int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat made;

	if (fd < 0 || fstat(fd, &made))
		return file_err(err, "examining", name);
	if ((made.st_mode & S_IFMT) != (st->st_mode & S_IFMT) || made.st_nlink != 1 ||
	    made.st_uid != geteuid())
		return err_set(err, ERR_DENIED, "'%s' was replaced by somebody else", name);
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) && (errno != EPERM || geteuid() == 0))
		return file_err(err, "changing the owner of", name);
	return 0;
}

static int copy_link(int from, const char *name, int to, const char *temp, struct err *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(from, name, target, sizeof(target));

	if (len < 0)
		return file_err(err, "reading link", name);
	if ((size_t)len >= sizeof(target))
		return err_set(err, ERR_LIMIT, "the target of link '%s' is too long", name);
	target[len] = '\0';
	return symlinkat(target, to, temp) ? file_err(err, "making link", name) : 0;
}

/* With its mode from the start: chmod(2) by name would follow a link that others put there. */
static int make_node(int to, const char *temp, const struct stat *st)
{
	mode_t mask = umask(0);
	int failed = mknodat(to, temp, st->st_mode & (S_IFMT | 07777), st->st_rdev);

	umask(mask);
	return failed;
}

/* Links, FIFOs and devices. */
static int copy_special(int from, const char *name, int to, const char *to_name,
			const struct stat *st, const struct copier *copier, struct err *err)
{
	autofree char *temp = beside(to_name);

	unlinkat(to, temp, 0);
	if (S_ISLNK(st->st_mode)) {
		if (copy_link(from, name, to, temp, err))
			return -1;
	} else if (make_node(to, temp, st)) {
		return file_err(err, "making", to_name);
	}
	if (own_made(to, temp, st, copier, err)) {
		unlinkat(to, temp, 0);
		return -1;
	}
	utimensat(to, temp, (struct timespec[]){st->st_atim, st->st_mtim}, AT_SYMLINK_NOFOLLOW);
	return put(to, temp, to_name, err);
}

static int copy_entry(int from, const char *name, int to, const char *to_name,
		      struct copier *copier, struct err *err);

static int copy_inside(int from, int to, struct copier *copier, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (copier->depth >= LIMIT_COPY_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d directories deep", LIMIT_COPY_DEPTH);
	copier->depth++;
	if (dir_list(from, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (copy_entry(from, names.items[i], to, names.items[i], copier, err))
			return -1;
	copier->depth--;
	return 0;
}

static int copy_dir(int from, const char *name, int to, const char *to_name, struct copier *copier,
		    struct err *err)
{
	const struct tree_options *options = copier->options;
	struct ownership owner = options->owner;
	autoclose int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	owner.mode = options->dir_mode;
	if (source < 0)
		return file_err(err, "opening directory", name);
	bool is_new = mkdirat(to, to_name, 0700) == 0;
	if (!is_new && errno != EEXIST)
		return file_err(err, "making directory", to_name);
	autoclose int target = openat(to, to_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_set(err, ERR_EXISTS, "'%s' exists and is not a directory", to_name);
	if (copy_inside(source, target, copier, err))
		return err_wrap(err, "%s", name);
	if (!is_new && options->keep_existing)
		return 0;
	if (attributes_copy(source, target, &owner, err) || times_copy(source, target, err))
		return err_wrap(err, "directory '%s'", to_name);
	return 0;
}

static int copy_entry(int from, const char *name, int to, const char *to_name,
		      struct copier *copier, struct err *err)
{
	struct stat st, there;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return file_err(err, "examining", name);
	if (S_ISDIR(st.st_mode))
		return copy_dir(from, name, to, to_name, copier, err);
	if (S_ISSOCK(st.st_mode))
		return 0;
	if (copier->options->keep_existing && !fstatat(to, to_name, &there, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (S_ISREG(st.st_mode))
		return copy_file(from, name, to, to_name, copier, err);
	return copy_special(from, name, to, to_name, &st, copier, err);
}

int tree_copy(int from, const char *name, int to, const char *to_name,
	      const struct tree_options *options, struct err *err)
{
	struct copier copier = {.options = options};

	return copy_entry(from, name, to, to_name, &copier, err);
}

int tree_copy_inside(int from, int to, const struct tree_options *options, struct err *err)
{
	struct copier copier = {.options = options};

	return copy_inside(from, to, &copier, err);
}

struct owner_walk {
	dev_t device;
	int64_t uid, gid;
	int depth;
	bool refused;
	bool trusts_links; /* hard ones, see below */
};

/* Where anybody may make another name for anybody's file (proc(5), protected_hardlinks), one in the
 * tree may be /etc/shadow. */
static bool are_links_protected(void)
{
	char text[2] = "0";
	autoclose int fd = open("/proc/sys/fs/protected_hardlinks", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, text, 1) == 1 && text[0] == '1';
}

static void dir_close_at(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int own_inside(struct owner_walk *walk, int fd, struct err *err);

/* By descriptor: the name may mean another file by now. */
static int own_one(struct owner_walk *walk, int fd, const char *name, const struct stat *st,
		   struct err *err)
{
	if ((walk->uid < 0 || st->st_uid == walk->uid) &&
	    (walk->gid < 0 || st->st_gid == walk->gid))
		return 0;
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1 && !walk->trusts_links) {
		walk->refused = true;
		return 0;
	}
	if (!fchownat(fd, "", (uid_t)walk->uid, (gid_t)walk->gid, AT_EMPTY_PATH))
		return 0;
	if (errno != EPERM || geteuid() == 0)
		return file_err(err, "changing the owner of", name);
	walk->refused = true;
	return 0;
}

static int own_entry(struct owner_walk *walk, int dir, const char *name, struct err *err)
{
	autoclose int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return errno == ENOENT ? 0 : file_err(err, "examining", name);
	if (st.st_dev != walk->device)
		return 0;
	if (own_one(walk, fd, name, &st, err))
		return -1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	int below = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (below < 0)
		return errno == EACCES && walk->refused ? 0
							: file_err(err, "opening directory", name);
	mem_close_at(&fd);
	fd = -1;
	return own_inside(walk, below, err) ? err_wrap(err, "%s", name) : 0;
}

/* take fd */
static int own_inside(struct owner_walk *walk, int fd, struct err *err)
{
	autoclose int taken = fd;
	cleanup(dir_close_at) DIR *dir = dir_stream(&taken);

	if (!dir)
		return err_sys(err, "listing");
	if (walk->depth >= LIMIT_COPY_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d directories deep", LIMIT_COPY_DEPTH);
	walk->depth++;
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(dir);
		if (!entry)
			break;
		if (!text_eq(entry->d_name, ".") && !text_eq(entry->d_name, "..") &&
		    own_entry(walk, dirfd(dir), entry->d_name, err))
			return -1;
	}
	walk->depth--;
	return errno ? err_sys(err, "listing") : 0;
}

int tree_own(int dir, int64_t uid, int64_t gid, bool *ret_refused, struct err *err)
{
	struct owner_walk walk = {.uid = uid, .gid = gid, .trusts_links = are_links_protected()};
	struct stat st;

	if (fstat(dir, &st))
		return err_sys(err, "examining");
	walk.device = st.st_dev;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "opening");
	if (own_inside(&walk, fd, err))
		return -1;
	*ret_refused = walk.refused;
	return 0;
}
