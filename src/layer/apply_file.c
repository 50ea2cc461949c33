/* apply_file.c - one entry of a layer made in the place where we stand.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "layer/apply_private.h"
#include "layer/node.h"

#include "base/banned.h"

#define MODE_BITS      0777u
#define MODE_OWNER_RWX 0700u /* until all is in it; matters where we are not root */

static int fd_state(int fd, const char *name, struct made *made, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(err, "looking at '%s'", name);
	*made = (struct made){
		.fd = fd,
		.dirfd = -1,
		.name = name,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.mode = st.st_mode & 07777,
		.was_there = true,
	};
	return 0;
}

static struct birth birth_of_entry(const struct apply *apply, const struct entry *entry)
{
	bool setgid = entry->mode & S_ISGID;

	return (struct birth){
		.uid = geteuid(),
		.gid = setgid ? entry->gid : getegid(),
		.umask = apply->umask,
		.setgid = setgid,
		.has_acl = xattrs_get(&entry->xattrs, "system.posix_acl_default"),
	};
}

int apply_root(struct apply *apply, const struct entry *entry, struct err *err)
{
	struct made made;

	if (entry->type != ENTRY_DIRECTORY)
		return err_set(err, ERR_CORRUPT, "the root can only be a directory");
	if (fd_state(apply->place.steps[0].fd, "the root", &made, err) ||
	    attributes_write(&made, entry, err))
		return -1;
	apply->place.steps[0].birth = birth_of_entry(apply, entry);
	times_set(&apply->times, "", entry->mtime_ns);
	return 0;
}

static int directory_open(int dirfd, const char *name)
{
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int directory_fresh(const struct step *top, uint32_t asked, const char *name,
			   struct made *ret_made, struct err *err)
{
	struct made made = birth_made(&top->birth, asked, true);

	if (mkdirat(top->fd, name, asked))
		return err_sys(err, "making directory '%s'", name);
	made.name = name;
	made.fd = directory_open(top->fd, name);
	if (made.fd < 0)
		return err_sys(err, "opening directory '%s'", name);
	*ret_made = made;
	return 0;
}

/* A directory that is there is kept; anything else makes room. *hides: it did so in this layer. */
static int directory_make(const struct step *top, const struct entry *entry, const char *name,
			  struct made *ret_made, bool *hides, struct err *err)
{
	uint32_t asked = (entry->mode & MODE_BITS) | MODE_OWNER_RWX;
	struct stat st;

	if (fstatat(top->fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			return err_sys(err, "looking at '%s'", name);
		return directory_fresh(top, asked, name, ret_made, err);
	}
	if (!S_ISDIR(st.st_mode)) {
		*hides = true;
		if (node_remove(top->fd, name, err))
			return -1;
		return directory_fresh(top, asked, name, ret_made, err);
	}
	autoclose int fd = directory_open(top->fd, name);
	if (fd < 0)
		return err_sys(err, "opening directory '%s'", name);
	if (fd_state(fd, name, ret_made, err))
		return -1;
	steal_fd(&fd);
	return 0;
}

static int apply_directory(struct apply *apply, const struct entry *entry, const char *name,
			   struct err *err)
{
	struct place *place = &apply->place;
	struct made made = {.fd = -1};
	bool hides = false;

	if (directory_make(place_top(place), entry, name, &made, &hides, err))
		return -1;
	autoclose int fd = made.fd;
	if ((hides && place_hide_below(apply, name, fd, err)) ||
	    attributes_write(&made, entry, err) ||
	    place_push(apply, name, steal_fd(&fd), birth_of_entry(apply, entry), err))
		return -1;
	times_set(&apply->times, place->path, entry->mtime_ns);
	return 0;
}

int apply_entry(struct apply *apply, const struct entry *entry, const char *name, struct err *err)
{
	struct step *top = place_top(&apply->place);
	struct made made = birth_made(&top->birth, entry->mode & MODE_BITS, false);
	autoclose int fd = -1;

	if (entry->type == ENTRY_DIRECTORY)
		return apply_directory(apply, entry, name, err);
	/* It would be a whiteout that no rule of whiteouts has seen. */
	if (entry->type == ENTRY_CHAR && entry->major == 0 && entry->minor == 0)
		return err_set(err, ERR_CORRUPT, "a layer cannot hold the character device 0:0");
	if (node_make(top->fd, name, entry, &fd, err))
		return -1;
	made.fd = fd;
	made.dirfd = top->fd;
	made.name = name;
	if (fd >= 0 && apply_content(apply, fd, entry, err))
		return -1;
	return attributes_write(&made, entry, err);
}
