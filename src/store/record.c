/* record.c - the store's small files: read whole, replaced whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "doc/json.h"
#include "store/store_private.h"

#include "base/banned.h"

int record_read(struct store *store, const char *path, size_t max, struct buf *ret_buf,
		struct err *err)
{
	return file_read_at(store->fd, path, max, ret_buf, err);
}

static int write_beside(struct store *store, const char *beside, const char *text, size_t len,
			mode_t mode, enum record_sync sync, struct err *err)
{
	autoclose int fd = openat(store->fd, beside,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return err_sys(err, "making '%s'", beside);
	if (io_write_all(fd, text, len, err))
		return -1;
	if (sync == RECORD_SYNC && fdatasync(fd))
		return err_sys(err, "syncing");
	return 0;
}

int record_write(struct store *store, const char *path, const char *text, size_t len, mode_t mode,
		 enum record_sync sync, struct err *err)
{
	struct store_path beside = fresh_path("tmp/record-");

	if (write_beside(store, beside.text, text, len, mode, sync, err) == 0) {
		if (renameat(store->fd, beside.text, store->fd, path) == 0)
			return 0;
		err_sys(err, "renaming '%s'", beside.text);
	}
	unlinkat(store->fd, beside.text, 0);
	return err_wrap(err, "writing '%s'", path);
}

int record_read_tree(struct store *store, const char *path, size_t max, struct arena *arena,
		     struct node **ret_root, struct err *err)
{
	autobuf struct buf text = {0};

	if (record_read(store, path, max, &text, err))
		return -1;
	if (json_parse(arena, arena_strdup(arena, path), buf_str(&text), ret_root, err)) {
		err->kind = ERR_CORRUPT;
		return -1;
	}
	return 0;
}

int record_write_tree(struct store *store, const char *path, const struct node *root, size_t max,
		      enum record_sync sync, struct err *err)
{
	autobuf struct buf text = {.max = max};

	json_write(&text, root, JSON_COMPACT);
	if (buf_check(&text, path, err))
		return -1;
	return record_write(store, path, text.ptr, text.len, 0600, sync, err);
}

int record_digest(const struct node *map, const char *key, const char *path,
		  struct digest *ret_digest, struct err *err)
{
	const char *text = node_get_text(map, key);

	if (!text)
		return err_set(err, ERR_CORRUPT, "'%s' has no '%s'", path, key);
	if (digest_parse(str_of(text), ret_digest, err)) {
		err->kind = ERR_CORRUPT;
		return err_wrap(err, "'%s': '%s'", path, key);
	}
	return 0;
}

int record_sync_dir(struct store *store, const char *path, struct err *err)
{
	autoclose int fd = -1;

	if (dir_open_at(store->fd, path, &fd, err))
		return -1;
	if (fsync(fd))
		return err_sys(err, "syncing '%s'", path);
	return 0;
}

int record_list(struct store *store, const char *path, struct strlist *ret_names, struct err *err)
{
	autostrlist struct strlist names = {0};
	int fd = openat(store->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(err, "opening '%s'", path);
	cleanup(dir_closep) DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_sys(err, "reading '%s'", path);
	}
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(dir);
		if (!entry && errno)
			return err_sys(err, "reading '%s'", path);
		if (!entry)
			break;
		if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, ".."))
			continue;
		if (names.n >= LIMIT_STORE_ENTRIES)
			return err_set(err, ERR_LIMIT, "'%s' holds more than %u names", path,
				       LIMIT_STORE_ENTRIES);
		strlist_add(&names, entry->d_name);
	}
	strlist_sort(&names);
	*ret_names = steal(&names);
	return 0;
}
