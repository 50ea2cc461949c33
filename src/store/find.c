/* find.c - the image that a user means: by name, by ID or the start of one, by digest.
 * SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "store/images.h"
#include "store/store_private.h"

#include "base/banned.h"

#define MIN_PREFIX_DIGITS 2
#define ID_DIGITS         64

static int image_of_name(struct store *store, const char *canonical, struct image *ret_image,
			 struct err *err)
{
	struct store_path path = name_path(canonical);
	cleanup(name_record_done) struct name_record record = {0};

	if (name_read(store, path.text, &record, err))
		return -1;
	if (image_load(store, &record.manifest.digest, ret_image, err) == 0)
		return 0;
	if (err->kind == ERR_MISSING) {
		err_clear(err);
		return err_set(err, ERR_CORRUPT,
			       "'%s' points to an image that is not in the store: %s", canonical,
			       record.manifest.digest.text);
	}
	return -1;
}

int store_find_name(struct store *store, const struct reference *name, struct image *ret_image,
		    struct err *err)
{
	autofree char *canonical = name_text(name);
	autofree char *familiar = reference_familiar(name);

	if (image_of_name(store, canonical, ret_image, err) == 0)
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	/* "name@digest" of an image that came by another name: the digest says it all. */
	if (digest_is_set(&name->digest)) {
		if (image_load(store, &name->digest, ret_image, err) == 0)
			return 0;
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
	return err_set(err, ERR_MISSING, "no such image '%s'", familiar);
}

static bool is_id_prefix(const char *text)
{
	size_t len = strspn(text, "0123456789abcdef");

	return !text[len] && len >= MIN_PREFIX_DIGITS && len <= ID_DIGITS;
}

/* Several manifests of one ID are one image to a user: the latest is meant. */
static int take_match(struct image *found, struct image *image, const char *prefix, struct err *err)
{
	bool is_first = !digest_is_set(&found->id);

	if (!is_first && !digest_eq(&found->id, &image->id))
		return err_set(err, ERR_INPUT, "'%s' fits several images: %.12s and %.12s at least",
			       prefix, digest_hex(&found->id), digest_hex(&image->id));
	if (is_first || image->added_ns > found->added_ns) {
		image_done(found);
		*found = steal(image);
	}
	return 0;
}

static int image_of_prefix(struct store *store, const char *prefix, struct image *ret_image,
			   struct err *err)
{
	autostrlist struct strlist records = {0};
	cleanup(image_done) struct image found = {0};

	if (record_list(store, "images", &records, err))
		return -1;
	for (size_t i = 0; i < records.n; i++) {
		struct digest manifest;
		cleanup(image_done) struct image image = {0};
		struct err why = {0};
		bool is_read = digest_of_name(records.items[i], &manifest) &&
			       image_read_record(store, &manifest, &image, &why) == 0;
		err_clear(&why); /* a damaged record has no ID to find it by */
		if (is_read && text_starts(digest_hex(&image.id), prefix) &&
		    take_match(&found, &image, prefix, err))
			return -1;
	}
	if (!digest_is_set(&found.id))
		return err_set(err, ERR_MISSING, "no such image '%s'", prefix);
	return image_load(store, &found.manifest.digest, ret_image, err);
}

/* "sha256:…": an ID, its start, or the digest of a manifest. */
static int image_of_digest(struct store *store, const char *text, struct image *ret_image,
			   struct err *err)
{
	const char *hex = strchr(text, ':') + 1;
	struct digest manifest;

	if (digest_of_name(hex, &manifest)) {
		if (image_load(store, &manifest, ret_image, err) == 0)
			return 0;
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
	if (!is_id_prefix(hex))
		return err_set(err, ERR_INPUT, "'%s' is neither an ID nor a digest", text);
	return image_of_prefix(store, hex, ret_image, err);
}

int store_find_image(struct store *store, const char *text, struct image *ret_image,
		     struct err *err)
{
	autoref struct reference name = {0};

	if (text_starts(text, "sha256:") || text_starts(text, "sha512:"))
		return image_of_digest(store, text, ret_image, err);
	/* A name comes first, as docker has it: an image may be called "cafe". 64 digits are no
	 * name. */
	if (strlen(text) != ID_DIGITS || !is_id_prefix(text)) {
		if (reference_parse(text, &name, err))
			return -1;
		if (store_find_name(store, &name, ret_image, err) == 0)
			return 0;
		if (err->kind != ERR_MISSING || !is_id_prefix(text))
			return -1;
		err_clear(err);
	}
	return image_of_prefix(store, text, ret_image, err);
}
