/* test_check.c - every kind of damage is found, said by name, and repaired.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/store_private.h"
#include "store/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

static void collect(const struct check_finding *finding, void *arg)
{
	struct buf *said = arg;

	buf_printf(said, "%s: %s%s\n", finding->what, finding->wrong,
		   finding->repaired ? " (repaired)" : "");
}

static struct check_result check(struct store *store, const struct check_options *options,
				 struct buf *said)
{
	struct check_result result = {0};
	autoerr struct err err = {0};

	buf_truncate(said, 0);
	CHECK_OK(store_check(store, options, collect, said, &result, &err), &err);
	return result;
}

static const struct check_options look = {0}, quick = {.quick = true}, repair = {.repair = true};

/* Found once, repaired once, then gone. */
static void check_finds(struct store *store, const char *expected)
{
	autobuf struct buf said = {0};
	autofree char *found = xasprintf("%s\n", expected);
	autofree char *repaired = xasprintf("%s (repaired)\n", expected);

	check(store, &look, &said);
	CHECK_STR(buf_text(&said), found);
	check(store, &repair, &said);
	CHECK_STR(buf_text(&said), repaired);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
}

static struct store *store_with_image(struct fixture_image *ret_made)
{
	struct store *store = fixture_store();
	autoerr struct err err = {0};

	CHECK_OK(fixture_add_image(store, "one", "app:1", ret_made, &err), &err);
	return store;
}

static void write_file(struct store *store, const char *path, const char *text)
{
	autoerr struct err err = {0};

	CHECK_OK(file_write_at(store_dirfd(store), path, text, strlen(text), 0600, FILE_NO_SYNC,
			       &err),
		 &err);
}

static void remove_file(struct store *store, const char *path)
{
	CHECK_INT(unlinkat(store_dirfd(store), path, 0), 0);
}

TEST(a_sound_store_is_counted_and_clean)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};
	autoerr struct err err = {0};

	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &made.diff_id, "x", NULL, &err), &err);
	struct check_result result = check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
	CHECK_INT(result.n_blobs, 3);
	CHECK_INT(result.n_images, 1);
	CHECK_INT(result.n_names, 1);
	CHECK_INT(result.n_layers, 1);
	CHECK_INT(result.n_findings, 0);
	CHECK_INT(result.garbage_bytes, 0);
}

TEST(a_flipped_byte_is_found_by_hashing_only)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};
	autofree char *expected =
		xasprintf("blob %s: content does not match its digest: it is %s\n", made.layer.text,
			  digest_of_bytes("two", 3).text);

	write_file(store, blob_path(&made.layer).text, "two");
	check(store, &quick, &said);
	CHECK_STR(buf_text(&said), "");
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), expected);
}

TEST(an_image_goes_with_its_damaged_blob_when_nobody_can_make_it_again)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	write_file(store, blob_path(&made.layer).text, "two");
	struct check_result result = check(store, &repair, &said);
	CHECK(strstr(
		buf_text(&said),
		"layer blob sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed is not in the store (repaired)"));
	CHECK_INT(result.n_findings, result.n_repaired);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
	CHECK(store_find_image(store, "app:1", &image, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

static int repack_one(struct store *store, const struct layer_meta *meta, void *arg,
		      struct err *err)
{
	struct digest digest;
	size_t *n_calls = arg;

	(*n_calls)++;
	(void)meta;
	return store_put_blob(store, NULL, "one", 3, &digest, err);
}

TEST(a_damaged_layer_blob_is_packed_again_from_its_files)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};
	size_t n_calls = 0;
	struct check_options options = {.repair = true, .repack = repack_one, .arg = &n_calls};

	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &made.diff_id, "x", NULL, &err), &err);
	write_file(store, blob_path(&made.layer).text, "two");
	CHECK_INT(check(store, &options, &said).n_findings, 1);
	CHECK_INT(n_calls, 1);
	CHECK_OK(store_find_image(store, "app:1", &image, &err), &err);
	remove_file(store, blob_path(&made.layer).text);
	CHECK_INT(check(store, &options, &said).n_repaired, 1);
	CHECK_INT(n_calls, 2);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
}

TEST(a_blob_of_the_wrong_size_is_found_without_hashing)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};
	autofree char *expected = xasprintf("image %s: layer blob %s has 2 bytes, not 3\n",
					    made.manifest.digest.text, made.layer.text);

	write_file(store, blob_path(&made.layer).text, "on");
	check(store, &quick, &said);
	CHECK_STR(buf_text(&said), expected);
}

TEST(a_missing_blob_of_an_image_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};
	autofree char *expected = xasprintf("image %s: config blob %s is not in the store\n",
					    made.manifest.digest.text, made.id.text);

	remove_file(store, blob_path(&made.id).text);
	check(store, &quick, &said);
	CHECK_STR(buf_text(&said), expected);
	check(store, &repair, &said);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
}

TEST(a_blob_that_is_called_by_no_digest_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);

	write_file(store, "oci/blobs/sha256/readme", "x");
	check_finds(store, "oci/blobs/sha256/readme: its name is no digest");
}

TEST(a_truncated_image_record_is_made_anew)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	cleanup(image_done) struct image image = {0};
	autobuf struct buf said = {0};
	autoerr struct err err = {0};

	write_file(store, image_path(&made.manifest.digest).text, "{\"manif");
	check(store, &look, &said);
	CHECK(text_starts(buf_text(&said), "image sha256:"));
	check(store, &repair, &said);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
	CHECK_OK(store_find_image(store, "app:1", &image, &err), &err);
	CHECK_INT(image.names.n, 1);
	CHECK(digest_eq(&image.id, &made.id));
}

TEST(an_image_record_of_no_digest_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);

	write_file(store, "images/x", "{}");
	check_finds(store, "images/x: its name is no digest");
}

TEST(a_dangling_name_whose_image_is_whole_gets_its_record_again)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};
	autofree char *expected = xasprintf("name docker.io/library/app:1: it points to an image "
					    "that is not there: %s",
					    made.manifest.digest.text);

	remove_file(store, image_path(&made.manifest.digest).text);
	check_finds(store, expected);
	CHECK_OK(store_find_image(store, "app:1", &image, &err), &err);
}

TEST(a_dangling_name_of_nothing_goes)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	cleanup(image_done) struct image image = {0};
	autobuf struct buf said = {0};
	autoerr struct err err = {0};

	remove_file(store, image_path(&made.manifest.digest).text);
	remove_file(store, blob_path(&made.manifest.digest).text);
	check(store, &repair, &said);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
	CHECK(store_find_image(store, "app:1", &image, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(a_truncated_name_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};

	write_file(store, name_path("docker.io/library/app:1").text, "");
	check(store, &look, &said);
	CHECK(text_starts(buf_text(&said), "names/docker.io%2Flibrary%2Fapp%3A1: names/docker.io"));
	CHECK_INT(check(store, &repair, &said).n_repaired, 1);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
}

TEST(a_name_in_a_file_of_another_name_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);

	CHECK_INT(linkat(store_dirfd(store), name_path("docker.io/library/app:1").text,
			 store_dirfd(store), "names/other", 0),
		  0);
	check_finds(store, "names/other: 'names/other' speaks of 'docker.io/library/app:1'");
}

TEST(a_name_that_its_image_does_not_list_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};
	autofree char *expected =
		xasprintf("name docker.io/library/app:1: image %s does not list it",
			  made.manifest.digest.text);

	CHECK_OK(image_read_record(store, &made.manifest.digest, &image, &err), &err);
	strlist_remove_at(&image.names, 0);
	CHECK_OK(image_write_record(store, &image, &err), &err);
	check_finds(store, expected);
}

TEST(a_stale_index_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);

	write_file(store, "oci/index.json", "{\"schemaVersion\":2,\"manifests\":[]}");
	check_finds(store, "oci/index.json: it does not follow the names and images");
}

TEST(a_wrong_oci_layout_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);

	remove_file(store, "oci/oci-layout");
	check_finds(store, "oci/oci-layout: it does not say version 1.0.0");
}

/* ---- layers ---- */

static struct store *store_with_layer(struct fixture_image *ret_made, struct layer_meta *ret_meta)
{
	struct store *store = store_with_image(ret_made);
	autoerr struct err err = {0};

	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &ret_made->diff_id, "x", ret_meta, &err),
		 &err);
	return store;
}

TEST(a_layer_without_its_record_is_found)
{
	struct fixture_image made;
	struct layer_meta meta;
	cleanup(store_closep) struct store *store = store_with_layer(&made, &meta);
	autofree char *expected = xasprintf("layer %s: it has no meta.json", meta.chain_id.text);

	remove_file(store, layer_dir_path(&meta.chain_id, "/meta.json").text);
	check_finds(store, expected);
	CHECK(faccessat(store_dirfd(store), layer_dir_path(&meta.chain_id, "").text, F_OK, 0) < 0);
}

TEST(a_truncated_layer_record_is_found)
{
	struct fixture_image made;
	struct layer_meta meta;
	cleanup(store_closep) struct store *store = store_with_layer(&made, &meta);
	autobuf struct buf said = {0};

	write_file(store, layer_dir_path(&meta.chain_id, "/meta.json").text, "{\"chainID\":");
	check(store, &look, &said);
	CHECK(text_starts(buf_text(&said), "layer sha256:"));
	CHECK_INT(check(store, &repair, &said).n_repaired, 1);
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
}

TEST(a_layer_without_files_is_found)
{
	struct fixture_image made;
	struct layer_meta meta;
	cleanup(store_closep) struct store *store = store_with_layer(&made, &meta);
	autofree char *expected = xasprintf("layer %s: it has no files", meta.chain_id.text);
	autoerr struct err err = {0};

	CHECK_OK(tree_remove_at(store_dirfd(store), layer_dir_path(&meta.chain_id, "/fs").text,
				&err),
		 &err);
	check_finds(store, expected);
}

TEST(a_layer_directory_of_no_digest_is_found)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);

	CHECK_INT(mkdirat(store_dirfd(store), "layers/old", 0700), 0);
	check_finds(store, "layers/old: its name is no digest");
}

TEST(a_layer_without_its_parent_is_found_and_takes_its_children_along)
{
	struct fixture_image made;
	struct layer_meta bottom, middle, top;
	cleanup(store_closep) struct store *store = store_with_layer(&made, &bottom);
	struct digest two = digest_of_bytes("2", 1), three = digest_of_bytes("3", 1);
	autobuf struct buf said = {0};
	autoerr struct err err = {0};

	CHECK_OK(fixture_publish_layer(store, NULL, &bottom.chain_id, &two, "x", &middle, &err),
		 &err);
	CHECK_OK(fixture_publish_layer(store, NULL, &middle.chain_id, &three, "x", &top, &err),
		 &err);
	CHECK_OK(
		tree_remove_at(store_dirfd(store), layer_dir_path(&bottom.chain_id, "").text, &err),
		&err);
	CHECK_INT(check(store, &look, &said).n_findings, 1);
	CHECK(strstr(buf_text(&said), "its parent is not there: sha256:7692c3ad"));
	CHECK_INT(check(store, &repair, &said).n_repaired, 2);
	CHECK(!store_has_layer(store, &top.chain_id));
	check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
}

static int unpack_file(struct store *store, const struct layer_meta *meta, void *arg,
		       struct err *err)
{
	size_t *n_calls = arg;

	(*n_calls)++;
	return fixture_publish_layer(store, NULL,
				     digest_is_set(&meta->parent) ? &meta->parent : NULL,
				     &meta->diff_id, "again", NULL, err);
}

static int verify_file(struct store *store, const struct layer_meta *meta, char **ret_why,
		       void *arg, struct err *err)
{
	autobuf struct buf text = {0};
	struct store_path path = layer_dir_path(&meta->chain_id, "/fs/file");

	(void)arg;
	if (file_read_at(store_dirfd(store), path.text, 100, &text, err))
		return -1;
	if (text_eq(buf_text(&text), "x") || text_eq(buf_text(&text), "again"))
		return 0;
	*ret_why = xstrdup("'/file' differs from the blob");
	return 1;
}

static int verify_without_room(struct store *store, const struct layer_meta *meta, char **ret_why,
			       void *arg, struct err *err)
{
	(void)store;
	(void)meta;
	(void)ret_why;
	(void)arg;
	return err_set(err, ERR_SYSTEM, "writing: No space left on device");
}

TEST(a_layer_that_cannot_be_compared_is_not_called_wrong)
{
	struct fixture_image made;
	struct layer_meta meta;
	cleanup(store_closep) struct store *store = store_with_layer(&made, &meta);
	struct check_options options = {
		.repair = true, .unpack = unpack_file, .verify_layer = verify_without_room};
	struct check_result result;
	autoerr struct err err = {0};

	CHECK(store_check(store, &options, NULL, NULL, &result, &err) < 0);
	CHECK(strstr(err_text(&err), "No space left on device"));
	CHECK(store_has_layer(store, &meta.chain_id));
}

TEST(a_damaged_layer_is_unpacked_again_from_its_blob)
{
	struct fixture_image made;
	struct layer_meta meta;
	cleanup(store_closep) struct store *store = store_with_layer(&made, &meta);
	size_t n_calls = 0;
	struct check_options options = {.repair = true,
					.unpack = unpack_file,
					.verify_layer = verify_file,
					.arg = &n_calls};
	autobuf struct buf said = {0};
	autofree char *expected = xasprintf("layer %s: '/file' differs from the blob (repaired)\n",
					    meta.chain_id.text);

	write_file(store, layer_dir_path(&meta.chain_id, "/fs/file").text, "changed");
	check(store, &options, &said);
	CHECK_STR(buf_text(&said), expected);
	CHECK_INT(n_calls, 1);
	CHECK(store_has_layer(store, &meta.chain_id));
	/* Without a record the images tell what the layer was. */
	remove_file(store, layer_dir_path(&meta.chain_id, "/meta.json").text);
	CHECK_INT(check(store, &options, &said).n_repaired, 1);
	CHECK_INT(n_calls, 2);
	CHECK(store_has_layer(store, &meta.chain_id));
	CHECK_INT(check(store, &options, &said).n_findings, 0);
}

TEST(a_lease_of_what_is_not_there_is_found)
{
	struct fixture_image made;
	struct layer_meta meta;
	cleanup(store_closep) struct store *store = store_with_layer(&made, &meta);
	autoerr struct err err = {0};
	struct lease *lease;
	autofree char *expected = xasprintf("lease held-c1: it holds a layer that is not there: %s",
					    meta.chain_id.text);

	CHECK_OK(lease_begin_named(store, "c1", &lease, &err), &err);
	CHECK_OK(lease_add_layer(lease, &meta.chain_id, &err), &err);
	lease_end(lease);
	CHECK_OK(tree_remove_at(store_dirfd(store), layer_dir_path(&meta.chain_id, "").text, &err),
		 &err);
	check_finds(store, expected);
}

TEST(leftovers_are_counted_and_are_no_findings)
{
	struct fixture_image made;
	cleanup(store_closep) struct store *store = store_with_image(&made);
	autobuf struct buf said = {0};

	write_file(store, "tmp/blob-0123456789abcdef", "left");
	struct check_result result = check(store, &look, &said);
	CHECK_STR(buf_text(&said), "");
	CHECK(result.garbage_bytes > 0);
}
