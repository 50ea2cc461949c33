/* heirs.c - files in directories with a default ACL say what they do not inherit.
 * SPDX-License-Identifier: Apache-2.0
 * Source: acl(5), "OBJECT CREATION AND DEFAULT ACLs"; linux/posix_acl_xattr.h. */
#include "layer/heirs.h"

#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"
#include "layer/acl.h"
#include "layer/tree.h"

#include "base/banned.h"

/* "" is the directory of "a", and the root's own path: the root is in no directory. */
static bool parent_has_default(const struct heirs *heirs, const char *path)
{
	const char *slash = strrchr(path, '/');
	autofree char *parent = xstrndup(path, slash ? (size_t)(slash - path) : 0);

	return path[0] && map_has(&heirs->dirs, parent);
}

/* Links have none, and nobody makes a file of a whiteout. */
static bool can_inherit(const struct entry *entry)
{
	return entry->type != ENTRY_SYMLINK && entry->type != ENTRY_HARDLINK &&
	       !text_starts(path_base(entry->path), WHITEOUT_PREFIX);
}

static void xattrs_copy(const struct xattrs *from, struct xattrs *to)
{
	for (size_t i = 0; i < from->n; i++)
		xattrs_set(to, from->items[i].name, from->items[i].value, from->items[i].len);
}

bool heirs_add(struct heirs *heirs, const struct entry *entry, struct xattrs *ret_xattrs)
{
	const struct xattr *access = xattrs_get(&entry->xattrs, XATTR_ACL_ACCESS);
	const struct xattr *own = xattrs_get(&entry->xattrs, XATTR_ACL_DEFAULT);
	bool is_directory = entry->type == ENTRY_DIRECTORY;
	bool is_heir = heirs->dirs.n && can_inherit(entry) && (!access || (is_directory && !own)) &&
		       parent_has_default(heirs, entry->path);
	autobuf struct buf bytes = {0};

	if (is_directory && own)
		map_set(&heirs->dirs, entry->path, heirs);
	if (!is_heir)
		return false;
	xattrs_copy(&entry->xattrs, ret_xattrs);
	acl_of_mode(entry->mode, &bytes);
	if (!access)
		xattrs_set(ret_xattrs, XATTR_ACL_ACCESS, bytes.ptr, bytes.len);
	if (is_directory && !own)
		xattrs_set(ret_xattrs, XATTR_ACL_DEFAULT, bytes.ptr, ACL_HEADER_BYTES);
	return true;
}

void heirs_done(struct heirs *heirs)
{
	map_done(&heirs->dirs);
}
