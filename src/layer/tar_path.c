/* tar_path.c - names of an archive made plain: relative, nothing empty, never upwards.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/tar_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "layer/limits.h"

#include "base/banned.h"

#define QUOTED_BYTES 200u /* of a hostile name in a message */

static int path_refuse(struct str raw, enum err_kind kind, const char *what, const char *why,
		       struct err *err)
{
	autobuf struct buf quoted = {0};
	text_escape(&quoted,
		    (struct str){raw.ptr, raw.len < QUOTED_BYTES ? raw.len : QUOTED_BYTES});
	return err_set(err, kind, "%s '%s' %s", what, buf_text(&quoted), why);
}

/* Leading slashes, "." and doubled slashes mean nothing to any tar and are dropped. ".." may lead
 * out, also in the middle once links are in play: it is refused. */
int tar_path_clean(struct str raw, const char *what, char **ret_path, struct err *err)
{
	if (raw.len > LIMIT_PATH_BYTES)
		return path_refuse(raw, ERR_LIMIT, what, "is too long", err);
	if (memchr(raw.ptr, '\0', raw.len))
		return path_refuse(raw, ERR_CORRUPT, what, "contains a NUL byte", err);
	autofree char *path = xmalloc(raw.len + 1);
	size_t len = 0, depth = 0;
	for (struct str rest = raw; rest.ptr;) {
		struct str part = str_cut(&rest, '/');
		if (part.len == 0 || str_is(part, "."))
			continue;
		if (str_is(part, ".."))
			return path_refuse(raw, ERR_CORRUPT, what, "contains '..'", err);
		if (++depth > LIMIT_PATH_DEPTH)
			return path_refuse(raw, ERR_LIMIT, what, "is too deep", err);
		if (len)
			path[len++] = '/';
		memcpy(path + len, part.ptr, part.len);
		len += part.len;
	}
	if (len >= LIMIT_PATH_BYTES) /* PATH_MAX counts the NUL */
		return path_refuse(raw, ERR_LIMIT, what, "is too long", err);
	path[len] = '\0';
	*ret_path = steal(&path);
	return 0;
}
