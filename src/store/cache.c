/* cache.c - answers of earlier builds, cache/<kind>/<key>.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_private.h"

#include "base/banned.h"

static bool is_made_of(const char *text, const char *letters)
{
	size_t len = strlen(text);

	return len > 0 && len <= LIMIT_STORE_NAME_BYTES && strspn(text, letters) == len;
}

static int cache_path(const char *kind, const char *key, struct store_path *ret_path,
		      struct err *err)
{
	if (!is_made_of(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") ||
	    strlen(kind) > LIMIT_STORE_KIND_BYTES)
		return err_set(err, ERR_INPUT, "'%s' cannot name a kind of answers", kind);
	if (!is_made_of(key, "0123456789abcdef"))
		return err_set(err, ERR_INPUT, "'%s' is no key of an answer", key);
	*ret_path = path_format("cache/%s/%s", kind, key);
	return 0;
}

int store_cache_get(struct store *store, const char *kind, const char *key, char **ret_text,
		    struct err *err)
{
	struct store_path path;
	autobuf struct buf text = {0};

	if (cache_path(kind, key, &path, err) ||
	    record_read(store, path.text, LIMIT_STORE_RECORD, &text, err))
		return -1;
	/* Its time says when it was last asked for: the sweep drops what nobody wants. */
	utimensat(store->fd, path.text, NULL, AT_SYMLINK_NOFOLLOW);
	*ret_text = text.ptr ? buf_steal(&text) : xstrdup("");
	return 0;
}

int store_cache_put(struct store *store, const char *kind, const char *key, const char *text,
		    struct err *err)
{
	struct store_path path;
	struct store_path dir = path_format("cache/%.*s", (int)LIMIT_STORE_KIND_BYTES, kind);
	autoclose int lock = -1;

	if (cache_path(kind, key, &path, err))
		return -1;
	if (strlen(text) > LIMIT_STORE_RECORD)
		return err_set(err, ERR_LIMIT, "the answer '%s' is larger than %u bytes", path.text,
			       LIMIT_STORE_RECORD);
	if (store_lock_shared(store, &lock, err))
		return -1;
	if (mkdirat(store->fd, dir.text, 0700) && errno != EEXIST)
		return err_sys(err, "making '%s'", dir.text);
	/* Its directory is not synced: an answer that the power took away is only work lost. */
	return record_write(store, path.text, text, strlen(text), 0600, RECORD_SYNC, err);
}
