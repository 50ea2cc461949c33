/* batch.c - collecting the files of a layer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "build/batch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/vec.h"
#include "build/limits.h"
#include "layer/content.h"
#include "layer/limits.h"
#include "layer/tree.h"

#include "base/banned.h"

static void item_done(struct batch_item *item)
{
	entry_clear(&item->entry);
	free(item->source);
	free(item->bytes);
}

void batch_begin(struct batch *batch, const struct view *view)
{
	*batch = (struct batch){.view = view};
}

void batch_done(struct batch *batch)
{
	vec_foreach(item, batch)
		item_done(item);
	vec_done(batch);
	for (size_t i = 0; i < batch->fds.n; i++)
		close(batch->fds.items[i]);
	vec_done(&batch->fds);
	map_done(&batch->index);
	lower_dir_done(&batch->below);
	free(batch->below_path);
	*batch = (struct batch){0};
}

void batch_hold(struct batch *batch, int fd)
{
	vec_push(&batch->fds, fd);
}

static struct batch_item *batch_find(const struct batch *batch, const char *path)
{
	size_t position = (size_t)map_get(&batch->index, path);
	return position ? &batch->items[position - 1] : NULL;
}

/* ---- what is below ---- */

/* Holds the lower pieces of the directory `path`, which is asked about many times in a row. */
static int hold_below(struct batch *batch, struct str path, struct err *err)
{
	struct lower lower = view_lower(batch->view);

	if (batch->below_path && str_is(path, batch->below_path))
		return 0;
	lower_dir_done(&batch->below);
	free(batch->below_path);
	batch->below_path = str_dup(path);
	return lower_dir_open(&lower, batch->below_path, &batch->below, err);
}

/* 1: the layers below show something at `path`; 0: nothing; -1. */
static int find_below(struct batch *batch, const char *path, struct stat *ret_st, struct err *err)
{
	const char *name = path_base(path);
	size_t dir_len = name > path ? (size_t)(name - path) - 1 : 0;
	size_t piece;

	if (!*path) {
		*ret_st = (struct stat){.st_mode = S_IFDIR | 0755};
		return 1;
	}
	if (hold_below(batch, (struct str){path, dir_len}, err))
		return -1;
	return lower_dir_find(&batch->below, name, &piece, ret_st, err);
}

static int check_below(struct batch *batch, const struct entry *entry, struct err *err)
{
	struct stat st = {0};
	int found = find_below(batch, entry->path, &st, err);

	if (found <= 0)
		return found;
	bool is_directory = S_ISDIR(st.st_mode), wants_one = entry->type == ENTRY_DIRECTORY;
	if (is_directory == wants_one)
		return 0;
	return err_set(err, ERR_INPUT,
		       wants_one ? "'/%s' is not a directory, so no directory can be copied onto it"
				 : "'/%s' is a directory, so no file can be copied onto it",
		       entry->path);
}

/* ---- adding ---- */

/* The first link to a file that leaves becomes the file; the others link to that one. */
static void hand_on_links(struct batch *batch, struct batch_item *old)
{
	struct batch_item *heir = NULL;

	if (old->st.st_nlink < 2)
		return;
	for (struct batch_item *item = old + 1; item < batch->items + batch->n; item++) {
		if (item->is_dropped || item->entry.type != ENTRY_HARDLINK ||
		    !text_eq(item->entry.target, old->entry.path))
			continue;
		free(item->entry.target);
		if (heir) {
			item->entry.target = xstrdup(heir->entry.path);
			continue;
		}
		heir = item;
		char *path = steal(&item->entry.path);
		item->entry.target = NULL;
		entry_clear(&item->entry);
		item->entry = steal(&old->entry);
		old->entry.path = item->entry.path;
		item->entry.path = path;
		item->source = steal(&old->source);
		item->rootfd = old->rootfd;
		item->st = old->st;
	}
}

static int check_earlier(const struct batch_item *old, const struct entry *entry, struct err *err)
{
	bool was_directory = old->entry.type == ENTRY_DIRECTORY;

	if (was_directory == (entry->type == ENTRY_DIRECTORY))
		return 0;
	return err_set(err, ERR_INPUT, "'/%s' is a %s in one source and not in another",
		       entry->path, "directory");
}

static int check_item(struct batch *batch, const struct batch_item *item, struct err *err)
{
	const struct batch_item *old = batch_find(batch, item->entry.path);

	if (batch->n == LIMIT_CONTEXT_ENTRIES)
		return err_set(err, ERR_LIMIT, "more than %u files", LIMIT_CONTEXT_ENTRIES);
	if (strlen(item->entry.path) > LIMIT_PATH_BYTES)
		return err_set(err, ERR_LIMIT, "a path is longer than %u bytes", LIMIT_PATH_BYTES);
	if (*item->entry.path && tree_check_name(&item->entry, path_base(item->entry.path), err))
		return -1;
	return old ? check_earlier(old, &item->entry, err) : check_below(batch, &item->entry, err);
}

int batch_add(struct batch *batch, struct batch_item *item, struct err *err)
{
	if (check_item(batch, item, err)) {
		item_done(item);
		return -1;
	}
	struct batch_item *old = batch_find(batch, item->entry.path);
	if (old && old->entry.type == ENTRY_DIRECTORY) {
		item_done(old); /* it stays in front of what it holds */
		*old = *item;
		return 0;
	}
	if (old) {
		old->is_dropped = true;
		hand_on_links(batch, old);
	}
	vec_push(batch, *item);
	map_set(&batch->index, item->entry.path, (void *)batch->n);
	return 0;
}

int batch_add_directories(struct batch *batch, const char *path, const struct entry *like,
			  struct err *err)
{
	for (const char *end = path; *end;) {
		end = strchrnul(*end == '/' ? end + 1 : end, '/');
		autofree char *part = xstrndup(path, (size_t)(end - path));
		struct stat st;
		int found = batch_find(batch, part) ? 1 : find_below(batch, part, &st, err);
		if (found < 0)
			return -1;
		if (found)
			continue;
		struct batch_item item = {.entry = *like, .rootfd = -1};
		item.entry.path = steal(&part);
		if (batch_add(batch, &item, err))
			return -1;
	}
	return 0;
}

/* ---- data ---- */

void batch_cursor_done(struct batch_cursor *cursor)
{
	mem_close_at(&cursor->dirfd);
	free(cursor->dir);
	*cursor = (struct batch_cursor){.dirfd = -1};
}

static int cursor_enter(struct batch_cursor *cursor, int rootfd, struct str dir, struct err *err)
{
	if (cursor->dir && cursor->rootfd == rootfd && str_is(dir, cursor->dir))
		return 0;
	batch_cursor_done(cursor);
	cursor->dir = str_dup(dir);
	cursor->rootfd = rootfd;
	return beneath_open(rootfd, cursor->dir, O_PATH | O_DIRECTORY, 0, &cursor->dirfd, err);
}

int batch_open(struct batch_cursor *cursor, const struct batch_item *item, int *ret_fd,
	       struct err *err)
{
	const char *name = path_base(item->source);
	size_t dir_len = name > item->source ? (size_t)(name - item->source) - 1 : 0;

	if (cursor_enter(cursor, item->rootfd, (struct str){item->source, dir_len}, err) ||
	    content_open(cursor->dirfd, name, &item->st, ret_fd, err))
		return err_wrap(err, "reading '%s'", item->source);
	return 0;
}

/* ---- digest ---- */

struct digesting {
	struct batch_cursor cursor;
	struct hash *hash;
	struct buf header; /* of one file: numbers, then texts with their lengths */
};

static void header_put(struct buf *header, const void *bytes, size_t len)
{
	uint64_t prefix = len;

	buf_append(header, &prefix, sizeof(prefix));
	buf_append(header, bytes, len);
}

static void digest_header(struct digesting *digesting, const struct entry *entry)
{
	struct buf *header = &digesting->header;
	uint64_t numbers[] = {entry->type, entry->mode,  entry->uid,   entry->gid,
			      entry->size, entry->major, entry->minor, entry->xattrs.n};

	buf_truncate(header, 0);
	header_put(header, numbers, sizeof(numbers));
	header_put(header, entry->path, strlen(entry->path));
	header_put(header, entry->target ? entry->target : "", str_of(entry->target).len);
	for (size_t i = 0; i < entry->xattrs.n; i++) {
		const struct xattr *xattr = &entry->xattrs.items[i];
		header_put(header, xattr->name, strlen(xattr->name));
		header_put(header, xattr->value, xattr->len);
	}
	hash_update(digesting->hash, header->ptr, header->len);
}

static int digest_content(struct digesting *digesting, const struct batch_item *item,
			  struct err *err)
{
	autoclose int fd = -1;

	if (item->entry.type != ENTRY_FILE)
		return 0;
	if (item->bytes) {
		hash_update(digesting->hash, item->bytes, item->entry.size);
		return 0;
	}
	if (batch_open(&digesting->cursor, item, &fd, err))
		return -1;
	return content_hash(fd, item->entry.size, digesting->hash, err);
}

int batch_digest(const struct batch *batch, struct digest *ret_digest, struct err *err)
{
	autohash struct hash *hash = hash_new(HASH_SHA256);
	struct digesting digesting = {
		.cursor = {.dirfd = -1}, .hash = hash, .header = {.max = LIMIT_HEADER_BYTES}};
	int result = 0;

	for (size_t i = 0; i < batch->n && !result; i++) {
		const struct batch_item *item = &batch->items[i];
		if (item->is_dropped)
			continue;
		digest_header(&digesting, &item->entry);
		result = digest_content(&digesting, item, err);
	}
	buf_done(&digesting.header);
	batch_cursor_done(&digesting.cursor);
	if (!result)
		*ret_digest = digest_of_hash(hash, HASH_SHA256);
	return result;
}
