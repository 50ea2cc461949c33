/* node.c - one file made, replaced or copied beneath a directory descriptor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/node.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/content.h"

#include "base/banned.h"

#define MODE_BITS 0777u /* setuid and its like come after the owner */

static int node_try(int dirfd, const char *name, const struct entry *entry, int *fd)
{
	mode_t mode = entry->mode & MODE_BITS;
	dev_t device = makedev(entry->major, entry->minor);

	switch (entry->type) {
	case ENTRY_FILE:
		*fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			     mode);
		return *fd < 0 ? -1 : 0;
	case ENTRY_SYMLINK: return symlinkat(entry->target, dirfd, name);
	case ENTRY_CHAR: return mknodat(dirfd, name, S_IFCHR | mode, device);
	case ENTRY_BLOCK: return mknodat(dirfd, name, S_IFBLK | mode, device);
	case ENTRY_FIFO: return mkfifoat(dirfd, name, mode);
	case ENTRY_DIRECTORY:
	case ENTRY_HARDLINK: break;
	}
	assert(!"directories and hard links are made elsewhere");
	return -1;
}

int node_remove(int dirfd, const char *name, struct err *err)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(err, "removing '%s'", name);
	return tree_remove_at(dirfd, name, err);
}

int node_make(int dirfd, const char *name, const struct entry *entry, int *ret_fd, struct err *err)
{
	int fd = -1;
	int failed = node_try(dirfd, name, entry, &fd);

	if (failed && errno == EEXIST) {
		if (node_remove(dirfd, name, err))
			return -1;
		failed = node_try(dirfd, name, entry, &fd);
	}
	if (failed)
		return err_sys(err, "making '%s'", name);
	*ret_fd = fd;
	return 0;
}

int node_link(int from, const char *from_name, int dirfd, const char *name, struct err *err)
{
	int failed = linkat(from, from_name, dirfd, name, 0);

	if (failed && errno == EEXIST) {
		if (node_remove(dirfd, name, err))
			return -1;
		failed = linkat(from, from_name, dirfd, name, 0);
	}
	return failed ? err_sys(err, "linking '%s' to '%s'", name, from_name) : 0;
}

static int copy_attributes(const struct node_copy *copy, struct entry *entry, int from, int to,
			   struct err *err)
{
	struct made made = birth_made(copy->birth, entry->mode & MODE_BITS, false);

	made.fd = to;
	made.dirfd = copy->to;
	made.name = copy->name;
	if (copy->sets_owner) {
		entry->uid = copy->uid;
		entry->gid = copy->gid;
	}
	if (from >= 0 ? xattrs_read_fd(from, &entry->xattrs, err)
		      : xattrs_read_at(copy->from, copy->name, &entry->xattrs, err))
		return -1;
	return attributes_write(&made, entry, err);
}

int node_copy(const struct node_copy *copy, struct err *err)
{
	autoclose int from = -1, to = -1;
	struct entry entry = {0};
	int failed = attributes_read(copy->from, copy->name, copy->st, &entry, err) < 0 ||
		     node_make(copy->to, copy->name, &entry, &to, err) ||
		     (to >= 0 && (content_open(copy->from, copy->name, copy->st, &from, err) ||
				  content_copy(from, copy->st, to, err))) ||
		     copy_attributes(copy, &entry, from, to, err);

	entry_clear(&entry);
	return failed ? -1 : 0;
}
