/* keys.c - public keys of a volume to a user's authorized_keys.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/key_line.h"
#include "base/random.h"
#include "base/strlist.h"
#include "base/userdb.h"
#include "base/vec.h"
#include "runner/limits.h"

#include "base/banned.h"

#define KEYS_FILE "authorized_keys"

/* ---- what the directories hold ---- */

struct keys_found {
	struct found_key *items;
	size_t n, cap;
};

static void keys_found_done(struct keys_found *found)
{
	vec_foreach(key, found) {
		free((char *)key->place);
		free((char *)key->line);
	}
	vec_done(found);
}

static void report_failure(struct buf *report, const char *place, unsigned line, const char *why)
{
	buf_puts(report, "fail: ");
	text_escape(report, str_of(place));
	if (line)
		buf_printf(report, ":%u", line);
	buf_printf(report, ": %s\n", why);
}

static int found_add(struct keys_found *found, const char *place, unsigned line, struct str text,
		     struct err *err)
{
	if (found->n >= LIMIT_KEYS)
		return err_set(err, ERR_LIMIT, "more than %d keys to import", LIMIT_KEYS);
	autobuf struct buf where = {0};
	text_escape(&where, str_of(place));
	buf_printf(&where, ":%u", line);
	vec_push(found, {.place = buf_steal(&where), .line = str_dup(text)});
	return 0;
}

static int read_lines(struct str text, const char *place, struct keys_found *found,
		      struct buf *report, struct err *err)
{
	unsigned n_bad = 0;
	for (unsigned n = 1; text.len; n++) {
		struct key_line key;
		const char *why = NULL;
		enum key_line_kind kind = key_line_parse(str_cut(&text, '\n'), &key, &why);
		if (kind == KEY_LINE_BAD && ++n_bad <= LIMIT_KEYS_FAULTS)
			report_failure(report, place, n, why);
		if (kind == KEY_LINE_KEY && found_add(found, place, n, key.line, err))
			return -1;
	}
	if (n_bad > LIMIT_KEYS_FAULTS)
		report_failure(report, place, 0, "more lines like these");
	return 0;
}

/* A link may lead to another file of the same directory (as a mounted secret's do), not out of it.
 */
static int read_key_file(int dirfd, const char *name, struct buf *text, struct err *err)
{
	autoclose int fd = -1;
	struct stat st;
	if (beneath_open(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err))
		return -1;
	if (fstat(fd, &st))
		return err_sys(err, "examining '%s'", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "not a regular file");
	return io_read_all(fd, text, err);
}

static int read_dir(int rootfd, const char *dir, struct keys_found *found, struct buf *report,
		    struct err *err)
{
	autoclose int dirfd = -1;
	autostrlist struct strlist names = {0};
	autoerr struct err problem = {0};
	if (beneath_open(rootfd, dir, O_RDONLY | O_DIRECTORY, 0, &dirfd, &problem) ||
	    dir_list(dirfd, ".", &names, &problem)) {
		if (problem.kind != ERR_MISSING)
			report_failure(report, dir, 0, err_text(&problem));
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (!text_ends(names.items[i], ".pub"))
			continue;
		autofree char *place = path_join(dir, names.items[i]);
		autobuf struct buf text = {.max = LIMIT_KEYS_FILE};
		autoerr struct err fault = {0};
		if (read_key_file(dirfd, names.items[i], &text, &fault))
			report_failure(report, place, 0, err_text(&fault));
		else if (read_lines(buf_str(&text), place, found, report, err))
			return -1;
	}
	return 0;
}

/* ---- the user's file ---- */

struct owner {
	uid_t uid;
	gid_t gid;
	char *home; /* owned */
};

static void owner_done(struct owner *owner)
{
	free(owner->home);
}

static int find_owner(int rootfd, const char *user, struct owner *ret_owner, struct err *err)
{
	struct user_identity identity = {0};
	autoerr struct err missing = {0};
	if (!userdb_resolve(rootfd, user, &identity, &missing)) {
		ret_owner->uid = identity.uid;
		ret_owner->gid = identity.gid;
		ret_owner->home = steal(&identity.home);
		user_identity_done(&identity);
		return 0;
	}
	if (!text_eq(user, "root"))
		return err_set(err, missing.kind, "keys of '%s': %s", user, err_text(&missing));
	*ret_owner = (struct owner){.home = xstrdup("/root")}; /* an image without passwd */
	return 0;
}

/* Owner and mode of something open; nothing is done when they fit, so that a read-only root with
 * the right ones does no harm. */
static int fit(int fd, const struct owner *owner, mode_t mode, const char *name, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st))
		return err_sys(err, "examining '%s'", name);
	if ((st.st_uid != owner->uid || st.st_gid != owner->gid) &&
	    fchown(fd, owner->uid, owner->gid))
		return err_sys(err, "giving '%s' to its user", name);
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode))
		return err_sys(err, "changing the mode of '%s'", name);
	return 0;
}

static int open_home(int rootfd, const struct owner *owner, int *ret_fd, struct err *err)
{
	autoerr struct err missing = {0};
	if (!beneath_open(rootfd, owner->home, O_RDONLY | O_DIRECTORY, 0, ret_fd, &missing))
		return 0;
	if (missing.kind != ERR_MISSING)
		return err_set(err, missing.kind, "%s", err_text(&missing));
	autoclose int fd = -1;
	if (beneath_make_dirs(rootfd, owner->home, 0700, &fd, err) ||
	    fit(fd, owner, 0700, owner->home, err))
		return -1;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int open_ssh_dir(int homefd, const struct owner *owner, int *ret_fd, struct err *err)
{
	if (mkdirat(homefd, ".ssh", 0700) && errno != EEXIST)
		return file_err(err, "making", ".ssh");
	autoclose int fd = openat(homefd, ".ssh", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return file_err(err, "opening", ".ssh");
	if (fit(fd, owner, 0700, ".ssh", err))
		return -1;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* As file_write_at, but it has its owner before it has its name. */
static int replace(int dirfd, struct str text, const struct owner *owner, struct err *err)
{
	char digits[17], name[40];
	random_hex(digits, 16);
	snprintf(name, sizeof(name), "." KEYS_FILE ".%s", digits);
	autoclose int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_err(err, "making", name);
	if (!fit(fd, owner, 0600, KEYS_FILE, err) && !io_write_all(fd, text.ptr, text.len, err) &&
	    (!fsync(fd) || !err_sys(err, "writing '" KEYS_FILE "'")) &&
	    (!renameat(dirfd, name, dirfd, KEYS_FILE) || !file_err(err, "replacing", KEYS_FILE)))
		return dir_sync(dirfd, err);
	unlinkat(dirfd, name, 0);
	return -1;
}

/* The file as it is; fits: mode, owner and number of names are right already. A file of somebody
 * else that has another name is not what stands here, but /etc/shadow: the user would get a copy.
 */
static int read_old(int dirfd, const struct owner *owner, struct buf *ret_old, bool *ret_fits,
		    struct err *err)
{
	autoclose int fd =
		openat(dirfd, KEYS_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	autobuf struct buf old = {.max = LIMIT_KEYS_FILE};
	struct stat st;
	*ret_fits = false;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st))
		return file_err(err, "opening", KEYS_FILE);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'" KEYS_FILE "' is not a regular file");
	if (st.st_nlink > 1 && st.st_uid != owner->uid)
		return err_set(err, ERR_DENIED,
			       "'" KEYS_FILE "' is another name of a file of user %u",
			       (unsigned)st.st_uid);
	if (io_read_all(fd, &old, err))
		return err_wrap(err, "reading '" KEYS_FILE "'");
	buf_done(ret_old);
	*ret_old = steal(&old);
	*ret_fits = st.st_uid == owner->uid && st.st_gid == owner->gid &&
		    (st.st_mode & 07777) == 0600 && st.st_nlink == 1;
	return 0;
}

/* Nothing to import: is there something to take back? */
static bool has_block(int rootfd, const struct owner *owner)
{
	autofree char *path = path_join(owner->home, ".ssh/" KEYS_FILE);
	autobuf struct buf text = {.max = LIMIT_KEYS_FILE};
	autoclose int fd = -1;
	autoerr struct err err = {0};
	return !beneath_open(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, &err) &&
	       !io_read_all(fd, &text, &err) && keys_has_block(buf_str(&text));
}

static int update(int rootfd, const char *user, const struct keys_found *found, struct buf *report,
		  struct err *err)
{
	cleanup(owner_done) struct owner owner = {0};
	autoclose int homefd = -1;
	autoclose int sshfd = -1;
	autobuf struct buf old = {0};
	autobuf struct buf text = {.max = 2 * LIMIT_KEYS_FILE};
	bool fits;
	if (find_owner(rootfd, user, &owner, err))
		return -1;
	if (!found->n && !has_block(rootfd, &owner))
		return 0;
	if (open_home(rootfd, &owner, &homefd, err) || open_ssh_dir(homefd, &owner, &sshfd, err) ||
	    read_old(sshfd, &owner, &old, &fits, err))
		return -1;
	keys_merge(buf_str(&old), found->items, found->n, &text, report);
	if (buf_check(&text, KEYS_FILE, err))
		return -1;
	if (fits && str_eq(buf_str(&old), buf_str(&text)))
		return 0;
	return replace(sshfd, buf_str(&text), &owner, err);
}

int keys_import(int rootfd, const struct keys_spec *keys, struct buf *report, struct err *err)
{
	cleanup(keys_found_done) struct keys_found found = {0};
	for (size_t i = 0; i < keys->dirs.n; i++)
		if (read_dir(rootfd, keys->dirs.items[i], &found, report, err))
			return -1;
	if (update(rootfd, keys->user, &found, report, err))
		return err_wrap(err, "keys of '%s'", keys->user);
	return 0;
}
