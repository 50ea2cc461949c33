/* acl_dump.c - the ACLs of a whole tree as getfacl -R -n -E prints them, for setfacl --restore.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "layer/acl.h"
#include "layer/tree.h"

#include "base/banned.h"

struct dump {
	bool all; /* also what its mode says alone */
	struct buf *out;
};

/* setfacl(1) reads backslashes and octal numbers; other bytes stand for themselves. */
static void path_print(const char *path, struct buf *out)
{
	for (const char *pos = path[0] ? path : "."; *pos; pos++) {
		if (*pos == '\n' || *pos == '\r')
			buf_printf(out, "\\%03o", (unsigned)(unsigned char)*pos);
		else if (*pos == '\\')
			buf_puts(out, "\\\\");
		else
			buf_putc(out, *pos);
	}
}

static void head_print(const struct entry *entry, struct buf *out)
{
	buf_puts(out, "# file: ");
	path_print(entry->path, out);
	buf_printf(out, "\n# owner: %u\n# group: %u\n", entry->uid, entry->gid);
	if (entry->mode & (S_ISUID | S_ISGID | S_ISVTX))
		buf_printf(out, "# flags: %c%c%c\n", entry->mode & S_ISUID ? 's' : '-',
			   entry->mode & S_ISGID ? 's' : '-', entry->mode & S_ISVTX ? 't' : '-');
}

static void mode_print(uint32_t mode, struct buf *out)
{
	static const char *const names[] = {"user", "group", "other"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		uint32_t bits = mode >> (6 - 3 * i);
		buf_printf(out, "%s::%c%c%c\n", names[i], bits & 4 ? 'r' : '-',
			   bits & 2 ? 'w' : '-', bits & 1 ? 'x' : '-');
	}
}

/* A hard link's later names share what its first one says. */
static int entry_dump(const struct tree_visit *visit, void *arg, struct err *err)
{
	const struct dump *dump = arg;
	const struct entry *entry = visit->entry;
	const struct xattr *access = xattrs_get(&entry->xattrs, XATTR_ACL_ACCESS);
	const struct xattr *by_default = xattrs_get(&entry->xattrs, XATTR_ACL_DEFAULT);
	if (entry->type == ENTRY_SYMLINK || entry->type == ENTRY_HARDLINK)
		return 0;
	if (!dump->all && !access && !by_default)
		return 0;
	head_print(entry, dump->out);
	if (!access)
		mode_print(entry->mode, dump->out);
	else if (acl_to_text(access->value, access->len, "", dump->out, err))
		return err_wrap(err, "'%s'", entry->path);
	if (by_default &&
	    acl_to_text(by_default->value, by_default->len, "default:", dump->out, err))
		return err_wrap(err, "'%s'", entry->path);
	buf_putc(dump->out, '\n');
	return buf_check(dump->out, "the list of ACLs", err);
}

int acl_dump_tree(int rootfd, bool all, struct buf *out, struct err *err)
{
	struct dump dump = {all, out};
	return tree_walk(rootfd, &(struct tree_options){.with_root = true, .one_fs = true},
			 entry_dump, &dump, err);
}
