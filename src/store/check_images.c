/* check_images.c - image records, the names that point to them, the index that follows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "base/clock.h"
#include "store/check_private.h"

#include "base/banned.h"

/* The descriptor of a manifest of which only the digest is known; as sound as the blob itself. */
static int describe(struct store *store, const struct digest *digest,
		    struct descriptor *ret_descriptor, struct err *err)
{
	cleanup(manifest_done) struct manifest manifest = {0};
	struct descriptor descriptor = {.digest = *digest};

	if (store_read_manifest(store, digest, &manifest, err))
		return -1;
	descriptor.type = manifest.type;
	store_has_blob(store, digest, &descriptor.size);
	*ret_descriptor = descriptor;
	return 0;
}

static int collect_names(struct store *store, const struct digest *digest, struct strlist *names,
			 struct err *err)
{
	autostrlist struct strlist files = {0};

	if (record_list(store, "names", &files, err))
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		struct store_path path = path_format("names/%s", files.items[i]);
		cleanup(name_record_done) struct name_record name = {0};
		struct err why = {0};
		if (name_read(store, path.text, &name, &why) == 0 &&
		    digest_eq(&name.manifest.digest, digest))
			strlist_add(names, name.text);
		err_clear(&why);
	}
	return 0;
}

/* Makes the record of an image anew. *ret_made is false when not all of its blobs are there. */
static int make_record(struct check *check, const struct digest *digest, bool *ret_made,
		       struct err *err)
{
	struct store *store = check->store;
	cleanup(image_done) struct image old = {0}, image = {.added_ns = clock_now_ns()};
	struct err why = {0};

	*ret_made = false;
	if (image_read_record(store, digest, &old, &why) == 0)
		image.added_ns = old.added_ns;
	err_clear(&why);
	if (describe(store, digest, &image.manifest, &why) ||
	    image_is_complete(store, &image.manifest, &image.id, &why)) {
		err_clear(&why);
		return 0;
	}
	if (collect_names(store, digest, &image.names, err) ||
	    image_write_record(store, &image, err))
		return -1;
	*ret_made = true;
	return 0;
}

static int make_blobs(struct check *check, const struct digest *digest, struct err *err)
{
	cleanup(manifest_done) struct manifest manifest = {0};
	struct err why = {0};

	if (store_read_manifest(check->store, digest, &manifest, &why))
		err_clear(&why);
	for (size_t i = 0; i < manifest.n_layers; i++) {
		const struct digest *blob = &manifest.layers[i].digest;
		if (!store_has_blob(check->store, blob, NULL) && check_make_blob(check, blob, err))
			return -1;
	}
	return 0;
}

/* What is wrong with the image, or NULL. */
static char *image_fault(struct check *check, const struct digest *digest)
{
	cleanup(image_done) struct image image = {0};
	struct err why = {0};
	struct digest id;
	char *fault = NULL;

	if (image_read_record(check->store, digest, &image, &why) ||
	    image_is_complete(check->store, &image.manifest, &id, &why))
		fault = xstrdup(err_text(&why));
	else if (!digest_eq(&id, &image.id))
		fault = xasprintf("its record says ID %s, its manifest %s", image.id.text, id.text);
	err_clear(&why);
	return fault;
}

static int repair_image(struct check *check, const char *path, const struct digest *digest,
			bool *ret_repaired, struct err *err)
{
	*ret_repaired = false;
	if (!check->options->repair)
		return 0;
	if (make_blobs(check, digest, err) || make_record(check, digest, ret_repaired, err))
		return -1;
	return *ret_repaired ? 0 : check_drop(check, path, ret_repaired, err);
}

static int check_image(struct check *check, const char *record, struct err *err)
{
	struct store_path path = path_format("images/%s", record);
	struct digest digest;
	bool is_repaired;

	check->result.n_images++;
	if (!digest_of_name(record, &digest)) {
		if (check_drop(check, path.text, &is_repaired, err))
			return -1;
		check_tell(check, xstrdup(path.text), xstrdup("its name is no digest"),
			   is_repaired);
		return 0;
	}
	char *fault = image_fault(check, &digest);
	if (!fault)
		return 0;
	if (repair_image(check, path.text, &digest, &is_repaired, err)) {
		free(fault);
		return -1;
	}
	check_tell(check, xasprintf("image %s", digest.text), fault, is_repaired);
	return 0;
}

int check_images(struct check *check, struct err *err)
{
	autostrlist struct strlist records = {0};

	if (record_list(check->store, "images", &records, err))
		return -1;
	for (size_t i = 0; i < records.n; i++)
		if (check_image(check, records.items[i], err))
			return -1;
	return check->options->repair ? record_sync_dir(check->store, "images", err) : 0;
}

/* A name needs an image, and the image must list it (see images.c). */
static int check_pointer(struct check *check, const char *path, const struct name_record *name,
			 struct err *err)
{
	cleanup(image_done) struct image image = {0};
	struct err why = {0};
	const struct digest *digest = &name->manifest.digest;
	bool is_missing = image_read_record(check->store, digest, &image, &why) != 0;
	bool is_repaired = false;

	err_clear(&why);
	if (!is_missing && strlist_has(&image.names, name->text))
		return 0;
	if (is_missing) {
		if (check->options->repair &&
		    (make_record(check, digest, &is_repaired, err) ||
		     (!is_repaired && check_drop(check, path, &is_repaired, err))))
			return -1;
		check_tell(check, xasprintf("name %s", name->text),
			   xasprintf("it points to an image that is not there: %s", digest->text),
			   is_repaired);
		return 0;
	}
	if (check->options->repair) {
		strlist_add(&image.names, name->text);
		if (image_write_record(check->store, &image, err))
			return -1;
	}
	check_tell(check, xasprintf("name %s", name->text),
		   xasprintf("image %s does not list it", digest->text), check->options->repair);
	return 0;
}

static int check_name(struct check *check, const char *file, struct err *err)
{
	struct store_path path = path_format("names/%s", file);
	cleanup(name_record_done) struct name_record name = {0};
	struct err why = {0};
	bool is_gone;

	check->result.n_names++;
	if (name_read(check->store, path.text, &name, &why) == 0)
		return check_pointer(check, path.text, &name, err);
	char *fault = xstrdup(err_text(&why));
	err_clear(&why);
	if (check_drop(check, path.text, &is_gone, err)) {
		free(fault);
		return -1;
	}
	check_tell(check, xstrdup(path.text), fault, is_gone);
	return 0;
}

int check_names(struct check *check, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(check->store, "names", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (check_name(check, names.items[i], err))
			return -1;
	return check->options->repair ? record_sync_dir(check->store, "names", err) : 0;
}

int check_index(struct check *check, struct err *err)
{
	autobuf struct buf is = {.max = LIMIT_STORE_INDEX}, expected = {.max = LIMIT_STORE_INDEX};
	struct err why = {0};
	bool repair = check->options->repair;

	if (index_text(check->store, &expected, err))
		return -1;
	if (record_read(check->store, "oci/index.json", LIMIT_STORE_INDEX, &is, &why) == 0 &&
	    text_eq(buf_text(&is), buf_text(&expected)))
		return 0;
	err_clear(&why);
	/* Known to be behind, and made up for as soon as there is room. */
	if (!repair && index_is_stale(check->store))
		return 0;
	/* After repairs it has to follow what is left: that is no finding of its own. */
	if (repair && index_refresh(check->store, err))
		return -1;
	if (!repair || check->result.n_repaired == 0)
		check_tell(check, xstrdup("oci/index.json"),
			   xstrdup("it does not follow the names and images"), repair);
	return 0;
}
