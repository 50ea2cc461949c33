/* test_store.c - opening, blobs, workdirs, layers, leases, cached answers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "store/check.h"
#include "store/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

static bool exists(struct store *store, const char *path)
{
	return faccessat(store_dirfd(store), path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

TEST(a_new_store_is_a_valid_oci_layout)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	CHECK_OK(file_read_at(store_dirfd(store), "oci/oci-layout", 100, &text, &err), &err);
	CHECK_STR(buf_text(&text), "{\"imageLayoutVersion\":\"1.0.0\"}");
	CHECK_OK(file_read_at(store_dirfd(store), "oci/index.json", 200, &text, &err), &err);
	CHECK_STR(buf_text(&text), "{\"schemaVersion\":2,\"mediaType\":\"application/"
				   "vnd.oci.image.index.v1+json\",\"manifests\":[]}");
	CHECK(exists(store, "oci/blobs/sha256"));
}

TEST(a_store_opens_again)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(store_closep) struct store *again = NULL;
	autoerr struct err err = {0};

	CHECK_OK(store_open(store_root(store), &again, &err), &err);
	CHECK_STR(store_root(again), store_root(store));
}

TEST(a_store_of_another_version_is_refused_by_name)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(store_closep) struct store *again = NULL;
	autoerr struct err err = {0};
	autofree char *expected = xasprintf(
		"store '%s': its layout is version '7', this program knows '1'", store_root(store));

	CHECK_OK(file_write_at(store_dirfd(store), "VERSION", "7\n", 2, 0644, FILE_NO_SYNC, &err),
		 &err);
	CHECK(store_open(store_root(store), &again, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), expected);
}

TEST(a_directory_of_other_things_does_not_become_a_store)
{
	const char *path;
	int dirfd = test_dir(&path);
	cleanup(store_closep) struct store *store = NULL;
	autoerr struct err err = {0};
	autofree char *expected = xasprintf(
		"store '%s': '%s' is no store and not empty: it holds 'letter.txt'", path, path);

	CHECK_OK(file_write_at(dirfd, "letter.txt", "x", 1, 0644, FILE_NO_SYNC, &err), &err);
	CHECK(store_open(path, &store, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK_STR(err_text(&err), expected);
	CHECK(faccessat(dirfd, "oci", F_OK, 0) < 0);
}

TEST(a_store_that_was_half_made_is_finished)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(store_closep) struct store *again = NULL;
	autoerr struct err err = {0};

	CHECK_INT(unlinkat(store_dirfd(store), "VERSION", 0), 0);
	CHECK_INT(unlinkat(store_dirfd(store), "oci/index.json", 0), 0);
	CHECK_INT(unlinkat(store_dirfd(store), "layers", AT_REMOVEDIR), 0);
	CHECK_OK(store_open(store_root(store), &again, &err), &err);
	CHECK(exists(store, "oci/index.json"));
	CHECK(exists(store, "layers"));
	CHECK(exists(store, "VERSION"));
}

TEST(an_empty_index_is_written_anew_at_opening)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(store_closep) struct store *again = NULL;
	autoerr struct err err = {0};
	struct stat st;

	CHECK_OK(file_write_at(store_dirfd(store), "oci/index.json", "", 0, 0644, FILE_NO_SYNC,
			       &err),
		 &err);
	CHECK_OK(store_open(store_root(store), &again, &err), &err);
	CHECK_INT(fstatat(store_dirfd(store), "oci/index.json", &st, 0), 0);
	CHECK(st.st_size > 0);
}

/* ---- blobs ---- */

TEST(a_blob_is_found_by_the_digest_of_its_bytes)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct digest digest;
	uint64_t size = 0;
	autoclose int fd = -1;

	CHECK_OK(store_put_blob(store, NULL, "hello", 5, &digest, &err), &err);
	CHECK_STR(digest.text,
		  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
	CHECK(store_has_blob(store, &digest, &size));
	CHECK_INT(size, 5);
	CHECK_OK(store_read_blob(store, &digest, 5, &text, &err), &err);
	CHECK_STR(buf_text(&text), "hello");
	CHECK_OK(store_open_blob(store, &digest, &fd, &size, &err), &err);
	CHECK_INT(size, 5);
}

TEST(an_empty_blob_can_be_stored)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct digest digest;

	CHECK_OK(store_put_blob(store, NULL, "", 0, &digest, &err), &err);
	CHECK_OK(store_put_blob(store, NULL, "", 0, &digest, &err), &err);
	CHECK_OK(store_read_blob(store, &digest, 0, &text, &err), &err);
	CHECK_INT(text.len, 0);
}

TEST(a_blob_that_is_not_there_is_missing_by_its_digest)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct digest digest = digest_of_bytes("x", 1);
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	CHECK(!store_has_blob(store, &digest, NULL));
	CHECK(store_read_blob(store, &digest, 5, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_STR(err_text(&err),
		  "blob sha256:"
		  "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 "
		  "is not in the store");
}

TEST(a_blob_larger_than_asked_for_is_over_the_limit)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct digest digest;

	CHECK_OK(store_put_blob(store, NULL, "hello", 5, &digest, &err), &err);
	CHECK(store_read_blob(store, &digest, 4, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
}

static void damage(struct store *store, const struct digest *digest)
{
	autofree char *path = xasprintf("oci/blobs/sha256/%s", digest_hex(digest));
	autoclose int fd = openat(store_dirfd(store), path, O_WRONLY);

	CHECK_INT(pwrite(fd, "j", 1, 0), 1);
}

TEST(a_flipped_byte_is_seen_and_healed_by_putting_the_blob_again)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct digest digest;

	CHECK_OK(store_put_blob(store, NULL, "hello", 5, &digest, &err), &err);
	damage(store, &digest);
	CHECK(store_read_blob(store, &digest, 5, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	err_clear(&err);
	CHECK_OK(store_put_blob(store, NULL, "hello", 5, &digest, &err), &err);
	CHECK_OK(store_read_blob(store, &digest, 5, &text, &err), &err);
	CHECK_STR(buf_text(&text), "hello");
}

static int ingest_text(struct store *store, const char *text, const struct digest *expected,
		       uint64_t size, struct err *err)
{
	cleanup(ingest_freep) struct ingest *ingest = NULL;

	CHECK_OK(ingest_begin(store, NULL, &ingest, err), err);
	CHECK_OK(writer_write(ingest_writer(ingest), text, strlen(text), err), err);
	CHECK_OK(writer_finish(ingest_writer(ingest), err), err);
	return ingest_commit(ingest, expected, size, NULL, NULL, err);
}

static size_t count_names(struct store *store, const char *path)
{
	autofree char *command = xasprintf("ls -A '%s/%s' | wc -l", store_root(store), path);
	FILE *pipe = popen(command, "r"); /* NOLINT: our own words */
	size_t n = 0;

	CHECK(pipe && fscanf(pipe, "%zu", &n) == 1); /* NOLINT */
	pclose(pipe);
	return n;
}

TEST(a_wrong_digest_names_both_and_leaves_nothing)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct digest expected = digest_of_bytes("y", 1);
	autoerr struct err err = {0};

	CHECK(ingest_text(store, "x", &expected, 1, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(
		err_text(&err),
		"expected sha256:a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa, "
		"got sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
	CHECK_INT(count_names(store, "tmp"), 0);
	CHECK_INT(count_names(store, "oci/blobs/sha256"), 0);
}

TEST(a_wrong_size_names_both)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};

	CHECK(ingest_text(store, "hello", NULL, 6, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), "the blob has 5 bytes, not 6");
}

TEST(a_sha512_digest_is_verified_too)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autohash struct hash *hash = hash_new(HASH_SHA512);
	autoerr struct err err = {0};

	hash_update(hash, "hello", 5);
	struct digest expected = digest_of_hash(hash, HASH_SHA512);
	CHECK_OK(ingest_text(store, "hello", &expected, 5, &err), &err);
	CHECK(store_has_blob(store, &expected, NULL));
	CHECK(ingest_text(store, "hallo", &expected, 5, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
}

TEST(an_abandoned_blob_leaves_nothing)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct ingest *ingest;
	autoerr struct err err = {0};

	CHECK_OK(ingest_begin(store, NULL, &ingest, &err), &err);
	CHECK_OK(writer_write(ingest_writer(ingest), "half", 4, &err), &err);
	CHECK_INT(count_names(store, "tmp"), 1);
	ingest_free(ingest);
	CHECK_INT(count_names(store, "tmp"), 0);
}

/* ---- workdirs and layers ---- */

TEST(a_workdir_goes_with_what_is_in_it)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct workdir *workdir;
	autoerr struct err err = {0};

	CHECK_OK(workdir_new(store, &workdir, &err), &err);
	CHECK_INT(mkdirat(workdir_fd(workdir), "sub", 0700), 0);
	CHECK_INT(access(workdir_path(workdir), F_OK), 0);
	workdir_free(workdir);
	CHECK_INT(count_names(store, "tmp"), 0);
}

TEST(a_published_layer_is_found_with_what_is_known_of_it)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	struct digest diff_id = digest_of_bytes("one", 3);
	struct layer_meta meta, found;
	autobuf struct buf text = {0};
	autoclose int fd = -1;

	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &diff_id, "content", &meta, &err), &err);
	CHECK(store_has_layer(store, &meta.chain_id));
	CHECK_OK(store_layer_meta(store, &meta.chain_id, &found, &err), &err);
	CHECK(digest_eq(&found.diff_id, &diff_id));
	CHECK(!digest_is_set(&found.parent));
	CHECK(!digest_is_set(&found.blob));
	CHECK_INT(found.content_bytes, 7);
	CHECK_INT(found.n_entries, 1);
	CHECK_OK(store_open_layer(store, &meta.chain_id, &fd, &err), &err);
	CHECK_OK(file_read_at(fd, "file", 100, &text, &err), &err);
	CHECK_STR(buf_text(&text), "content");
	CHECK_INT(count_names(store, "tmp"), 0);
}

TEST(a_layer_path_is_short_and_leads_to_its_files)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	struct digest diff_id = digest_of_bytes("one", 3);
	struct layer_meta meta;
	autofree char *path = NULL;

	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &diff_id, "content", &meta, &err), &err);
	CHECK_OK(store_layer_path(store, &meta.chain_id, &path, &err), &err);
	CHECK_INT(strlen(path), strlen(store_root(store)) + strlen("/l/") + 12);
	autofree char *file = path_join(path, "file");
	CHECK_INT(access(file, F_OK), 0);
}

TEST(a_short_link_that_leads_elsewhere_is_not_used)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	struct digest diff_id = digest_of_bytes("one", 3);
	struct digest chain_id = digest_chain(NULL, &diff_id);
	autofree char *link = xasprintf("l/%.12s", digest_hex(&chain_id));
	autofree char *path = NULL;

	CHECK_INT(symlinkat("../layers/other/fs", store_dirfd(store), link), 0);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &diff_id, "content", NULL, &err), &err);
	CHECK_OK(store_layer_path(store, &chain_id, &path, &err), &err);
	CHECK_INT(strlen(path), strlen(store_root(store)) + strlen("/l/") + 24);
}

TEST(the_second_to_publish_a_layer_finds_it_done)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	struct digest diff_id = digest_of_bytes("one", 3);

	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &diff_id, "content", NULL, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &diff_id, "content", NULL, &err), &err);
	CHECK_INT(count_names(store, "layers"), 1);
	CHECK_INT(count_names(store, "tmp"), 0);
}

TEST(a_layer_takes_the_place_of_the_wreck_of_one)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	struct digest diff_id = digest_of_bytes("one", 3);
	struct layer_meta meta;

	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &diff_id, "content", &meta, &err), &err);
	autofree char *path = xasprintf("layers/%s/meta.json", digest_hex(&meta.chain_id));
	CHECK_INT(unlinkat(store_dirfd(store), path, 0), 0);
	CHECK(!store_has_layer(store, &meta.chain_id));
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &diff_id, "content", &meta, &err), &err);
	CHECK(store_has_layer(store, &meta.chain_id));
	CHECK_INT(count_names(store, "tmp"), 0);
}

TEST(a_layer_without_its_parent_is_refused)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	struct digest diff_id = digest_of_bytes("one", 3);

	CHECK(fixture_publish_layer(store, NULL, &diff_id, &diff_id, "x", NULL, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(strstr(err_text(&err), "its parent sha256:7692c3ad") != NULL);
	CHECK_INT(count_names(store, "layers"), 0);
}

TEST(a_layer_of_many_files_is_published_whole)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(workdir_freep) struct workdir *workdir = NULL;
	autoerr struct err err = {0};
	struct layer_meta meta = {.diff_id = digest_of_bytes("many", 4)};

	meta.chain_id = digest_chain(NULL, &meta.diff_id);
	CHECK_OK(workdir_new(store, &workdir, &err), &err);
	CHECK_INT(mkdirat(workdir_fd(workdir), "upper", 0755), 0);
	for (int i = 0; i < 100; i++) {
		autofree char *name = xasprintf("upper/%d", i);
		CHECK_OK(file_write_at(workdir_fd(workdir), name, "x", 1, 0644, FILE_NO_SYNC, &err),
			 &err);
	}
	CHECK_OK(store_publish_layer(store, NULL, workdir, "upper", &meta, &err), &err);
	autofree char *path = xasprintf("layers/%s/fs", digest_hex(&meta.chain_id));
	CHECK_INT(count_names(store, path), 100);
}

/* ---- leases, locks, answers ---- */

TEST(what_is_not_there_cannot_be_leased)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(lease_endp) struct lease *lease = NULL;
	struct digest digest = digest_of_bytes("x", 1);
	autoerr struct err err = {0};

	CHECK_OK(lease_begin(store, &lease, &err), &err);
	CHECK(lease_add_blob(lease, &digest, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK(lease_add_layer(lease, &digest, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(a_lease_goes_at_its_end_and_a_named_one_stays)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct lease *lease, *named;
	autoerr struct err err = {0};

	CHECK_OK(lease_begin(store, &lease, &err), &err);
	CHECK_OK(lease_begin_named(store, "container-1", &named, &err), &err);
	CHECK_INT(count_names(store, "leases"), 2);
	lease_end(lease);
	CHECK_OK(lease_commit(named, &err), &err);
	lease_end(named);
	CHECK(exists(store, "leases/held-container-1"));
	CHECK_INT(count_names(store, "leases"), 1);
	CHECK_OK(lease_remove_named(store, "container-1", &err), &err);
	CHECK_OK(lease_remove_named(store, "container-1", &err), &err);
	CHECK_INT(count_names(store, "leases"), 0);
}

TEST(a_transient_lease_stays_until_it_is_removed)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(lease_endp) struct lease *lease = NULL;
	struct digest digest;
	autoerr struct err err = {0};

	CHECK_OK(lease_begin_named(store, "container-1", &lease, &err), &err);
	lease_set_transient(lease);
	CHECK_OK(store_put_blob(store, lease, "x", 1, &digest, &err), &err);
	lease_end(lease);
	lease = NULL;
	struct sweep_result swept;
	CHECK_OK(store_sweep(store, false, &swept, &err), &err);
	CHECK(store_has_blob(store, &digest, NULL));
	CHECK_OK(lease_remove_named(store, "container-1", &err), &err);
	CHECK_OK(store_sweep(store, false, &swept, &err), &err);
	CHECK(!store_has_blob(store, &digest, NULL));
}

TEST(a_lease_name_stays_in_its_directory)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct lease *lease;
	autoerr struct err err = {0};

	CHECK(lease_begin_named(store, "../x", &lease, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK_STR(err_text(&err), "'../x' cannot name a lease");
}

TEST(one_at_a_time_has_the_lock_of_a_key)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	int first = -1, second = -1;
	bool taken = false;

	CHECK_OK(store_lock_key(store, "layer sha256:…", false, &first, &taken, &err), &err);
	CHECK(taken);
	CHECK_OK(store_lock_key(store, "layer sha256:…", false, &second, &taken, &err), &err);
	CHECK(!taken);
	CHECK_OK(store_lock_key(store, "another", false, &second, &taken, &err), &err);
	CHECK(taken);
	close(first);
	close(second);
	CHECK_OK(store_lock_key(store, "layer sha256:…", false, &first, &taken, &err), &err);
	CHECK(taken);
	close(first);
}

TEST(an_answer_is_remembered_by_kind_and_key)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	autofree char *text = NULL;

	CHECK(store_cache_get(store, "step", "ab12", &text, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_OK(store_cache_put(store, "step", "ab12", "first", &err), &err);
	CHECK_OK(store_cache_put(store, "step", "ab12", "second", &err), &err);
	CHECK_OK(store_cache_get(store, "step", "ab12", &text, &err), &err);
	CHECK_STR(text, "second");
	CHECK(store_cache_put(store, "../step", "ab12", "x", &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	err_clear(&err);
	CHECK(store_cache_put(store, "step", "../ab", "x", &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	err_clear(&err);
	autofree char *large = xcalloc(1, (64 << 10) + 2);
	memset(large, 'x', (64 << 10) + 1);
	CHECK(store_cache_put(store, "step", "ab", large, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
}
