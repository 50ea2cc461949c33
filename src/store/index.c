/* index.c - oci/index.json, made anew from names/ and images/ after each change of them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each name gives an entry, called as users call it (org.opencontainers.image.ref.name) and in full
 * (io.containerd.image.name); an image without names gives one without annotations, so that tools
 * which collect garbage in the layout leave it alone. Nothing of ours reads the file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "doc/json.h"
#include "store/store_private.h"

#include "base/banned.h"

#define INDEX_PATH "oci/index.json"

/* One empty file under one of two names of the same length: to rename it takes no room, so that a
 * full disk does not keep anyone from removing images. */
#define FRESH_PATH "lock/index-fresh"
#define STALE_PATH "lock/index-stale"

int index_mark_stale(struct store *store, struct err *err)
{
	if (renameat(store->fd, FRESH_PATH, store->fd, STALE_PATH) == 0)
		return 0;
	autoclose int fd = openat(store->fd, STALE_PATH, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? err_sys(err, "making '%s'", STALE_PATH) : 0;
}

static char *familiar_name(const char *canonical)
{
	autoref struct reference ref = {0};
	struct err why = {0};

	if (reference_parse(canonical, &ref, &why) == 0)
		return reference_familiar(&ref);
	err_clear(&why);
	return xstrdup(canonical);
}

static void add_entry(struct arena *arena, struct node *entries, const struct descriptor *manifest,
		      const char *name)
{
	struct node *entry = descriptor_encode(arena, manifest);

	if (name) {
		autofree char *familiar = familiar_name(name);
		struct node *annotations = node_new(arena, NODE_MAP);
		node_set_text(arena, annotations, "org.opencontainers.image.ref.name", familiar);
		node_set_text(arena, annotations, "io.containerd.image.name", name);
		node_set(arena, entry, "annotations", annotations);
	}
	node_append(entries, entry);
}

static int add_names(struct store *store, struct arena *arena, struct node *entries,
		     struct map *named, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(store, "names", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct store_path path = path_format("names/%s", names.items[i]);
		cleanup(name_record_done) struct name_record record = {0};
		struct err why = {0};
		if (name_read(store, path.text, &record, &why) == 0 &&
		    store_has_blob(store, &record.manifest.digest, NULL)) {
			add_entry(arena, entries, &record.manifest, record.text);
			map_set(named, digest_hex(&record.manifest.digest), entries);
		}
		err_clear(&why);
	}
	return 0;
}

static int add_unnamed(struct store *store, struct arena *arena, struct node *entries,
		       const struct map *named, struct err *err)
{
	autostrlist struct strlist images = {0};

	if (record_list(store, "images", &images, err))
		return -1;
	for (size_t i = 0; i < images.n; i++) {
		cleanup(image_done) struct image image = {0};
		struct digest manifest;
		struct err why = {0};
		if (map_has(named, images.items[i]) || !digest_of_name(images.items[i], &manifest))
			continue;
		if (image_read_record(store, &manifest, &image, &why) == 0 &&
		    store_has_blob(store, &manifest, NULL))
			add_entry(arena, entries, &image.manifest, NULL);
		err_clear(&why);
	}
	return 0;
}

int index_text(struct store *store, struct buf *ret_buf, struct err *err)
{
	autoarena struct arena arena = {0};
	automap struct map named = {0};
	struct node *root = node_new(&arena, NODE_MAP);
	struct node *entries = node_new(&arena, NODE_LIST);

	node_set(&arena, root, "schemaVersion", node_new_int(&arena, 2));
	node_set_text(&arena, root, "mediaType", media_type_text(MEDIA_OCI_INDEX));
	if (add_names(store, &arena, entries, &named, err) ||
	    add_unnamed(store, &arena, entries, &named, err))
		return -1;
	node_set(&arena, root, "manifests", entries);
	json_write(ret_buf, root, JSON_COMPACT);
	return buf_check(ret_buf, INDEX_PATH, err);
}

int index_refresh(struct store *store, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_STORE_INDEX};

	/* Not synced: when the power goes the mark tells, or the file is empty (see index_heal). */
	if (index_text(store, &text, err) ||
	    record_write(store, INDEX_PATH, text.ptr, text.len, 0644, RECORD_NO_SYNC, err))
		return -1;
	if (renameat(store->fd, STALE_PATH, store->fd, FRESH_PATH) && errno != ENOENT)
		return err_sys(err, "renaming '%s'", STALE_PATH);
	return 0;
}

void index_follow(struct store *store)
{
	struct err why = {0};

	if (index_refresh(store, &why))
		log_debug("'%s' stays stale: %s", INDEX_PATH, err_text(&why));
	err_clear(&why);
}

bool index_is_stale(struct store *store)
{
	struct stat st;

	return faccessat(store->fd, STALE_PATH, F_OK, 0) == 0 ||
	       fstatat(store->fd, INDEX_PATH, &st, AT_SYMLINK_NOFOLLOW) || st.st_size == 0;
}

static int heal(struct store *store, struct err *err)
{
	autoclose int lock = -1, names = -1;

	if (store_lock_shared(store, &lock, err) || store_lock_names(store, &names, err))
		return -1;
	return index_is_stale(store) ? index_refresh(store, err) : 0;
}

void index_heal(struct store *store)
{
	struct err why = {0};

	if (index_is_stale(store) && heal(store, &why))
		log_debug("'%s' stays stale: %s", INDEX_PATH, err_text(&why));
	err_clear(&why);
}
