/* perms_entry.c - mode and ACLs of what an O_PATH descriptor names.
 * SPDX-License-Identifier: Apache-2.0
 *
 * fchmod and fsetxattr want a descriptor that was opened for real; a path through /proc/self/fd
 * names the same inode. Kernels from 6.6 have fchmodat2 with AT_EMPTY_PATH, which needs no /proc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/acl.h"
#include "project/perms_private.h"

#include "base/banned.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* the same number on all architectures (Linux 6.6) */
#endif

#define FD_PATH_MAX 32 /* "/proc/self/fd/2147483647" */

static void fd_path(int fd, char out[FD_PATH_MAX])
{
	snprintf(out, FD_PATH_MAX, "/proc/self/fd/%d", fd);
}

int perms_chmod(int fd, uint32_t mode)
{
	char path[FD_PATH_MAX];

	fd_path(fd, path);
	if (!chmod(path, mode))
		return 0;
	return errno == ENOENT ? (int)syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) : -1;
}

static void perms_put(struct buf *text, uint32_t perms)
{
	buf_putc(text, perms & 4 ? 'r' : '-');
	buf_putc(text, perms & 2 ? 'w' : '-');
	buf_putc(text, perms & 1 ? 'x' : '-');
}

/* The mode with the rule's grants, in the form of getfacl(1). */
static void acl_compose(const struct perms_rule *rule, uint32_t mode, struct buf *text)
{
	static const char *const classes[] = {"other::", ",group::", ",user::"};
	uint32_t mask = (mode >> 3) & 7;

	for (unsigned i = 0; i < ARRAY_LEN(classes); i++) {
		buf_puts(text, classes[i]);
		perms_put(text, (mode >> (3 * i)) & 7);
	}
	vec_foreach(grant, &rule->grants) {
		uint32_t perms = grant->perms == PERMS_KEEP ? (mode >> 6) & 7 : grant->perms;
		buf_printf(text, ",%s:%u:", grant->is_group ? "group" : "user", grant->id);
		perms_put(text, perms);
		mask |= perms;
	}
	buf_puts(text, ",mask::");
	perms_put(text, mask);
}

static int acl_set(const char *path, const char *name, const struct buf *bytes, bool *changed,
		   struct err *err)
{
	char old[1024];
	ssize_t n = getxattr(path, name, old, sizeof(old));

	if (n < 0 && errno != ENODATA)
		return errno == EOPNOTSUPP && !bytes->len ? 0 : err_sys(err, "reading its ACL");
	if (!bytes->len) {
		if (n < 0)
			return 0;
		if (removexattr(path, name))
			return err_sys(err, "removing its ACL");
		*changed = true;
		return 0;
	}
	if (n == (ssize_t)bytes->len && !memcmp(old, bytes->ptr, bytes->len))
		return 0;
	if (setxattr(path, name, bytes->ptr, bytes->len, 0))
		return err_sys(err, "setting its ACL");
	*changed = true;
	return 0;
}

int perms_set_acls(int fd, bool is_dir, uint32_t mode, const struct perms_rule *rule,
		   bool *ret_changed, struct err *err)
{
	char path[FD_PATH_MAX];
	autobuf struct buf text = {0}, bytes = {0};

	fd_path(fd, path);
	if (rule->grants.n) {
		acl_compose(rule, mode, &text);
		if (acl_from_text(buf_str(&text), &bytes, err))
			return -1;
	}
	if (acl_set(path, XATTR_ACL_ACCESS, &bytes, ret_changed, err))
		return -1;
	return is_dir ? acl_set(path, XATTR_ACL_DEFAULT, &bytes, ret_changed, err) : 0;
}
