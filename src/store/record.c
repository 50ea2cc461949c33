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

int record_draft(struct store *store, const char *path, const char *text, size_t len, mode_t mode,
		 struct record_draft *ret_draft, struct err *err)
{
	cleanup(record_draft_done) struct record_draft draft = {.store = store,
								.path = path_format("%s", path),
								.beside =
									fresh_path("tmp/record-")};
	autoclose int fd = openat(store->fd, draft.beside.text,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0) {
		err_sys(err, "making '%s'", draft.beside.text);
		return err_wrap(err, "writing '%s'", path);
	}
	draft.is_open = true;
	draft.fd = steal_fd(&fd);
	if (io_write_all(draft.fd, text, len, err))
		return err_wrap(err, "writing '%s'", path);
	*ret_draft = steal(&draft);
	return 0;
}

void record_draft_done(struct record_draft *draft)
{
	if (!draft->is_open)
		return;
	if (!draft->is_placed)
		unlinkat(draft->store->fd, draft->beside.text, 0);
	close(draft->fd);
	*draft = (struct record_draft){0};
}

int record_draft_place(struct record_draft *draft, struct err *err)
{
	if (!draft->is_open)
		return 0;
	if (renameat(draft->store->fd, draft->beside.text, draft->store->fd, draft->path.text))
		return err_sys(err, "renaming '%s' to '%s'", draft->beside.text, draft->path.text);
	draft->is_placed = true;
	return 0;
}

int record_write(struct store *store, const char *path, const char *text, size_t len, mode_t mode,
		 enum record_sync sync, struct err *err)
{
	cleanup(record_draft_done) struct record_draft draft = {0};

	if (record_draft(store, path, text, len, mode, &draft, err) ||
	    (sync == RECORD_SYNC && journal_settle(store, draft.fd, path, err)))
		return -1;
	return record_draft_place(&draft, err);
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

int record_draft_tree(struct store *store, const char *path, const struct node *root, size_t max,
		      struct record_draft *ret_draft, struct err *err)
{
	cleanup(record_draft_done) struct record_draft draft = {0};
	autobuf struct buf text = {.max = max};

	json_write(&text, root, JSON_COMPACT);
	if (buf_check(&text, path, err))
		return -1;
	if (record_draft(store, path, text.ptr, text.len, 0600, &draft, err) ||
	    journal_settle(store, draft.fd, path, err))
		return -1;
	*ret_draft = steal(&draft);
	return 0;
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
	/* ext4 commits no further than the last change of what is synced: the touch makes that now.
	 */
	if (futimens(fd, NULL) || fsync(fd))
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
