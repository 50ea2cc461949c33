/* attributes.c - what a file has besides its data: read into an entry, put on a file just made.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/str.h"
#include "layer/acl.h"
#include "layer/limits.h"

#include "base/banned.h"

#define NS_PER_S         INT64_C(1000000000)
#define SECURITY_PREFIX  "security."
#define XATTR_LIST_BYTES ((size_t)64 << 10) /* XATTR_LIST_MAX */
#define FD_PATH_MAX      (32 + 256)         /* "/proc/self/fd/N/" and one name */

/* ---- reading ---- */

int64_t stat_mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec;
}

static int target_read(int dirfd, const char *name, char **ret_target, struct err *err)
{
	char target[LIMIT_PATH_BYTES + 1];
	ssize_t len = readlinkat(dirfd, name, target, sizeof(target));

	if (len < 0)
		return err_sys(err, "reading the link '%s'", name);
	if ((size_t)len == sizeof(target))
		return err_set(err, ERR_LIMIT, "the target of '%s' is longer than %u bytes", name,
			       LIMIT_PATH_BYTES);
	*ret_target = xstrndup(target, (size_t)len);
	return 0;
}

static const struct {
	mode_t format;
	enum entry_type type;
} entry_types[] = {
	{S_IFREG, ENTRY_FILE}, {S_IFDIR, ENTRY_DIRECTORY}, {S_IFLNK, ENTRY_SYMLINK},
	{S_IFCHR, ENTRY_CHAR}, {S_IFBLK, ENTRY_BLOCK},     {S_IFIFO, ENTRY_FIFO},
};

int attributes_read(int dirfd, const char *name, const struct stat *st, struct entry *entry,
		    struct err *err)
{
	size_t i = 0;

	while (i < ARRAY_LEN(entry_types) && entry_types[i].format != (st->st_mode & S_IFMT))
		i++;
	if (i == ARRAY_LEN(entry_types))
		return 0;
	entry->type = entry_types[i].type;
	if (entry->type == ENTRY_SYMLINK && target_read(dirfd, name, &entry->target, err))
		return -1;
	entry->mode = st->st_mode & 07777;
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->size = entry->type == ENTRY_FILE ? (uint64_t)st->st_size : 0;
	entry->mtime_ns = stat_mtime_ns(st);
	bool is_device = entry->type == ENTRY_CHAR || entry->type == ENTRY_BLOCK;
	entry->major = is_device ? major(st->st_rdev) : 0;
	entry->minor = is_device ? minor(st->st_rdev) : 0;
	return 1;
}

/* ---- what the kernel gives to a new file ---- */

uint32_t birth_umask(void)
{
	char text[4096];
	ssize_t len = -1;
	autoclose int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		len = read(fd, text, sizeof(text) - 1);
	if (len > 0) {
		text[len] = '\0';
		const char *field = strstr(text, "\nUmask:\t");
		uint32_t mask = 0;
		struct str rest = str_of(field ? field + strlen("\nUmask:\t") : NULL);
		if (field && str_to_octal(str_cut(&rest, '\n'), &mask))
			return mask;
	}
	return 0777; /* unknown: every mode is set explicitly */
}

struct birth birth_in(int dirfd, const struct stat *st, uint32_t umask)
{
	bool setgid = st->st_mode & S_ISGID;

	return (struct birth){
		.uid = geteuid(),
		.gid = setgid ? st->st_gid : getegid(),
		.umask = umask,
		.setgid = setgid,
		.has_acl = fgetxattr(dirfd, XATTR_ACL_DEFAULT, NULL, 0) > 0,
	};
}

struct made birth_made(const struct birth *birth, uint32_t asked, bool is_directory)
{
	return (struct made){
		.fd = -1,
		.dirfd = -1,
		.uid = birth->uid,
		.gid = birth->gid,
		.mode = (asked & ~birth->umask) | (is_directory && birth->setgid ? S_ISGID : 0),
		.has_acl = birth->has_acl,
	};
}

/* ---- writing ---- */

/* No system call takes a directory and a name for xattrs (before Linux 6.13); through /proc the
 * name itself is still not followed by the l… calls. */
static const char *fd_path(const struct made *made, char path[FD_PATH_MAX])
{
	snprintf(path, FD_PATH_MAX, "/proc/self/fd/%d/%s", made->dirfd, made->name);
	return path;
}

static int xattr_put(const struct made *made, const struct xattr *xattr, struct err *err)
{
	char path[FD_PATH_MAX];
	int failed = made->fd >= 0 ? fsetxattr(made->fd, xattr->name, xattr->value, xattr->len, 0)
				   : lsetxattr(fd_path(made, path), xattr->name, xattr->value,
					       xattr->len, 0);

	return failed ? err_sys(err, "setting the attribute '%s' of '%s'", xattr->name, made->name)
		      : 0;
}

static int xattr_drop(const struct made *made, const char *name, struct err *err)
{
	char path[FD_PATH_MAX];
	int failed = made->fd >= 0 ? fremovexattr(made->fd, name)
				   : lremovexattr(fd_path(made, path), name);

	if (failed && errno != ENODATA && errno != EOPNOTSUPP)
		return err_sys(err, "removing the attribute '%s' of '%s'", name, made->name);
	return 0;
}

/* Directories only: other files are replaced, never kept. */
static int xattrs_drop_others(const struct made *made, const struct entry *entry, struct err *err)
{
	autofree char *names = xmalloc(XATTR_LIST_BYTES);
	ssize_t len = flistxattr(made->fd, names, XATTR_LIST_BYTES);

	if (len < 0 && errno != EOPNOTSUPP)
		return err_sys(err, "listing the attributes of '%s'", made->name);
	for (ssize_t pos = 0; pos < len; pos += (ssize_t)strlen(names + pos) + 1) {
		const char *name = names + pos;
		if (!xattr_is_kept(name) || xattrs_get(&entry->xattrs, name))
			continue;
		if (xattr_drop(made, name, err))
			return -1;
	}
	return 0;
}

static int acls_drop_inherited(const struct made *made, const struct entry *entry, struct err *err)
{
	static const char *const names[] = {XATTR_ACL_ACCESS, XATTR_ACL_DEFAULT};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (entry->type != ENTRY_DIRECTORY && i > 0)
			break;
		if (!xattrs_get(&entry->xattrs, names[i]) && xattr_drop(made, names[i], err))
			return -1;
	}
	return 0;
}

enum xattr_turn { TURN_PLAIN, TURN_ACL, TURN_SECURITY };

static enum xattr_turn xattr_turn_of(const char *name)
{
	if (text_eq(name, XATTR_ACL_ACCESS) || text_eq(name, XATTR_ACL_DEFAULT))
		return TURN_ACL;
	return text_starts(name, SECURITY_PREFIX) ? TURN_SECURITY : TURN_PLAIN;
}

/* Only kept names: an archive must not set overlayfs' own. */
static int xattrs_put(const struct made *made, const struct entry *entry, enum xattr_turn turn,
		      struct err *err)
{
	for (size_t i = 0; i < entry->xattrs.n; i++) {
		const struct xattr *xattr = &entry->xattrs.items[i];
		if (xattr_turn_of(xattr->name) != turn || !xattr_is_kept(xattr->name))
			continue;
		if (xattr_put(made, xattr, err))
			return -1;
	}
	return 0;
}

static int owner_put(const struct made *made, const struct entry *entry, struct err *err)
{
	int failed = made->fd >= 0 ? fchown(made->fd, entry->uid, entry->gid)
				   : fchownat(made->dirfd, made->name, entry->uid, entry->gid,
					      AT_SYMLINK_NOFOLLOW);

	return failed ? err_sys(err, "giving '%s' to %u:%u", made->name, entry->uid, entry->gid)
		      : 0;
}

static int mode_put(const struct made *made, uint32_t mode, struct err *err)
{
	int failed = made->fd >= 0 ? fchmod(made->fd, mode)
				   : fchmodat(made->dirfd, made->name, mode, AT_SYMLINK_NOFOLLOW);

	return failed ? err_sys(err, "setting the mode of '%s' to %04o", made->name, mode) : 0;
}

int attributes_set_time(int fd, int dirfd, const char *name, int64_t mtime_ns, struct err *err)
{
	int64_t seconds = mtime_ns / NS_PER_S - (mtime_ns % NS_PER_S < 0);
	struct timespec times[2] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = seconds, .tv_nsec = (long)(mtime_ns - seconds * NS_PER_S)},
	};
	int failed =
		fd >= 0 ? futimens(fd, times) : utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW);

	return failed ? err_sys(err, "setting the time of '%s'", name) : 0;
}

int attributes_write(const struct made *made, const struct entry *entry, struct err *err)
{
	bool is_link = entry->type == ENTRY_SYMLINK;
	bool is_chowned = entry->uid != made->uid || entry->gid != made->gid;
	bool drops_acl = made->has_acl && !made->was_there && !is_link;
	/* A chown takes setuid and setgid away; removing an ACL moves the mode's group bits. */
	bool needs_mode = !is_link && (made->mode != entry->mode || drops_acl || made->was_there ||
				       (is_chowned && (entry->mode & (S_ISUID | S_ISGID))));

	if (is_chowned && owner_put(made, entry, err))
		return -1;
	if (made->was_there && xattrs_drop_others(made, entry, err))
		return -1;
	if (drops_acl && acls_drop_inherited(made, entry, err))
		return -1;
	if (entry->xattrs.n && xattrs_put(made, entry, TURN_PLAIN, err))
		return -1;
	if (needs_mode && mode_put(made, entry->mode, err))
		return -1;
	if (entry->xattrs.n &&
	    (xattrs_put(made, entry, TURN_ACL, err) || xattrs_put(made, entry, TURN_SECURITY, err)))
		return -1;
	if (entry->type == ENTRY_DIRECTORY)
		return 0;
	return attributes_set_time(made->fd, made->dirfd, made->name, entry->mtime_ns, err);
}

int attributes_copy(int from, int to, const char *name, struct err *err)
{
	struct stat st, there;
	struct entry entry = {0};

	if (fstat(from, &st) || fstat(to, &there))
		return err_sys(err, "looking at '%s'", name);
	struct made made = {
		.fd = to,
		.dirfd = -1,
		.name = name,
		.uid = there.st_uid,
		.gid = there.st_gid,
		.mode = there.st_mode & 07777,
		.was_there = true,
	};
	int failed = attributes_read(from, ".", &st, &entry, err) < 0 ||
		     xattrs_read_fd(from, &entry.xattrs, err) ||
		     attributes_write(&made, &entry, err) ||
		     attributes_set_time(to, -1, name, entry.mtime_ns, err);
	entry_clear(&entry);
	return failed ? -1 : 0;
}
