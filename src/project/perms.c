/* perms.c - walks a tree and gives each entry its owner, mode and ACLs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/perms.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "project/limits.h"
#include "project/perms_private.h"

#include "base/banned.h"

struct walk {
	const struct perms_rule *rule;
	perms_told_fn *told;
	void *arg;
	struct perms_count *count;
	struct buf path; /* for messages and excludes */
	int depth;
	struct err *err;
};

static int failed(struct walk *walk, const char *doing)
{
	return file_err(walk->err, doing, buf_text(&walk->path));
}

static void tell(struct walk *walk, const char *what)
{
	if (walk->told)
		walk->told(walk->arg, buf_text(&walk->path), what);
}

/* 1: it is, 0: it is not, -1: err. */
static int is_excluded(const struct walk *walk)
{
	const struct perms_rule *rule = walk->rule;
	autobuf struct buf path = {.max = SIZE_MAX / 2};

	if (!rule->excludes)
		return 0;
	buf_printf(&path, "/%s", buf_text(&walk->path));
	return rule->excludes(rule->excludes_arg, buf_text(&path), walk->err);
}

static uint32_t wanted_mode(const struct mode_change *change, uint32_t mode)
{
	if (change->exact != PERMS_KEEP)
		return change->exact;
	return (mode & ~change->clear) | change->set;
}

static bool other_owner(const struct perms_rule *rule, const struct stat *st)
{
	return (rule->uid != PERMS_KEEP && rule->uid != st->st_uid) ||
	       (rule->gid != PERMS_KEEP && rule->gid != st->st_gid);
}

/* Most files of most walks are as they should be, which one call can tell; what is not is opened
 * and asked again. ACLs are no part of a stat. */
static bool is_right(const struct walk *walk, int dirfd, const struct dirent *entry)
{
	const struct perms_rule *rule = walk->rule;
	bool no_acls = rule->no_acls || (!rule->reset_acls && !rule->grants.n);
	uint32_t mode;
	struct stat st;

	if (!no_acls || rule->excludes || entry->d_type == DT_DIR ||
	    fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || S_ISDIR(st.st_mode) ||
	    S_ISLNK(st.st_mode))
		return false;
	mode = st.st_mode & 07777;
	return rule->only_acls ||
	       (!other_owner(rule, &st) && wanted_mode(&rule->files, mode) == mode);
}

/* One entry by its descriptor: an O_PATH one, so that no device or pipe is opened for real. */
static int entry_fix(struct walk *walk, int fd, const struct stat *st)
{
	const struct perms_rule *rule = walk->rule;
	bool is_dir = S_ISDIR(st->st_mode), changed = false;
	uint32_t mode = st->st_mode & 07777;
	uint32_t wanted = wanted_mode(is_dir ? &rule->dirs : &rule->files, mode);

	walk->count->seen++;
	/* A file whose mode is kept must not become a program with the rights of its new owner. */
	if (other_owner(rule, st) && !is_dir && st->st_uid && rule->files.exact == PERMS_KEEP)
		wanted &= ~06000u;
	if (!rule->only_acls && other_owner(rule, st)) {
		if (fchownat(fd, "", rule->uid, rule->gid, AT_EMPTY_PATH))
			return failed(walk, "giving an owner to");
		mode = is_dir ? mode : mode & ~06000u; /* chown(2) clears them */
		changed = true;
		tell(walk, "owner");
	}
	if (!rule->only_acls && mode != wanted) {
		if (perms_chmod(fd, wanted))
			return failed(walk, "changing the mode of");
		changed = true;
		tell(walk, "mode");
	}
	if (!rule->no_acls && (rule->reset_acls || rule->grants.n)) {
		bool acl_changed = false;
		if (perms_set_acls(fd, is_dir, rule->only_acls ? mode : wanted, rule, &acl_changed,
				   walk->err))
			return err_wrap(walk->err, "'%s'", buf_text(&walk->path));
		if (acl_changed)
			tell(walk, "acl");
		changed |= acl_changed;
	}
	walk->count->changed += changed;
	return 0;
}

static int walk_entry(struct walk *walk, int dirfd, const char *name);

static int walk_children(struct walk *walk, int dirfd)
{
	autoclose int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failed(walk, "reading");
	DIR *dir = dir_stream(&fd);
	if (!dir)
		return failed(walk, "reading");
	size_t len = walk->path.len;
	int result = 0;
	for (struct dirent *entry; !result && (entry = readdir(dir));) {
		if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, ".."))
			continue;
		if (entry->d_type == DT_LNK) { /* most walks meet few others that need no stat */
			walk->count->skipped++;
			continue;
		}
		buf_putc(&walk->path, '/');
		buf_puts(&walk->path, entry->d_name);
		if (is_right(walk, dirfd, entry))
			walk->count->seen++;
		else
			result = walk_entry(walk, dirfd, entry->d_name);
		buf_truncate(&walk->path, len);
	}
	closedir(dir);
	return result;
}

static int walk_opened(struct walk *walk, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return failed(walk, "asking about");
	int excluded = S_ISLNK(st.st_mode) ? 1 : is_excluded(walk);
	if (excluded < 0)
		return -1;
	if (excluded) {
		walk->count->skipped++;
		return 0;
	}
	if (entry_fix(walk, fd, &st))
		return -1;
	if (!S_ISDIR(st.st_mode) || walk->rule->not_recursive)
		return 0;
	if (++walk->depth > LIMIT_TREE_DEPTH)
		return err_set(walk->err, ERR_LIMIT, "'%s': more than %d directories deep",
			       buf_text(&walk->path), LIMIT_TREE_DEPTH);
	int result = walk_children(walk, fd);
	walk->depth--;
	return result;
}

static int walk_entry(struct walk *walk, int dirfd, const char *name)
{
	autoclose int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) { /* gone since readdir */
		walk->count->skipped++;
		return 0;
	}
	return fd < 0 ? failed(walk, "opening") : walk_opened(walk, fd);
}

/* Component by component, O_PATH, links refused. */
static int open_without_links(int dirfd, const char *path, int *ret_fd, struct err *err)
{
	struct str rest = str_of(path);
	autoclose int at = openat(dirfd, ".", O_PATH | O_CLOEXEC);

	if (at < 0)
		return file_err(err, "opening", path);
	while (rest.len) {
		char name[NAME_MAX + 1];
		struct stat st;
		struct str part = str_cut(&rest, '/');
		if (!part.len || str_is(part, "."))
			continue;
		if (part.len > NAME_MAX || str_is(part, ".."))
			return err_set(err, ERR_INPUT, "'%s': not a path below its directory",
				       path);
		memcpy(name, part.ptr, part.len);
		name[part.len] = '\0';
		int fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return file_err(err, "opening", path);
		close(at);
		at = fd;
		if (fstat(at, &st))
			return file_err(err, "asking about", path);
		if (S_ISLNK(st.st_mode))
			return err_set(err, ERR_DENIED, "'%s': '%s' is a link", path, name);
	}
	*ret_fd = steal_fd(&at);
	return 0;
}

int tree_perms_apply(int dirfd, const char *path, const struct perms_rule *rule,
		     perms_told_fn *told, void *arg, struct perms_count *count, struct err *err)
{
	struct walk walk = {rule, told, arg, count, {0}, 0, err};
	autoclose int fd = -1;

	if (open_without_links(dirfd, path, &fd, err))
		return -1;
	buf_puts(&walk.path, path);
	int result = walk_opened(&walk, fd);
	buf_done(&walk.path);
	return result;
}

int perms_parse_mode(const char *text, uint32_t *ret_mode, struct err *err)
{
	uint32_t mode = 0;

	if (!str_to_octal(str_of(text), &mode) || mode > 07777)
		return err_set(err, ERR_INPUT, "'%s' is not a mode such as 0750", text);
	*ret_mode = mode;
	return 0;
}
