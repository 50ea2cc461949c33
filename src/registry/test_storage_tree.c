/* test_storage_tree.c - a storage in a scratch directory, and short words for using it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/test_storage_tree.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"

#include "base/banned.h"

#define V2 "docker/registry/v2/"

static void open_at(struct test_tree *tree)
{
	struct storage_fs_options options = {0};
	struct err err = {0};

	CHECK_OK(storage_fs_open(tree->path, &options, &tree->storage, &err), &err);
}

struct test_tree test_tree_open(void)
{
	struct test_tree tree = {0};

	tree.dirfd = test_dir(&tree.path);
	open_at(&tree);
	return tree;
}

void test_tree_reopen(struct test_tree *tree)
{
	storage_close(tree->storage);
	open_at(tree);
}

void test_tree_close(struct test_tree *tree)
{
	storage_close(tree->storage);
	tree->storage = NULL;
}

bool test_tree_has(const struct test_tree *tree, const char *path)
{
	autofree char *full = xasprintf(V2 "%s", path);

	return faccessat(tree->dirfd, full, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void test_tree_write(const struct test_tree *tree, const char *path, const char *text)
{
	autofree char *full = xasprintf(V2 "%s", path);
	autofree char *dir = xstrndup(full, (size_t)(path_base(full) - full - 1));
	struct err err = {0};

	CHECK_OK(dir_make_all(tree->dirfd, dir, 0755, &err), &err);
	CHECK_OK(file_write_at(tree->dirfd, full, text, strlen(text), 0644, FILE_NO_SYNC, &err),
		 &err);
}

size_t test_tree_n_tmp(const struct test_tree *tree)
{
	autostrlist struct strlist names = {0};
	struct err err = {0};

	CHECK_OK(dir_list(tree->dirfd, "hull/tmp", &names, &err), &err);
	return names.n;
}

struct digest test_blob_push(struct storage *storage, const char *repository, struct str bytes)
{
	const struct storage_ops *ops = storage->ops;
	struct digest digest = digest_of_bytes(bytes.ptr, bytes.len);
	struct upload *upload;
	uint64_t size = 0;
	struct err err = {0};

	CHECK_OK(ops->upload_start(storage, repository, HASH_SHA256, &upload, &err), &err);
	CHECK_OK(ops->upload_write(upload, bytes.ptr, bytes.len, &err), &err);
	CHECK_OK(ops->upload_commit(upload, &digest, &size, &err), &err);
	ops->upload_close(upload);
	CHECK_INT(size, bytes.len);
	return digest;
}

struct digest test_manifest_push(struct storage *storage, const char *repository, const char *bytes,
				 const char *tag)
{
	struct digest digest = digest_of_bytes(bytes, strlen(bytes));
	const char *tags[] = {tag, NULL};
	struct manifest_files files = {
		.repository = repository,
		.digest = &digest,
		.bytes = str_of(bytes),
		.tags = tags,
	};
	struct err err = {0};

	CHECK_OK(storage->ops->put_manifest(storage, &files, &err), &err);
	return digest;
}

bool test_blob_is(struct storage *storage, const struct digest *digest, struct str bytes)
{
	autoerr struct err err = {0};
	struct blob_body body;
	autobuf struct buf got = {.max = bytes.len + 1};

	if (storage->ops->blob_open(storage, digest, &body, &err))
		return false;
	autoclose int fd = body.fd;
	return body.size == bytes.len && io_read_all(fd, &got, &err) == 0 &&
	       str_eq(buf_str(&got), bytes);
}

bool test_has_layer(struct storage *storage, const char *repository, const struct digest *digest)
{
	struct err err = {0};
	bool has;

	CHECK_OK(storage->ops->has_layer(storage, repository, digest, &has, &err), &err);
	return has;
}

struct digest test_tag(struct storage *storage, const char *repository, const char *tag)
{
	autoerr struct err err = {0};
	struct digest digest = {0};

	if (storage->ops->get_tag(storage, repository, tag, &digest, &err))
		CHECK_INT(err.kind, ERR_MISSING);
	return digest;
}
