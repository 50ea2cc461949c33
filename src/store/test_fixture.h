/* test_fixture.h - stores and small images for the tests of this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/images.h"
#include "store/store.h"

/* A new store in a directory of the test; ends the test when it cannot be. */
struct store *fixture_store(void);

struct fixture_image {
	struct descriptor manifest;
	struct digest id;
	struct digest layer, diff_id; /* blob, and what it is of */
};
/* Puts the blobs of an image whose only layer is the text `content` (no tar: nobody unpacks it
 * here). `os` tells images of the same content apart. */
int fixture_put_image(struct store *store, struct lease *lease, const char *content, const char *os,
		      struct fixture_image *ret_image, struct err *err) must_check;
/* The same, and adds it by `name` (NULL: none). */
int fixture_add_image(struct store *store, const char *content, const char *name,
		      struct fixture_image *ret_image, struct err *err) must_check;
/* Publishes a layer of one file "file" with `content` over `parent` (NULL: none). */
int fixture_publish_layer(struct store *store, struct lease *lease, const struct digest *parent,
			  const struct digest *diff_id, const char *content,
			  struct layer_meta *ret_meta, struct err *err) must_check;
struct reference fixture_name(const char *text);
/* Mounts of this test program are its own from here on, and go with it even when a test fails;
 * skips the test without the right to do so. */
void fixture_own_mounts(void);
