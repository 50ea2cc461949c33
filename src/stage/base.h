/* base.h - the base layer: of a tarball, or an image that exists; recorded under a key of all its
 * inputs. SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "stage/settings.h"

#define BASE_CACHE_KIND "stage1"
#define BASE_KEY_LABEL  "MS_IMAGE_BUILD_KEY"

/* The key of the base layer: `base_key` with the digest of the tarball in the data directory, or
 * with the ID of the base image. "" when there is no tarball yet; a base image that does not exist
 * is ERR_MISSING. The digest of a tarball is remembered by its inode, size and times. */
int stage_base_find_key(struct store *store, const struct stage_settings *settings,
			const char *base_key, char ret_key[65], struct err *err) must_check;
/* The image recorded under that key; ERR_MISSING. */
int stage_base_cached(struct store *store, const char *key, struct image *ret_image,
		      struct err *err) must_check;
/* Imports the tarball, or takes the image, and records it. */
int stage_base_make(struct store *store, const struct stage_settings *settings, const char *key,
		    struct image *ret_image, struct err *err) must_check;
