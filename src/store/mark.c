/* mark.c - what the roots hold: images and leases, their blobs, their layers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/limits.h"
#include "store/store_private.h"

#include "base/banned.h"

struct walk {
	struct store *store;
	struct marks *marks;
};

void marks_done(struct marks *marks)
{
	map_done(&marks->blobs);
	map_done(&marks->layers);
}

/* Returns whether it is new. */
static bool mark(struct map *map, const struct digest *digest)
{
	if (map_has(map, digest->text))
		return false;
	map_set(map, digest->text, map);
	return true;
}

/* A layer with its parents, and the blobs that they can be made from again. */
static void mark_layer(struct walk *walk, const struct digest *chain_id)
{
	struct digest next = *chain_id;

	while (digest_is_set(&next) && mark(&walk->marks->layers, &next)) {
		struct layer_meta meta;
		struct err why = {0};
		if (store_layer_meta(walk->store, &next, &meta, &why)) {
			err_clear(&why); /* not unpacked, or damaged: the check speaks of it */
			return;
		}
		if (digest_is_set(&meta.blob))
			mark(&walk->marks->blobs, &meta.blob);
		next = meta.parent;
	}
}

static int mark_config(struct walk *walk, const struct descriptor *config, struct err *err)
{
	cleanup(image_config_done) struct image_config parsed = {0};
	struct digest chain_id = {0};

	if (config->type != MEDIA_OCI_CONFIG && config->type != MEDIA_DOCKER_CONFIG)
		return 0;
	if (store_read_config(walk->store, &config->digest, &parsed, err))
		return -1;
	for (size_t i = 0; i < parsed.n_diff_ids; i++) {
		chain_id = digest_chain(i ? &chain_id : NULL, &parsed.diff_ids[i]);
		mark_layer(walk, &chain_id);
	}
	return 0;
}

static int mark_manifest(struct walk *walk, const struct manifest *manifest, struct err *err)
{
	mark(&walk->marks->blobs, &manifest->config.digest);
	for (size_t i = 0; i < manifest->n_layers; i++)
		mark(&walk->marks->blobs, &manifest->layers[i].digest);
	return mark_config(walk, &manifest->config, err);
}

static int mark_image(struct walk *walk, const struct digest *digest, struct err *err)
{
	cleanup(manifest_done) struct manifest manifest = {0};

	mark(&walk->marks->blobs, digest);
	if (store_read_manifest(walk->store, digest, &manifest, err) ||
	    mark_manifest(walk, &manifest, err)) {
		err->kind = ERR_CORRUPT;
		return err_wrap(err, "cannot know what image %s holds", digest->text);
	}
	return 0;
}

static int mark_images(struct walk *walk, struct err *err)
{
	autostrlist struct strlist records = {0};

	if (record_list(walk->store, "images", &records, err))
		return -1;
	for (size_t i = 0; i < records.n; i++) {
		struct digest digest;
		/* The name of the record is enough: a damaged one still holds its image. */
		if (digest_of_name(records.items[i], &digest) && mark_image(walk, &digest, err))
			return -1;
	}
	return 0;
}

/* A name whose image record was lost can be made whole again, as long as its blobs are there. */
static int mark_names(struct walk *walk, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(walk->store, "names", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct store_path path = path_format("names/%s", names.items[i]);
		cleanup(name_record_done) struct name_record record = {0};
		struct err why = {0};
		if (name_read(walk->store, path.text, &record, &why) ||
		    mark_image(walk, &record.manifest.digest, &why))
			err_clear(&why);
	}
	return 0;
}

static void mark_leased_index(struct walk *walk, const struct buf *text)
{
	cleanup(index_done) struct index index = {0};
	struct err why = {0};

	if (index_parse("", buf_str(text), &index, &why))
		err_clear(&why);
	for (size_t i = 0; i < index.n_entries; i++)
		if (mark(&walk->marks->blobs, &index.entries[i].digest) &&
		    mark_image(walk, &index.entries[i].digest, &why))
			err_clear(&why); /* not all of them were pulled */
}

/* A leased blob may be a manifest or an index: then it holds what it names, as far as that is
 * there. */
static void mark_leased_blob(struct walk *walk, const struct digest *digest)
{
	autobuf struct buf text = {0};
	cleanup(manifest_done) struct manifest manifest = {0};
	struct err why = {0};
	uint64_t size;

	mark(&walk->marks->blobs, digest);
	if (!store_has_blob(walk->store, digest, &size) || size > LIMIT_MANIFEST_BYTES ||
	    store_read_blob(walk->store, digest, LIMIT_MANIFEST_BYTES, &text, &why) ||
	    !text_starts(buf_text(&text), "{")) {
		err_clear(&why);
		return;
	}
	if (manifest_parse("", buf_str(&text), &manifest, &why)) {
		err_clear(&why);
		mark_leased_index(walk, &text);
	} else if (mark_manifest(walk, &manifest, &why)) {
		err_clear(&why);
	}
}

static int mark_line(bool is_layer, const struct digest *digest, void *arg, struct err *err)
{
	if (is_layer)
		mark_layer(arg, digest);
	else
		mark_leased_blob(arg, digest);
	(void)err;
	return 0;
}

static int mark_leases(struct walk *walk, struct err *err)
{
	autostrlist struct strlist leases = {0};

	if (record_list(walk->store, "leases", &leases, err))
		return -1;
	for (size_t i = 0; i < leases.n; i++) {
		bool is_alive;
		if (lease_is_alive(walk->store, leases.items[i], &is_alive, err) ||
		    (is_alive && lease_read(walk->store, leases.items[i], mark_line, walk, err)))
			return -1;
	}
	return 0;
}

int marks_collect(struct store *store, struct marks *ret_marks, struct err *err)
{
	cleanup(marks_done) struct marks marks = {0};
	struct walk walk = {store, &marks};

	if (mark_images(&walk, err) || mark_names(&walk, err) || mark_leases(&walk, err))
		return -1;
	*ret_marks = steal(&marks);
	return 0;
}
