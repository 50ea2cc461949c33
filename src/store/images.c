/* images.c - images/<manifest hex>, one record an image, and finding one by what a user typed.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   {"manifest":{descriptor},"id":"sha256:…","added":ns,"names":["docker.io/…",…]}
 *
 * A record lists at least the names that point to its image: it gets a name before the name gets
 * its file, and keeps names that went elsewhere. So the names of one image are known by asking each
 * name it lists, no crash makes that wrong, and moving a tag writes nothing to the image left. */
#include "store/images.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"
#include "oci/limits.h"
#include "store/store_private.h"

#include "base/banned.h"

void image_done(struct image *image)
{
	descriptor_done(&image->manifest);
	strlist_done(&image->names);
	*image = (struct image){0};
}

void image_list_done(struct image_list *list)
{
	vec_foreach(image, list)
		image_done(image);
	vec_done(list);
}

struct store_path image_path(const struct digest *manifest)
{
	return path_format("images/%s", digest_hex(manifest));
}

static int image_decode(const struct node *root, const char *path, struct image *image,
			struct err *err)
{
	struct node *names = node_get(root, "names");

	if (record_digest(root, "id", path, &image->id, err))
		return -1;
	if (descriptor_decode(node_get(root, "manifest"), &image->manifest, err)) {
		err->kind = ERR_CORRUPT;
		return err_wrap(err, "'%s'", path);
	}
	image->added_ns = node_get_int(root, "added", 0);
	if (!names || names->kind != NODE_LIST)
		return err_set(err, ERR_CORRUPT, "'%s' has no 'names'", path);
	node_foreach(name, names)
		if (node_text(name))
			strlist_add(&image->names, node_text(name));
	return 0;
}

int image_read_record(struct store *store, const struct digest *manifest, struct image *ret_image,
		      struct err *err)
{
	struct store_path path = image_path(manifest);
	autoarena struct arena arena = {0};
	cleanup(image_done) struct image image = {0};
	struct node *root;

	if (record_read_tree(store, path.text, LIMIT_STORE_IMAGE, &arena, &root, err) ||
	    image_decode(root, path.text, &image, err))
		return -1;
	if (!digest_eq(&image.manifest.digest, manifest))
		return err_set(err, ERR_CORRUPT, "'%s' speaks of %s", path.text,
			       image.manifest.digest.text);
	*ret_image = steal(&image);
	return 0;
}

int image_draft(struct store *store, const struct image *image, struct record_draft *ret_draft,
		struct err *err)
{
	struct store_path path = image_path(&image->manifest.digest);
	autoarena struct arena arena = {0};
	struct node *root = node_new(&arena, NODE_MAP);

	node_set(&arena, root, "manifest", descriptor_encode(&arena, &image->manifest));
	node_set_text(&arena, root, "id", image->id.text);
	node_set(&arena, root, "added", node_new_int(&arena, image->added_ns));
	node_set(&arena, root, "names",
		 image->names.n ? node_new_texts(&arena, &image->names)
				: node_new(&arena, NODE_LIST));
	return record_draft_tree(store, path.text, root, LIMIT_STORE_IMAGE, ret_draft, err);
}

int image_write_record(struct store *store, const struct image *image, struct err *err)
{
	cleanup(record_draft_done) struct record_draft draft = {0};

	if (image_draft(store, image, &draft, err) || record_draft_place(&draft, err))
		return -1;
	return record_sync_dir(store, "images", err);
}

/* Whether the name is there and points to this manifest. A damaged name points nowhere: the check
 * speaks of it. */
static bool name_points_to(struct store *store, const char *name, const struct digest *manifest)
{
	struct store_path path = name_path(name);
	cleanup(name_record_done) struct name_record record = {0};
	struct err why = {0};
	bool does = name_read(store, path.text, &record, &why) == 0 &&
		    digest_eq(&record.manifest.digest, manifest);

	err_clear(&why);
	return does;
}

int image_load(struct store *store, const struct digest *manifest, struct image *ret_image,
	       struct err *err)
{
	cleanup(image_done) struct image image = {0};

	if (image_read_record(store, manifest, &image, err))
		return -1;
	for (size_t i = image.names.n; i-- > 0;)
		if (!name_points_to(store, image.names.items[i], manifest))
			strlist_remove_at(&image.names, i);
	strlist_sort(&image.names);
	*ret_image = steal(&image);
	return 0;
}

int store_read_manifest(struct store *store, const struct digest *digest,
			struct manifest *ret_manifest, struct err *err)
{
	autobuf struct buf text = {0};

	if (store_read_blob(store, digest, LIMIT_MANIFEST_BYTES, &text, err))
		return -1;
	return manifest_parse(digest->text, buf_str(&text), ret_manifest, err);
}

int store_read_config(struct store *store, const struct digest *id, struct image_config *ret_config,
		      struct err *err)
{
	autobuf struct buf text = {0};

	if (store_read_blob(store, id, LIMIT_CONFIG_BYTES, &text, err))
		return -1;
	return image_config_parse(id->text, buf_str(&text), ret_config, err);
}

/* ---- adding and removing ---- */

static int check_blob(struct store *store, const struct descriptor *blob, const char *what,
		      struct err *err)
{
	uint64_t size;

	if (!store_has_blob(store, &blob->digest, &size))
		return err_set(err, ERR_MISSING, "%s blob %s is not in the store", what,
			       blob->digest.text);
	if (size != blob->size)
		return err_set(err, ERR_CORRUPT, "%s blob %s has %llu bytes, not %llu", what,
			       blob->digest.text, (unsigned long long)size,
			       (unsigned long long)blob->size);
	return 0;
}

int image_is_complete(struct store *store, const struct descriptor *manifest, struct digest *ret_id,
		      struct err *err)
{
	cleanup(manifest_done) struct manifest parsed = {0};

	if (check_blob(store, manifest, "manifest", err) ||
	    store_read_manifest(store, &manifest->digest, &parsed, err) ||
	    check_blob(store, &parsed.config, "config", err))
		return -1;
	for (size_t i = 0; i < parsed.n_layers; i++)
		if (check_blob(store, &parsed.layers[i], "layer", err))
			return -1;
	if (ret_id)
		*ret_id = parsed.config.digest;
	return 0;
}

enum { DRAFT_IMAGE, DRAFT_NAME, N_DRAFTS };

/* The record when it is new or has to learn the name; else no draft. */
static int draft_image(struct store *store, const struct descriptor *manifest,
		       const struct digest *id, const char *name, struct record_draft *ret_draft,
		       struct err *err)
{
	cleanup(image_done) struct image image = {0};
	struct err why = {0};
	bool is_known = image_load(store, &manifest->digest, &image, &why) == 0;

	err_clear(&why); /* missing or damaged: made anew */
	if (is_known && (!name || strlist_has(&image.names, name)))
		return 0;
	if (!is_known) {
		descriptor_copy(&image.manifest, manifest);
		image.id = *id;
		image.added_ns = clock_now_ns();
	}
	if (name)
		strlist_add(&image.names, name);
	return image_draft(store, &image, ret_draft, err);
}

static int draft_name(struct store *store, const struct descriptor *manifest, const char *name,
		      struct record_draft *ret_draft, struct err *err)
{
	struct name_record record = {.text = (char *)name, .manifest = *manifest};

	if (!name || name_points_to(store, name, &manifest->digest))
		return 0;
	return name_draft(store, &record, ret_draft, err);
}

/* First what the records rely on, with their content; then their names, the image's before the one
 * that points to it. */
static int place_drafts(struct store *store, struct record_draft *drafts, struct err *err)
{
	static const char *const dirs[] = {"images", "names"};

	if (!journal_is_one(store) && record_sync_dir(store, "oci/blobs/sha256", err))
		return -1;
	if (index_mark_stale(store, err) || record_draft_place(&drafts[DRAFT_IMAGE], err) ||
	    record_draft_place(&drafts[DRAFT_NAME], err))
		return -1;
	return journal_sync_dirs(store, dirs, ARRAY_LEN(dirs), err);
}

static void drafts_done(struct record_draft (*drafts)[N_DRAFTS])
{
	for (size_t i = 0; i < N_DRAFTS; i++)
		record_draft_done(&(*drafts)[i]);
}

/* An entry of an index may bring a platform and annotations: they belong to that index. */
static struct descriptor plain_descriptor(const struct descriptor *descriptor)
{
	return (struct descriptor){
		.type = descriptor->type,
		.type_text = descriptor->type_text,
		.digest = descriptor->digest,
		.size = descriptor->size,
	};
}

static int add_image(struct store *store, const struct descriptor *manifest, const char *name,
		     struct err *err)
{
	autoclose int lock = -1, names = -1;
	cleanup(drafts_done) struct record_draft drafts[N_DRAFTS] = {0};
	struct digest id;

	if (store_lock_shared(store, &lock, err) || image_is_complete(store, manifest, &id, err) ||
	    store_lock_names(store, &names, err) ||
	    draft_image(store, manifest, &id, name, &drafts[DRAFT_IMAGE], err) ||
	    draft_name(store, manifest, name, &drafts[DRAFT_NAME], err))
		return -1;
	if (!drafts[DRAFT_IMAGE].is_open && !drafts[DRAFT_NAME].is_open)
		return 0;
	if (place_drafts(store, drafts, err))
		return -1;
	index_follow(store);
	return 0;
}

int store_add_image(struct store *store, const struct descriptor *manifest,
		    const struct reference *name, struct err *err)
{
	autofree char *text = name ? name_text(name) : NULL;
	struct descriptor plain = plain_descriptor(manifest);

	if (add_image(store, &plain, text, err))
		return err_wrap(err, "adding image '%s'", text ? text : manifest->digest.text);
	return 0;
}

int store_remove_name(struct store *store, const struct reference *name, struct err *err)
{
	autofree char *text = name_text(name);
	struct store_path path = name_path(text);
	autoclose int lock = -1, names = -1;

	if (store_lock_shared(store, &lock, err) || store_lock_names(store, &names, err) ||
	    index_mark_stale(store, err))
		return -1;
	if (unlinkat(store->fd, path.text, 0)) {
		autofree char *familiar = reference_familiar(name);
		if (errno == ENOENT)
			return err_set(err, ERR_MISSING, "no such image '%s'", familiar);
		return err_sys(err, "removing name '%s'", text);
	}
	if (record_sync_dir(store, "names", err))
		return -1;
	index_follow(store);
	return 0;
}

static int remove_names(struct store *store, const struct image *image, struct err *err)
{
	for (size_t i = 0; i < image->names.n; i++) {
		struct store_path path = name_path(image->names.items[i]);
		if (unlinkat(store->fd, path.text, 0) && errno != ENOENT)
			return err_sys(err, "removing name '%s'", image->names.items[i]);
	}
	return image->names.n ? record_sync_dir(store, "names", err) : 0;
}

int store_remove_image(struct store *store, const struct digest *manifest, struct err *err)
{
	struct store_path path = image_path(manifest);
	cleanup(image_done) struct image image = {0};
	autoclose int lock = -1, names = -1;

	if (store_lock_shared(store, &lock, err) || store_lock_names(store, &names, err))
		return -1;
	if (image_load(store, manifest, &image, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return err_set(err, ERR_MISSING, "no such image '%s'", manifest->text);
	}
	if (index_mark_stale(store, err) || remove_names(store, &image, err))
		return -1;
	if (unlinkat(store->fd, path.text, 0))
		return err_sys(err, "removing '%s'", path.text);
	if (record_sync_dir(store, "images", err))
		return -1;
	index_follow(store);
	return 0;
}

/* ---- finding ---- */

static int compare_newest_first(const void *a, const void *b)
{
	const struct image *left = a, *right = b;

	if (left->added_ns != right->added_ns)
		return left->added_ns < right->added_ns ? 1 : -1;
	return strcmp(left->manifest.digest.text, right->manifest.digest.text);
}

static int list_one(struct store *store, const char *record, struct image_list *list,
		    struct err *err)
{
	struct digest manifest;
	struct image image;

	if (!digest_of_name(record, &manifest))
		return 0;
	if (image_load(store, &manifest, &image, err)) {
		if (err->kind != ERR_MISSING) /* removed since we read the directory */
			return -1;
		err_clear(err);
		return 0;
	}
	vec_push(list, image);
	return 0;
}

int store_list_images(struct store *store, struct image_list *ret_list, struct err *err)
{
	cleanup(image_list_done) struct image_list list = {0};
	autostrlist struct strlist records = {0};

	if (record_list(store, "images", &records, err))
		return -1;
	for (size_t i = 0; i < records.n; i++)
		if (list_one(store, records.items[i], &list, err))
			return -1;
	vec_sort(&list, compare_newest_first);
	*ret_list = steal(&list);
	return 0;
}
