/* test_storage_tree.h - a storage in a scratch directory, and short words for using it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "registry/storage_fs_private.h"
#include "testing/test.h"

struct test_tree {
	struct storage *storage;
	const char *path;
	int dirfd; /* of the root */
};
struct test_tree test_tree_open(void);
void test_tree_reopen(struct test_tree *tree);
void test_tree_close(struct test_tree *tree);
bool test_tree_has(const struct test_tree *tree, const char *path); /* below docker/registry/v2 */
void test_tree_write(const struct test_tree *tree, const char *path, const char *text);
size_t test_tree_n_tmp(const struct test_tree *tree); /* files in hull/tmp */

/* Each checks that it succeeds. */
struct digest test_blob_push(struct storage *storage, const char *repository, struct str bytes);
struct digest test_manifest_push(struct storage *storage, const char *repository, const char *bytes,
				 const char *tag);
bool test_blob_is(struct storage *storage, const struct digest *digest, struct str bytes);
bool test_has_layer(struct storage *storage, const char *repository, const struct digest *digest);
/* The tag's digest; unset: there is none. */
struct digest test_tag(struct storage *storage, const char *repository, const char *tag);
