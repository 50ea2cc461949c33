/* images.h - images and their names in the store.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/image_config.h"
#include "store/store.h"

struct image { /* one image as the store knows it */
	struct descriptor manifest;
	struct digest id;     /* digest of the config: docker's image ID */
	struct strlist names; /* canonical references that point here, sorted */
	int64_t added_ns;     /* when it came into this store */
};
void image_done(struct image *image);

/* Records the image (all blobs must be there: ERR_MISSING names the first that is not) and, when
 * `name` is given, points the name at it; the image that had the name before stays, untagged.
 * Durable. */
int store_add_image(struct store *store, const struct descriptor *manifest,
		    const struct reference *name, struct err *err) must_check;
int store_remove_name(struct store *store, const struct reference *name,
		      struct err *err) must_check;
/* Forgets the image and all its names; blobs and layers go with the next sweep. */
int store_remove_image(struct store *store, const struct digest *manifest,
		       struct err *err) must_check;
struct image_list {
	struct image *items;
	size_t n, cap;
};
int store_list_images(struct store *store, struct image_list *ret_list,
		      struct err *err) must_check; /* newest first */
void image_list_done(struct image_list *list);
/* What a user typed: a name (default tag latest), an ID or a prefix of one (>= 2 digits, unique), a
 * digest. ERR_MISSING "no such image 'x'" ; ERR_INPUT when a prefix fits several. */
int store_find_image(struct store *store, const char *text, struct image *ret_image,
		     struct err *err) must_check;
int store_find_name(struct store *store, const struct reference *name, struct image *ret_image,
		    struct err *err) must_check;
int store_read_manifest(struct store *store, const struct digest *digest,
			struct manifest *ret_manifest, struct err *err) must_check;
int store_read_config(struct store *store, const struct digest *id, struct image_config *ret_config,
		      struct err *err) must_check;

/* ---- answers of earlier builds ---- */
/* `key` is hex. A text of at most 64 KiB. ERR_MISSING when there is none. */
int store_cache_get(struct store *store, const char *kind, const char *key, char **ret_text,
		    struct err *err) must_check;
int store_cache_put(struct store *store, const char *kind, const char *key, const char *text,
		    struct err *err) must_check;
