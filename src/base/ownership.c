/* ownership.c - owner, mode, extended attributes and times of files by descriptor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/ownership.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

#include "base/banned.h"

int ownership_set(int fd, const struct ownership *ownership, bool *ret_refused, struct err *err)
{
	struct stat st;
	bool refused = false;

	if (fstat(fd, &st))
		return err_sys(err, "examining");
	uid_t uid = ownership->uid < 0 ? st.st_uid : (uid_t)ownership->uid;
	gid_t gid = ownership->gid < 0 ? st.st_gid : (gid_t)ownership->gid;
	mode_t mode = ownership->mode < 0 ? st.st_mode & 07777 : (mode_t)ownership->mode;
	if (uid != st.st_uid || gid != st.st_gid) {
		refused = fchown(fd, uid, gid) && errno == EPERM && geteuid() != 0;
		if (!refused && (fstat(fd, &st) || st.st_uid != uid || st.st_gid != gid))
			return err_sys(err, "changing the owner to %u:%u", (unsigned)uid,
				       (unsigned)gid);
	}
	/* chown(2) takes setuid and setgid away. */
	if (!refused && (st.st_mode & 07777) != mode && fchmod(fd, mode))
		return err_sys(err, "changing the mode to %04o", (unsigned)mode);
	*ret_refused = refused;
	return 0;
}

void xattrs_copy(int from, int to)
{
	autofree char *names = xmalloc(LIMIT_XATTR);
	autofree char *value = xmalloc(LIMIT_XATTR);
	ssize_t len = flistxattr(from, names, LIMIT_XATTR);

	for (const char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, LIMIT_XATTR);
		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0))
			continue; /* not on this file system, or not without more rights */
	}
}

int attributes_copy(int from, int to, const struct ownership *given, struct err *err)
{
	struct stat st;

	if (fstat(from, &st))
		return err_sys(err, "examining the source");
	struct ownership owner = {
		.uid = given->uid < 0 ? st.st_uid : given->uid,
		.gid = given->gid < 0 ? st.st_gid : given->gid,
		.mode = -1,
	};
	bool refused;
	if (ownership_set(to, &owner, &refused, err))
		return -1;
	xattrs_copy(from, to);
	mode_t mode = given->mode >= 0 ? (mode_t)given->mode
		      : refused        ? st.st_mode & 0777
				       : st.st_mode & 07777;
	/* Setuid for another owner than the source's would give away what was not meant. */
	if (given->mode < 0 && !S_ISDIR(st.st_mode) && owner.uid != (int64_t)st.st_uid)
		mode &= ~(mode_t)S_ISUID;
	if (given->mode < 0 && !S_ISDIR(st.st_mode) && owner.gid != (int64_t)st.st_gid)
		mode &= ~(mode_t)S_ISGID;
	if (fchmod(to, mode))
		return err_sys(err, "changing the mode to %04o", (unsigned)mode);
	return 0;
}

int times_copy(int from, int to, struct err *err)
{
	struct stat st;

	if (fstat(from, &st) || futimens(to, (struct timespec[]){st.st_atim, st.st_mtim}))
		return err_sys(err, "setting the times");
	return 0;
}
