/* test_storage_fs.c - SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "registry/test_storage_tree.h"

#include "base/banned.h"

#define HELLO_HEX "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static void check_file(const struct test_tree *tree, const char *path, const char *want)
{
	autofree char *full = xasprintf("docker/registry/v2/%s", path);
	autobuf struct buf got = {0};
	struct err err = {0};

	CHECK_OK(file_read_at(tree->dirfd, full, 0, &got, &err), &err);
	CHECK_STR(buf_text(&got), want);
}

TEST(a_push_makes_the_tree_of_the_reference)
{
	struct test_tree tree = test_tree_open();

	struct digest blob = test_blob_push(tree.storage, "team/app", STR("hello"));
	CHECK_STR(blob.text, "sha256:" HELLO_HEX);
	check_file(&tree, "blobs/sha256/2c/" HELLO_HEX "/data", "hello");
	check_file(&tree, "repositories/team/app/_layers/sha256/" HELLO_HEX "/link", blob.text);
	CHECK(test_has_layer(tree.storage, "team/app", &blob));
	CHECK(!test_has_layer(tree.storage, "team", &blob));

	struct digest manifest = test_manifest_push(tree.storage, "team/app", "{\"a\":1}", "1.0");
	const char *hex = digest_hex(&manifest);
	autofree char *revision =
		xasprintf("repositories/team/app/_manifests/revisions/sha256/%s/link", hex);
	autofree char *index =
		xasprintf("repositories/team/app/_manifests/tags/1.0/index/sha256/%s/link", hex);
	check_file(&tree, revision, manifest.text);
	check_file(&tree, index, manifest.text);
	check_file(&tree, "repositories/team/app/_manifests/tags/1.0/current/link", manifest.text);
	CHECK(test_blob_is(tree.storage, &manifest, STR("{\"a\":1}")));
	struct digest tagged = test_tag(tree.storage, "team/app", "1.0");
	CHECK(digest_eq(&tagged, &manifest));
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	CHECK(!test_tree_has(&tree, "repositories/team/app/_uploads"));
	test_tree_close(&tree);
}

TEST(a_blob_is_read_from_any_place)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	struct digest digest = test_blob_push(storage, "a", STR("0123456789"));
	struct reader *reader;
	char text[8] = "";
	uint64_t size = 0;
	struct err err = {0};

	CHECK_OK(storage->ops->blob_stat(storage, &digest, &size, &err), &err);
	CHECK_INT(size, 10);
	CHECK_OK(storage->ops->blob_reader(storage, &digest, 3, 4, &reader, &err), &err);
	CHECK_INT(reader_read(reader, text, sizeof(text), &err), 4);
	CHECK(memcmp(text, "3456", 4) == 0);
	CHECK_INT(reader_read(reader, text, sizeof(text), &err), 0);
	reader_close(reader);
	CHECK(storage->ops->blob_reader(storage, &digest, 8, 3, &reader, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	err_clear(&err);
	test_tree_close(&tree);
}

TEST(a_blob_that_is_not_there_is_missing)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	struct digest digest = digest_of_bytes("x", 1);
	uint64_t size = 77;
	struct blob_body body = {.fd = -7};
	struct err err = {0};

	CHECK(storage->ops->blob_stat(storage, &digest, &size, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_INT(size, 77);
	err_clear(&err);
	CHECK(storage->ops->blob_open(storage, &digest, &body, &err) < 0);
	CHECK_INT(body.fd, -7);
	err_clear(&err);
	CHECK(storage->ops->blob_remove(storage, &digest, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK(storage->ops->blob_quarantine(storage, &digest, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	test_tree_close(&tree);
}

TEST(a_removed_blob_leaves_no_directory)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	struct digest digest = test_blob_push(storage, "a", STR("hello"));
	struct err err = {0};

	CHECK_OK(storage->ops->blob_remove(storage, &digest, &err), &err);
	CHECK(!test_blob_is(storage, &digest, STR("hello")));
	CHECK(!test_tree_has(&tree, "blobs/sha256/2c/" HELLO_HEX));
	test_blob_push(storage, "a", STR("hello"));
	CHECK(test_blob_is(storage, &digest, STR("hello")));
	test_tree_close(&tree);
}

TEST(a_quarantined_blob_is_kept_aside)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	struct digest digest = test_blob_push(storage, "a", STR("hello"));
	autostrlist struct strlist names = {0};
	struct err err = {0};

	CHECK_OK(storage->ops->blob_quarantine(storage, &digest, &err), &err);
	CHECK(!test_blob_is(storage, &digest, STR("hello")));
	CHECK_OK(dir_list(tree.dirfd, "hull/quarantine/sha256", &names, &err), &err);
	CHECK_INT(names.n, 1);
	CHECK(text_starts(names.items[0], HELLO_HEX "-"));
	test_tree_close(&tree);
}

TEST(layers_and_revisions_are_unlinked)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	const struct storage_ops *ops = storage->ops;
	struct digest blob = test_blob_push(storage, "a", STR("hello"));
	struct digest manifest = test_manifest_push(storage, "a", "{}", "t");
	char *type = NULL;
	struct err err = {0};

	CHECK_OK(ops->link_layer(storage, "b/c", &blob, &err), &err);
	CHECK_OK(ops->link_layer(storage, "b/c", &blob, &err), &err);
	CHECK(test_has_layer(storage, "b/c", &blob));
	CHECK_OK(ops->unlink_layer(storage, "b/c", &blob, &err), &err);
	CHECK(!test_has_layer(storage, "b/c", &blob));
	CHECK(test_has_layer(storage, "a", &blob));
	CHECK(ops->unlink_layer(storage, "b/c", &blob, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);

	CHECK_OK(ops->get_revision(storage, "a", &manifest, &type, &err), &err);
	CHECK(type == NULL);
	CHECK_OK(ops->unlink_revision(storage, "a", &manifest, &err), &err);
	CHECK(ops->get_revision(storage, "a", &manifest, &type, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK(ops->unlink_revision(storage, "a", &manifest, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	test_tree_close(&tree);
}

TEST(a_media_type_is_kept_beside_the_revision)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	struct digest digest = digest_of_bytes("{}", 2);
	const char *const tags[] = {"x", "y", "x", NULL};
	struct manifest_files files = {"a", &digest, STR("{}"), "application/x", tags};
	autofree char *type = NULL;
	struct err err = {0};

	CHECK_OK(storage->ops->put_manifest(storage, &files, &err), &err);
	CHECK_OK(storage->ops->get_revision(storage, "a", &digest, &type, &err), &err);
	CHECK_STR(type, "application/x");
	struct digest x = test_tag(storage, "a", "x"), y = test_tag(storage, "a", "y");
	CHECK(digest_eq(&x, &digest) && digest_eq(&y, &digest));
	CHECK_OK(storage->ops->unlink_revision(storage, "a", &digest, &err), &err);
	autofree char *dir =
		xasprintf("repositories/a/_manifests/revisions/sha256/%s", digest_hex(&digest));
	CHECK(!test_tree_has(&tree, dir));
	test_tree_close(&tree);
}

TEST(a_tag_moves_and_is_removed_only_as_expected)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	struct digest one = test_manifest_push(storage, "a", "{\"n\":1}", "t");
	struct digest two = test_manifest_push(storage, "a", "{\"n\":2}", "t");
	struct err err = {0};

	struct digest now = test_tag(storage, "a", "t");
	CHECK(digest_eq(&now, &two));
	CHECK(storage->ops->remove_tag(storage, "a", "t", &one, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	err_clear(&err);
	CHECK_OK(storage->ops->remove_tag(storage, "a", "t", &two, &err), &err);
	CHECK(!test_tree_has(&tree, "repositories/a/_manifests/tags/t"));
	CHECK(storage->ops->remove_tag(storage, "a", "t", NULL, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	test_tree_close(&tree);
}

TEST(a_repository_with_nothing_in_it_disappears)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	const struct storage_ops *ops = storage->ops;
	struct digest blob = test_blob_push(storage, "team/app/deep", STR("hello"));
	struct digest manifest = test_manifest_push(storage, "team/app/deep", "{}", "t");
	struct err err = {0};

	CHECK_OK(ops->prune_repository(storage, "team/app/deep", &err), &err);
	CHECK(test_has_layer(storage, "team/app/deep", &blob));
	CHECK_OK(ops->remove_tag(storage, "team/app/deep", "t", NULL, &err), &err);
	CHECK_OK(ops->unlink_revision(storage, "team/app/deep", &manifest, &err), &err);
	CHECK_OK(ops->unlink_layer(storage, "team/app/deep", &blob, &err), &err);
	test_blob_push(storage, "team", STR("x"));
	CHECK_OK(ops->prune_repository(storage, "team/app/deep", &err), &err);
	CHECK(!test_tree_has(&tree, "repositories/team/app"));
	CHECK(test_tree_has(&tree, "repositories/team/_layers"));
	test_blob_push(storage, "team/app/deep", STR("hello"));
	CHECK(test_has_layer(storage, "team/app/deep", &blob));
	test_tree_close(&tree);
}

TEST(two_servers_do_not_share_a_storage)
{
	struct test_tree tree = test_tree_open();
	struct storage_fs_options options = {0}, reading = {.read_only = true};
	struct storage *other = NULL;
	struct err err = {0};
	autofree char *who = xasprintf("(pid %ld)", (long)getpid());

	CHECK(storage_fs_open(tree.path, &options, &other, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	CHECK(strstr(err_text(&err), who) != NULL);
	CHECK(other == NULL);
	err_clear(&err);
	struct digest digest = test_blob_push(tree.storage, "a", STR("hello"));
	CHECK_OK(storage_fs_open(tree.path, &reading, &other, &err), &err);
	CHECK(test_blob_is(other, &digest, STR("hello")));
	CHECK(test_has_layer(other, "a", &digest));
	storage_close(other);
	test_tree_close(&tree);
}

TEST(a_storage_for_reading_changes_nothing)
{
	struct test_tree tree = test_tree_open();
	struct digest digest = test_manifest_push(tree.storage, "a", "{}", "t");
	struct storage_fs_options reading = {.read_only = true};
	struct manifest_files files = {.repository = "a", .digest = &digest, .bytes = STR("{}")};
	struct storage *storage = NULL;
	struct upload *upload;
	struct err err = {0};

	CHECK_OK(storage_fs_open(tree.path, &reading, &storage, &err), &err);
	const struct storage_ops *ops = storage->ops;
	const int results[] = {
		(ops->blob_remove(storage, &digest, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->blob_quarantine(storage, &digest, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->upload_start(storage, "a", HASH_SHA256, &upload, &err) &&
		 err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->put_manifest(storage, &files, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->link_layer(storage, "a", &digest, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->unlink_layer(storage, "a", &digest, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->unlink_revision(storage, "a", &digest, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->remove_tag(storage, "a", "t", NULL, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->prune_repository(storage, "a", &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
		(ops->upload_purge(storage, 0, false, NULL, NULL, &err) && err.kind == ERR_DENIED),
		(err_clear(&err), 1),
	};
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		CHECK(results[i]);
	struct digest tagged = test_tag(storage, "a", "t");
	CHECK(digest_eq(&tagged, &digest));
	storage_close(storage);
	test_tree_close(&tree);
}

TEST(a_storage_for_reading_must_be_there)
{
	const char *path;
	struct storage_fs_options reading = {.read_only = true};
	struct storage *storage = NULL;
	struct err err = {0};

	test_dir(&path);
	CHECK(storage_fs_open(path, &reading, &storage, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
}

/* Hostile or broken things in the tree. */

TEST(an_empty_or_torn_link_is_as_if_it_were_not_there)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	struct digest digest = test_blob_push(storage, "a", STR("hello"));
	static const char *const torn[] = {"", "sha256:2cf2", "sha256:" HELLO_HEX "\n",
					   "sha256:" HELLO_HEX HELLO_HEX HELLO_HEX};

	for (size_t i = 0; i < ARRAY_LEN(torn); i++) {
		test_tree_write(&tree, "repositories/a/_layers/sha256/" HELLO_HEX "/link", torn[i]);
		CHECK(!test_has_layer(storage, "a", &digest));
		test_tree_write(&tree, "repositories/a/_manifests/tags/t/current/link", torn[i]);
		struct digest tag = test_tag(storage, "a", "t");
		CHECK(!digest_is_set(&tag));
	}
	test_blob_push(storage, "a", STR("hello"));
	CHECK(test_has_layer(storage, "a", &digest));
	test_manifest_push(storage, "a", "{}", "t");
	struct digest tag = test_tag(storage, "a", "t");
	CHECK(digest_is_set(&tag));
	test_tree_close(&tree);
}

TEST(a_blob_of_the_wrong_size_is_replaced_by_a_push)
{
	struct test_tree tree = test_tree_open();
	struct digest digest = digest_of_bytes("hello", 5);

	test_tree_write(&tree, "blobs/sha256/2c/" HELLO_HEX "/data", "hell");
	test_blob_push(tree.storage, "a", STR("hello"));
	CHECK(test_blob_is(tree.storage, &digest, STR("hello")));
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	test_tree_close(&tree);
}

TEST(links_of_the_file_system_are_never_followed)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	const char *outside;
	int outsidefd = test_dir(&outside);
	struct digest digest = digest_of_bytes("hello", 5);
	struct upload *upload;
	uint64_t size;
	struct err err = {0};

	CHECK_OK(dir_make_all(tree.dirfd, "docker/registry/v2/repositories/a", 0755, &err), &err);
	CHECK_OK(dir_make_all(tree.dirfd, "docker/registry/v2/blobs/sha256", 0755, &err), &err);
	CHECK(symlinkat(outside, tree.dirfd, "docker/registry/v2/repositories/a/_layers") == 0);
	CHECK(symlinkat(outside, tree.dirfd, "docker/registry/v2/repositories/b") == 0);
	CHECK(symlinkat(outside, tree.dirfd, "docker/registry/v2/blobs/sha256/2c") == 0);
	CHECK(storage->ops->link_layer(storage, "a", &digest, &err) < 0);
	err_clear(&err);
	CHECK(storage->ops->link_layer(storage, "b", &digest, &err) < 0);
	err_clear(&err);
	CHECK(!test_has_layer(storage, "a", &digest));
	CHECK_OK(storage->ops->upload_start(storage, "c", HASH_SHA256, &upload, &err), &err);
	CHECK_OK(storage->ops->upload_write(upload, "hello", 5, &err), &err);
	CHECK(storage->ops->upload_commit(upload, &digest, &size, &err) < 0);
	err_clear(&err);
	storage->ops->upload_close(upload);
	autostrlist struct strlist names = {0};
	CHECK_OK(dir_list(outsidefd, ".", &names, &err), &err);
	CHECK_INT(names.n, 0);
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	test_tree_close(&tree);
}

/* Walking. */

struct heard {
	struct strlist things;
	struct strlist odd;
};

static int hear_name(const char *repository, void *arg, struct err *err)
{
	(void)err;
	strlist_add(&((struct heard *)arg)->things, repository);
	return 0;
}

static int hear_digest(const struct digest *digest, void *arg, struct err *err)
{
	return hear_name(digest->text, arg, err);
}

static int hear_blob(const struct digest *digest, uint64_t size, void *arg, struct err *err)
{
	(void)err;
	strlist_addf(&((struct heard *)arg)->things, "%.15s %d", digest->text, (int)size);
	return 0;
}

static int hear_tag(const char *tag, const struct digest *digest, void *arg, struct err *err)
{
	(void)err;
	strlist_addf(&((struct heard *)arg)->things, "%s %.15s", tag, digest->text);
	return 0;
}

static void hear_odd(const char *path, const char *what, void *arg)
{
	(void)what;
	strlist_add(&((struct heard *)arg)->odd, path);
}

static void check_heard(struct heard *heard, const char *things, const char *odd)
{
	strlist_sort(&heard->things);
	strlist_sort(&heard->odd);
	autofree char *got = strlist_join(&heard->things, ", ");
	autofree char *got_odd = strlist_join(&heard->odd, ", ");
	CHECK_STR(got, things);
	CHECK_STR(got_odd, odd);
	strlist_done(&heard->things);
	strlist_done(&heard->odd);
}

/* Another registry may serve it: the walk tells all it can, and that this is not all. */
TEST(a_repository_without_a_proper_name_is_not_overlooked)
{
	static const char *const hiding[] = {"Team/_manifests/x", "team~/app/_layers/x"};

	for (size_t i = 0; i <= ARRAY_LEN(hiding); i++) {
		struct test_tree tree = test_tree_open();
		const struct storage_ops *ops = tree.storage->ops;
		struct heard heard = {0};
		struct err err = {0};
		int repositories = openat(fs_of(tree.storage)->treefd, "repositories", O_PATH);

		CHECK(repositories >= 0);
		test_blob_push(tree.storage, "a", STR("hello"));
		if (i < ARRAY_LEN(hiding)) {
			autofree char *path = xasprintf("repositories/%s", hiding[i]);
			test_tree_write(&tree, path, "");
		} else {
			CHECK(symlinkat("a", repositories, "b") == 0);
		}
		CHECK(ops->walk_repositories(tree.storage, hear_name, &heard, &err) < 0);
		CHECK_INT(err.kind, ERR_DENIED);
		check_heard(&heard, "a", "");
		err_clear(&err);
		close(repositories);
		test_tree_close(&tree);
	}
}

TEST(walks_tell_everything_and_pass_over_junk)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	const struct storage_ops *ops = storage->ops;
	struct heard heard = {0};
	struct err err = {0};

	storage->odd = hear_odd;
	storage->odd_arg = &heard;
	test_blob_push(storage, "team", STR("hello"));
	test_blob_push(storage, "team/app", STR("hello"));
	test_manifest_push(storage, "team/app/x", "{}", "t");
	test_tree_write(&tree, "repositories/junk/file", "");
	test_tree_write(&tree, "repositories/team/app/_layers/sha256/beef/link", "");
	test_tree_write(&tree, "repositories/team/app/x/_manifests/tags/u/current/link", "");
	test_tree_write(&tree, "blobs/sha256/2c/2cff/data", "");
	test_tree_write(&tree, "blobs/sha256/lost+found/data", "");
	CHECK_OK(ops->walk_repositories(storage, hear_name, &heard, &err), &err);
	check_heard(&heard, "team, team/app, team/app/x", "junk/file");
	CHECK_OK(ops->walk_blobs(storage, hear_blob, &heard, &err), &err);
	check_heard(&heard, "sha256:2cf24dba 5, sha256:44136fa3 2", "lost+found, sha256:2cff");
	CHECK_OK(ops->walk_layers(storage, "team/app", hear_digest, &heard, &err), &err);
	check_heard(&heard, "sha256:" HELLO_HEX, "repositories/team/app/_layers/sha256/beef");
	CHECK_OK(ops->walk_tags(storage, "team/app/x", hear_tag, &heard, &err), &err);
	check_heard(&heard, "t sha256:44136fa3", "u");
	CHECK_OK(ops->walk_revisions(storage, "team/app/x", hear_digest, &heard, &err), &err);
	CHECK_INT(heard.things.n, 1);
	strlist_done(&heard.things);
	CHECK_OK(ops->walk_tags(storage, "nobody", hear_tag, &heard, &err), &err);
	check_heard(&heard, "", "");
	test_tree_close(&tree);
}

static int stop(const char *repository, void *arg, struct err *err)
{
	(void)repository, (void)arg;
	return err_set(err, ERR_LIMIT, "enough");
}

TEST(a_walk_stops_when_told)
{
	struct test_tree tree = test_tree_open();
	struct err err = {0};

	test_blob_push(tree.storage, "a", STR("hello"));
	test_blob_push(tree.storage, "b", STR("hello"));
	CHECK(tree.storage->ops->walk_repositories(tree.storage, stop, NULL, &err) < 0);
	CHECK_STR(err_text(&err), "enough");
	err_clear(&err);
	test_tree_close(&tree);
}
