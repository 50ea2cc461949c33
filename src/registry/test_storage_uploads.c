/* test_storage_uploads.c - SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "registry/limits.h"
#include "registry/test_storage_tree.h"

#include "base/banned.h"

static struct upload *start(struct storage *storage, const char *repository)
{
	struct upload *upload;
	struct err err = {0};

	CHECK_OK(storage->ops->upload_start(storage, repository, HASH_SHA256, &upload, &err), &err);
	return upload;
}

static void send_bytes(struct upload *upload, struct str bytes)
{
	struct err err = {0};

	CHECK_OK(upload->fs->storage.ops->upload_write(upload, bytes.ptr, bytes.len, &err), &err);
}

/* Lets go of it; the identifier is what a client would have. */
static void let_go(struct upload *upload, char id[UPLOAD_ID_MAX])
{
	const struct storage_ops *ops = upload->fs->storage.ops;
	struct upload_facts facts;

	ops->upload_facts(upload, &facts);
	memcpy(id, facts.id, UPLOAD_ID_MAX);
	ops->upload_close(upload);
}

static struct upload *resume(struct storage *storage, const char *repository, const char *id)
{
	struct upload *upload;
	struct err err = {0};

	CHECK_OK(storage->ops->upload_open(storage, repository, id, &upload, &err), &err);
	return upload;
}

static enum err_kind resume_fails(struct storage *storage, const char *repository, const char *id)
{
	autoerr struct err err = {0};
	struct upload *upload = NULL;

	CHECK(storage->ops->upload_open(storage, repository, id, &upload, &err) < 0);
	CHECK(upload == NULL);
	return err.kind;
}

static void finish(struct upload *upload, struct digest digest, uint64_t want)
{
	const struct storage_ops *ops = upload->fs->storage.ops;
	uint64_t size = 0;
	struct err err = {0};

	CHECK_OK(ops->upload_commit(upload, &digest, &size, &err), &err);
	CHECK_INT(size, want);
	ops->upload_close(upload);
}

TEST(a_session_goes_on_in_the_next_request)
{
	struct test_tree tree = test_tree_open();
	struct upload_facts facts;
	char id[UPLOAD_ID_MAX];
	struct err err = {0};

	struct upload *upload = start(tree.storage, "a");
	let_go(upload, id);
	CHECK_INT(strlen(id), 36);
	upload = resume(tree.storage, "a", id);
	send_bytes(upload, STR("hel"));
	let_go(upload, id);
	CHECK_OK(tree.storage->ops->upload_stat(tree.storage, "a", id, &facts, &err), &err);
	CHECK_INT(facts.offset, 3);
	CHECK(facts.last_change_ns > clock_now_ns() - 60 * NS_PER_SEC);
	upload = resume(tree.storage, "a", id);
	send_bytes(upload, STR("lo"));
	finish(upload, digest_of_bytes("hello", 5), 5);
	CHECK_INT(resume_fails(tree.storage, "a", id), ERR_MISSING);
	autofree char *dir = xasprintf("repositories/a/_uploads/%s", id);
	CHECK(!test_tree_has(&tree, dir));
	test_tree_close(&tree);
}

TEST(a_session_survives_a_restart)
{
	struct test_tree tree = test_tree_open();
	char id[UPLOAD_ID_MAX];
	struct digest digest = digest_of_bytes("hello world", 11);

	struct upload *upload = start(tree.storage, "a");
	send_bytes(upload, STR("hello "));
	let_go(upload, id);
	test_tree_reopen(&tree);
	upload = resume(tree.storage, "a", id);
	CHECK_INT(upload->offset, 6);
	send_bytes(upload, STR("wor"));
	let_go(upload, id);
	test_tree_reopen(&tree);
	upload = resume(tree.storage, "a", id);
	send_bytes(upload, STR("ld"));
	finish(upload, digest, 11);
	CHECK(test_blob_is(tree.storage, &digest, STR("hello world")));
	test_tree_close(&tree);
}

static void check_startedat(const struct test_tree *tree, const char *id)
{
	autobuf struct buf text = {0};
	int64_t when = 0;
	struct err err = {0};
	autofree char *path =
		xasprintf("docker/registry/v2/repositories/a/_uploads/%s/startedat", id);

	CHECK_OK(file_read_at(tree->dirfd, path, 0, &text, &err), &err);
	CHECK_INT(text.len, strlen("2026-01-02T03:04:05Z"));
	CHECK(clock_parse_rfc3339(buf_str(&text), &when));
	CHECK(when > clock_now_ns() - 60 * NS_PER_SEC);
}

TEST(startedat_is_what_the_purger_of_the_reference_reads)
{
	struct test_tree tree = test_tree_open();
	char received[UPLOAD_ID_MAX], empty[UPLOAD_ID_MAX];

	struct upload *upload = start(tree.storage, "a");
	send_bytes(upload, STR("hello"));
	let_go(upload, received);
	check_startedat(&tree, received);
	let_go(start(tree.storage, "a"), empty);
	test_tree_reopen(&tree);
	check_startedat(&tree, empty);
	check_startedat(&tree, received);
	test_tree_close(&tree);
}

TEST(a_session_has_one_holder_and_one_repository)
{
	struct test_tree tree = test_tree_open();
	char id[UPLOAD_ID_MAX];
	struct err err = {0};

	struct upload *upload = start(tree.storage, "a");
	let_go(upload, id);
	upload = resume(tree.storage, "a", id);
	CHECK_INT(resume_fails(tree.storage, "a", id), ERR_EXISTS);
	CHECK(tree.storage->ops->upload_cancel(tree.storage, "a", id, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	err_clear(&err);
	let_go(upload, id);
	CHECK_INT(resume_fails(tree.storage, "b", id), ERR_MISSING);
	CHECK_OK(tree.storage->ops->upload_cancel(tree.storage, "a", id, &err), &err);
	CHECK_INT(resume_fails(tree.storage, "a", id), ERR_MISSING);
	test_tree_close(&tree);
}

TEST(an_identifier_that_is_none_is_unknown)
{
	static const char *const bad[] = {
		"",
		"..",
		"../../../../../../../../../../../etc",
		"00000000-0000-4000-8000-00000000000",
		"00000000-0000-4000-8000-0000000000000",
		"00000000-0000-4000-8000-00000000000/",
		"00000000-0000-4000-8000-00000000000A",
	};
	struct test_tree tree = test_tree_open();
	struct upload_facts facts;
	struct err err = {0};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK_INT(resume_fails(tree.storage, "a", bad[i]), ERR_MISSING);
		CHECK(tree.storage->ops->upload_stat(tree.storage, "a", bad[i], &facts, &err) < 0);
		CHECK_INT(err.kind, ERR_MISSING);
		err_clear(&err);
	}
	test_tree_close(&tree);
}

TEST(another_digest_ends_the_session_and_leaves_nothing)
{
	struct test_tree tree = test_tree_open();
	struct digest wrong = digest_of_bytes("other", 5), right = digest_of_bytes("hello", 5);
	char id[UPLOAD_ID_MAX];
	uint64_t size = 7;
	struct err err = {0};

	let_go(start(tree.storage, "a"), id);
	struct upload *upload = resume(tree.storage, "a", id);
	send_bytes(upload, STR("hello"));
	CHECK(tree.storage->ops->upload_commit(upload, &wrong, &size, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_INT(size, 7);
	err_clear(&err);
	tree.storage->ops->upload_close(upload);
	CHECK_INT(resume_fails(tree.storage, "a", id), ERR_MISSING);
	CHECK(!test_blob_is(tree.storage, &wrong, STR("hello")));
	CHECK(!test_blob_is(tree.storage, &right, STR("hello")));
	CHECK(!test_has_layer(tree.storage, "a", &wrong));
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	test_tree_close(&tree);
}

TEST(an_empty_blob_is_a_blob)
{
	struct test_tree tree = test_tree_open();
	struct digest digest = digest_of_bytes("", 0);

	finish(start(tree.storage, "a"), digest, 0);
	CHECK(test_blob_is(tree.storage, &digest, STR("")));
	test_tree_close(&tree);
}

static struct digest sha512_of(struct str bytes)
{
	autohash struct hash *hash = hash_new(HASH_SHA512);

	hash_update(hash, bytes.ptr, bytes.len);
	return digest_of_hash(hash, HASH_SHA512);
}

TEST(sha512_is_computed_with_a_hint_and_without)
{
	struct test_tree tree = test_tree_open();
	struct digest digest = sha512_of(STR("hello"));
	struct upload *upload;
	struct err err = {0};

	for (enum hash_algo hint = HASH_SHA256; hint <= HASH_SHA512; hint++) {
		CHECK_OK(tree.storage->ops->upload_start(tree.storage, "a", hint, &upload, &err),
			 &err);
		send_bytes(upload, STR("hello"));
		finish(upload, digest, 5);
		CHECK(test_blob_is(tree.storage, &digest, STR("hello")));
		CHECK(test_has_layer(tree.storage, "a", &digest));
		CHECK_OK(tree.storage->ops->blob_remove(tree.storage, &digest, &err), &err);
	}
	test_tree_close(&tree);
}

/* Long enough for the hashing thread, in pieces that fit nothing, with a break and a restart. */
TEST(a_long_upload_is_hashed_beside_its_writing)
{
	struct test_tree tree = test_tree_open();
	size_t len = 5 * LIMIT_FS_HASH_INLINE + 12345;
	autofree char *bytes = xmalloc(len);
	char id[UPLOAD_ID_MAX];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i * 2654435761U >> 13);
	struct digest digest = digest_of_bytes(bytes, len);
	for (unsigned breaks = 0; breaks < 3; breaks++) {
		struct upload *upload = start(tree.storage, "a");
		for (size_t at = 0, n; at < len; at += n) {
			n = len - at < 70001 ? len - at : 70001;
			send_bytes(upload, (struct str){bytes + at, n});
			bool is_half = at < len / 2 && at + n >= len / 2;
			if (!breaks || !is_half)
				continue;
			let_go(upload, id);
			if (breaks == 2)
				test_tree_reopen(&tree);
			upload = resume(tree.storage, "a", id);
			CHECK_INT(upload->offset, at + n);
		}
		finish(upload, digest, len);
		CHECK(test_blob_is(tree.storage, &digest, (struct str){bytes, len}));
		struct err err = {0};
		CHECK_OK(tree.storage->ops->blob_remove(tree.storage, &digest, &err), &err);
	}
	test_tree_close(&tree);
}

static void hear_purged(const char *repository, const char *id, void *arg)
{
	strlist_addf(arg, "%s %s", repository, id);
}

TEST(only_sessions_that_nobody_touched_are_purged)
{
	struct test_tree tree = test_tree_open();
	struct storage *storage = tree.storage;
	char old[UPLOAD_ID_MAX], fresh[UPLOAD_ID_MAX], held[UPLOAD_ID_MAX];
	autostrlist struct strlist told = {0};
	struct err err = {0};

	let_go(start(storage, "team/app"), old);
	let_go(start(storage, "a"), held);
	struct upload *upload = resume(storage, "a", held);
	usleep(30000);
	int64_t since = clock_now_ns() - NS_PER_SEC / 64;
	let_go(start(storage, "a"), fresh);
	autofree char *want = xasprintf("team/app %s", old);

	CHECK_OK(storage->ops->upload_purge(storage, since - 60 * NS_PER_SEC, false, hear_purged,
					    &told, &err),
		 &err);
	CHECK_INT(told.n, 0);
	CHECK_OK(storage->ops->upload_purge(storage, since, true, hear_purged, &told, &err), &err);
	CHECK(strlist_has(&told, want));
	strlist_done(&told);
	CHECK_OK(storage->ops->upload_purge(storage, since, false, hear_purged, &told, &err), &err);
	CHECK_INT(told.n, 1);
	CHECK_STR(told.items[0], want);
	CHECK_INT(resume_fails(storage, "team/app", old), ERR_MISSING);
	storage->ops->upload_close(upload);
	storage->ops->upload_close(resume(storage, "a", fresh));
	test_tree_close(&tree);
}

TEST(a_session_of_the_reference_goes_on_with_us)
{
	struct test_tree tree = test_tree_open();
	const char *id = "5c29a4a9-7a13-4066-a9a8-cfd040abf754";
	struct err err = {0};

	test_tree_write(&tree, "repositories/a/_uploads/5c29a4a9-7a13-4066-a9a8-cfd040abf754/data",
			"hel");
	test_tree_write(&tree,
			"repositories/a/_uploads/5c29a4a9-7a13-4066-a9a8-cfd040abf754/startedat",
			"2026-01-02T03:04:05Z");
	test_tree_write(&tree,
			"repositories/a/_uploads/5c29a4a9-7a13-4066-a9a8-cfd040abf754/hashstates/"
			"sha256/3",
			"state");
	struct upload *upload = resume(tree.storage, "a", id);
	send_bytes(upload, STR("lo"));
	finish(upload, digest_of_bytes("hello", 5), 5);
	CHECK(!test_tree_has(&tree,
			     "repositories/a/_uploads/5c29a4a9-7a13-4066-a9a8-cfd040abf754"));
	(void)err;
	test_tree_close(&tree);
}

TEST(uploads_stop_at_the_floor)
{
	const char *path;
	struct storage_fs_options options = {.floor_bytes = UINT64_MAX / 2};
	struct storage *storage;
	struct upload *upload;
	uint64_t bytes = 0;
	struct err err = {0};

	test_dir(&path);
	CHECK_OK(storage_fs_open(path, &options, &storage, &err), &err);
	CHECK(storage->ops->upload_start(storage, "a", HASH_SHA256, &upload, &err) < 0);
	CHECK(storage_is_full(&err));
	err_clear(&err);
	CHECK_OK(storage->ops->free_bytes(storage, &bytes, &err), &err);
	CHECK(bytes > 0);
	test_manifest_push(storage, "a", "{}", "t"); /* the floor is kept for these */
	storage_close(storage);
}

/* A real full disk: what was received stays, and the upload goes on when there is room. */
TEST(a_full_disk_leaves_the_session_resumable)
{
	const char *top;
	int topfd = test_dir(&top);
	autofree char *path = xasprintf("%s/small", top);
	struct storage_fs_options options = {0};
	struct storage *storage;
	size_t len = (size_t)3 << 20;
	autofree char *bytes = xcalloc(1, len);
	char id[UPLOAD_ID_MAX];
	struct err err = {0};

	CHECK(mkdirat(topfd, "small", 0700) == 0);
	if (mount("tmpfs", path, "tmpfs", 0, "size=4m"))
		test_skip("needs the right to mount a tmpfs");
	CHECK_OK(storage_fs_open(path, &options, &storage, &err), &err);
	struct digest digest = digest_of_bytes(bytes, len);
	struct digest filler = test_blob_push(storage, "a", (struct str){bytes, len - 1});
	struct upload *upload = start(storage, "a");
	CHECK(storage->ops->upload_write(upload, bytes, len, &err) < 0);
	CHECK(storage_is_full(&err));
	err_clear(&err);
	uint64_t offset = upload->offset;
	CHECK(offset > 0 && offset < len);
	let_go(upload, id);
	CHECK_OK(storage->ops->blob_remove(storage, &filler, &err), &err);
	upload = resume(storage, "a", id);
	CHECK_INT(upload->offset, offset);
	send_bytes(upload, (struct str){bytes + offset, len - offset});
	finish(upload, digest, len);
	CHECK(test_blob_is(storage, &digest, (struct str){bytes, len}));
	storage_close(storage);
	CHECK(umount2(path, MNT_DETACH) == 0);
}
