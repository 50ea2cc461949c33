/* xattr_read.c - the extended attributes of a file on disk, in one system call when it has none.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/encode.h"
#include "base/mem.h"
#include "layer/entry.h"
#include "layer/limits.h"

#include "base/banned.h"

#define NAMES_BYTES 1024u  /* of the list that needs no allocation: some twenty names */
#define VALUE_BYTES 1024u  /* of a value that needs none */
#define NAMES_MAX   65536u /* XATTR_LIST_MAX: the kernel lists no more */

#define PROC_FD_MAX sizeof("/proc/self/fd/-2147483648/")

/* Where a file is: by descriptor, or by a path whose last link is not followed. */
struct place {
	const char *path; /* NULL: fd */
	int fd;
	char magic[PROC_FD_MAX]; /* of a descriptor that is only O_PATH; else empty */
};

static ssize_t place_list(struct place *place, char *list, size_t size)
{
	if (place->path)
		return llistxattr(place->path, list, size);
	if (!place->magic[0]) {
		ssize_t len = flistxattr(place->fd, list, size);
		if (len >= 0 || errno != EBADF)
			return len;
		snprintf(place->magic, sizeof(place->magic), "/proc/self/fd/%d", place->fd);
	}
	return listxattr(place->magic, list, size); /* follows no further than to the file */
}

static ssize_t place_get(const struct place *place, const char *name, void *value, size_t size)
{
	if (place->path)
		return lgetxattr(place->path, name, value, size);
	if (place->magic[0])
		return getxattr(place->magic, name, value, size);
	return fgetxattr(place->fd, name, value, size);
}

/* linux/capability.h: revision 3 is revision 2 and the root user's id in its name space. Id 0 says
 * nothing: the older form is what everybody else writes. Returns the length to keep. */
static size_t capability_shorten(uint8_t *value, size_t len)
{
	static const uint8_t no_root_id[4] = {0};
	enum { V2_BYTES = 20, V3_BYTES = 24, REVISION_AT = 3, REVISION_2 = 2, REVISION_3 = 3 };
	if (len != V3_BYTES || value[REVISION_AT] != REVISION_3 ||
	    memcmp(value + V2_BYTES, no_root_id, sizeof(no_root_id)) != 0)
		return len;
	value[REVISION_AT] = REVISION_2;
	return V2_BYTES;
}

/* Attributes may go or grow between the two calls: gone is fine, grown is asked again. */
static int value_read(const struct place *place, const char *name, struct xattrs *xattrs,
		      struct err *err)
{
	uint8_t small[VALUE_BYTES];
	autofree uint8_t *large = NULL;
	uint8_t *value = small;
	ssize_t len = place_get(place, name, small, sizeof(small));
	if (len < 0 && errno == ERANGE) {
		value = large = xmalloc(LIMIT_XATTR_BYTES);
		len = place_get(place, name, large, LIMIT_XATTR_BYTES);
	}
	if (len < 0 && errno == ENODATA)
		return 0;
	if (len < 0)
		return err_sys(err, "reading attribute '%s'", name);
	size_t kept = (size_t)len;
	if (strcmp(name, "security.capability") == 0)
		kept = capability_shorten(value, kept);
	xattrs_set(xattrs, name, value, kept);
	return 0;
}

static int values_read(const struct place *place, const char *names, size_t len,
		       struct xattrs *xattrs, struct err *err)
{
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		if (xattr_is_kept(name) && value_read(place, name, xattrs, err))
			return -1;
	}
	return 0;
}

static int place_read(struct place *place, struct xattrs *ret_xattrs, struct err *err)
{
	char small[NAMES_BYTES];
	autofree char *large = NULL;
	const char *names = small;
	ssize_t len = place_list(place, small, sizeof(small));
	if (len < 0 && errno == ERANGE) {
		names = large = xmalloc(NAMES_MAX);
		len = place_list(place, large, NAMES_MAX);
	}
	if (len == 0 || (len < 0 && errno == EOPNOTSUPP)) {
		*ret_xattrs = (struct xattrs){0};
		return 0;
	}
	if (len < 0)
		return err_sys(err, "listing attributes");
	struct xattrs xattrs = {0};
	if (values_read(place, names, (size_t)len, &xattrs, err)) {
		xattrs_done(&xattrs);
		return -1;
	}
	*ret_xattrs = xattrs;
	return 0;
}

int xattrs_read_fd(int fd, struct xattrs *ret_xattrs, struct err *err)
{
	return place_read(&(struct place){.fd = fd}, ret_xattrs, err);
}

int xattrs_read_at(int dirfd, const char *name, struct xattrs *ret_xattrs, struct err *err)
{
	char path[PROC_FD_MAX + LIMIT_PATH_BYTES];
	const char *whole = name;
	if (dirfd != AT_FDCWD && name[0] != '/') {
		int len = snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
		if (len < 0 || (size_t)len >= sizeof(path)) {
			errno = ENAMETOOLONG;
			return err_sys(err, "listing attributes of '%s'", name);
		}
		whole = path;
	}
	if (place_read(&(struct place){.path = whole}, ret_xattrs, err))
		return err_wrap(err, "'%s'", name);
	return 0;
}
