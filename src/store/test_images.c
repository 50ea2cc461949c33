/* test_images.c - images, their names, index.json, and what users type.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/images.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "store/store_private.h"
#include "store/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

static void add(struct store *store, const char *content, const char *name,
		struct fixture_image *ret_image)
{
	autoerr struct err err = {0};

	CHECK_OK(fixture_add_image(store, content, name, ret_image, &err), &err);
}

TEST(an_image_is_found_by_its_name)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	add(store, "one", "debian:12", &made);
	CHECK_OK(store_find_image(store, "debian:12", &image, &err), &err);
	CHECK(digest_eq(&image.manifest.digest, &made.manifest.digest));
	CHECK_INT(image.manifest.size, made.manifest.size);
	CHECK(digest_eq(&image.id, &made.id));
	CHECK_INT(image.names.n, 1);
	CHECK_STR(image.names.items[0], "docker.io/library/debian:12");
	CHECK(image.added_ns > 0);
}

TEST(a_name_without_tag_means_latest)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	add(store, "one", "app", NULL);
	CHECK_OK(store_find_image(store, "app:latest", &image, &err), &err);
	image_done(&image);
	CHECK_OK(store_find_image(store, "app", &image, &err), &err);
	CHECK_STR(image.names.items[0], "docker.io/library/app:latest");
}

TEST(a_name_that_is_not_there_is_said_as_the_user_knows_it)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	CHECK(store_find_image(store, "debian:12", &image, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_STR(err_text(&err), "no such image 'debian:12'");
	err_clear(&err);
	CHECK(store_find_image(store, "abcd", &image, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_STR(err_text(&err), "no such image 'abcd'");
}

TEST(a_name_moves_and_the_old_image_stays_untagged)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image old, new;
	cleanup(image_done) struct image image = {0};
	cleanup(image_list_done) struct image_list list = {0};
	autoerr struct err err = {0};

	add(store, "one", "app:1", &old);
	add(store, "two", "app:1", &new);
	CHECK_OK(store_find_image(store, "app:1", &image, &err), &err);
	CHECK(digest_eq(&image.id, &new.id));
	CHECK_OK(store_list_images(store, &list, &err), &err);
	CHECK_INT(list.n, 2);
	CHECK(digest_eq(&list.items[0].id, &new.id));
	CHECK_INT(list.items[0].names.n, 1);
	CHECK(digest_eq(&list.items[1].id, &old.id));
	CHECK_INT(list.items[1].names.n, 0);
}

TEST(an_image_has_all_its_names_sorted)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	add(store, "one", "b:1", NULL);
	add(store, "one", "a:1", NULL);
	add(store, "one", "host:5000/c/d:1", NULL);
	add(store, "one", "b:1", NULL);
	CHECK_OK(store_find_image(store, "a:1", &image, &err), &err);
	CHECK_INT(image.names.n, 3);
	autofree char *names = strlist_join(&image.names, " ");
	CHECK_STR(names, "docker.io/library/a:1 docker.io/library/b:1 host:5000/c/d:1");
}

TEST(a_name_of_any_length_is_kept)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image one, two;
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};
	autobuf struct buf name = {0};

	buf_puts(&name, "host:5000");
	for (int i = 0; i < 25; i++)
		buf_puts(&name, "/abcdefgh");
	autofree char *first = xasprintf("%s:%0*d", buf_text(&name), 100, 1);
	autofree char *second = xasprintf("%s:%0*d", buf_text(&name), 100, 2);
	add(store, "one", first, &one);
	add(store, "two", second, &two);
	CHECK_OK(store_find_image(store, first, &image, &err), &err);
	CHECK(digest_eq(&image.id, &one.id));
	CHECK_STR(image.names.items[0], first);
}

TEST(a_name_file_is_readable_and_stays_in_its_directory)
{
	CHECK_STR(name_path("docker.io/library/debian:12").text,
		  "names/docker.io%2Flibrary%2Fdebian%3A12");
	CHECK_STR(name_path("../../etc").text, "names/%2E.%2F..%2Fetc");
	CHECK_STR(name_path("a%2Fb@c").text, "names/a%252Fb%40c");
}

TEST(an_image_is_found_by_its_id_and_the_start_of_it)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};
	const size_t lengths[] = {2, 12, 64};

	add(store, "one", NULL, &made);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		autofree char *prefix = xstrndup(digest_hex(&made.id), lengths[i]);
		autofree char *whole = xasprintf("sha256:%s", prefix);
		CHECK_OK(store_find_image(store, prefix, &image, &err), &err);
		CHECK(digest_eq(&image.id, &made.id));
		image_done(&image);
		CHECK_OK(store_find_image(store, whole, &image, &err), &err);
		CHECK(digest_eq(&image.id, &made.id));
		image_done(&image);
	}
	CHECK_OK(store_find_image(store, made.manifest.digest.text, &image, &err), &err);
	CHECK(digest_eq(&image.id, &made.id));
}

TEST(a_prefix_of_several_ids_is_refused)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(image_done) struct image image = {0};
	char seen[256] = {0};
	autoerr struct err err = {0};

	/* The ids are digests: some two of 257 images share their first two digits. */
	for (int i = 0; i < 257; i++) {
		autofree char *content = xasprintf("%d", i);
		struct fixture_image made;
		unsigned first;
		add(store, content, NULL, &made);
		CHECK_INT(sscanf(digest_hex(&made.id), "%2x", &first), 1); /* NOLINT */
		if (!seen[first]++)
			continue;
		autofree char *prefix = xstrndup(digest_hex(&made.id), 2);
		CHECK(store_find_image(store, prefix, &image, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(strstr(err_text(&err), "fits several images") != NULL);
		return;
	}
}

TEST(a_name_wins_over_an_id)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made, named;
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	add(store, "one", NULL, &made);
	autofree char *prefix = xstrndup(digest_hex(&made.id), 6);
	add(store, "two", prefix, &named);
	CHECK_OK(store_find_image(store, prefix, &image, &err), &err);
	CHECK(digest_eq(&image.id, &named.id));
}

TEST(an_image_is_found_by_name_and_digest)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	add(store, "one", "app:1", &made);
	autofree char *text = xasprintf("app@%s", made.manifest.digest.text);
	CHECK_OK(store_find_image(store, text, &image, &err), &err);
	CHECK(digest_eq(&image.id, &made.id));
}

TEST(an_image_without_all_its_blobs_is_refused_by_the_first)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	autoerr struct err err = {0};
	cleanup(image_done) struct image image = {0};

	CHECK_OK(fixture_put_image(store, NULL, "one", "linux", &made, &err), &err);
	struct store_path path = blob_path(&made.layer);
	CHECK_INT(unlinkat(store_dirfd(store), path.text, 0), 0);
	autofree char *expected = xasprintf("adding image '%s': layer blob %s is not in the store",
					    made.manifest.digest.text, made.layer.text);
	CHECK(store_add_image(store, &made.manifest, NULL, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_STR(err_text(&err), expected);
	err_clear(&err);
	CHECK(store_find_image(store, made.id.text, &image, &err) < 0);
}

TEST(a_removed_name_leaves_the_image)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	cleanup(image_done) struct image image = {0};
	autoref struct reference name = fixture_name("app:1");
	autoerr struct err err = {0};

	add(store, "one", "app:1", &made);
	CHECK_OK(store_remove_name(store, &name, &err), &err);
	CHECK(store_find_image(store, "app:1", &image, &err) < 0);
	err_clear(&err);
	CHECK_OK(store_find_image(store, made.id.text, &image, &err), &err);
	CHECK_INT(image.names.n, 0);
	CHECK(store_remove_name(store, &name, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_STR(err_text(&err), "no such image 'app:1'");
}

TEST(a_removed_image_takes_its_own_names_along)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image old, new;
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	add(store, "one", "app:1", &old);
	add(store, "one", "app:2", &old);
	add(store, "two", "app:1", &new);
	CHECK_OK(store_remove_image(store, &old.manifest.digest, &err), &err);
	CHECK(store_find_image(store, "app:2", &image, &err) < 0);
	err_clear(&err);
	CHECK_OK(store_find_image(store, "app:1", &image, &err), &err);
	CHECK(digest_eq(&image.id, &new.id));
	CHECK(store_remove_image(store, &old.manifest.digest, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(the_index_follows_names_and_untagged_images)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image one, two;
	autobuf struct buf text = {0};
	cleanup(index_done) struct index index = {0};
	autoerr struct err err = {0};

	add(store, "one", "debian:12", &one);
	add(store, "two", NULL, &two);
	CHECK_OK(file_read_at(store_dirfd(store), "oci/index.json", 1 << 20, &text, &err), &err);
	CHECK_OK(index_parse("index.json", buf_str(&text), &index, &err), &err);
	CHECK_INT(index.n_entries, 2);
	CHECK(digest_eq(&index.entries[0].digest, &one.manifest.digest));
	CHECK_STR(
		strlist_env_get(&index.entries[0].annotations, "org.opencontainers.image.ref.name"),
		"debian:12");
	CHECK_STR(strlist_env_get(&index.entries[0].annotations, "io.containerd.image.name"),
		  "docker.io/library/debian:12");
	CHECK(digest_eq(&index.entries[1].digest, &two.manifest.digest));
	CHECK_INT(index.entries[1].annotations.n, 0);
}

TEST(a_writer_that_died_before_the_index_is_made_up_for_at_opening)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(store_closep) struct store *again = NULL;
	autobuf struct buf before = {0}, after = {0};
	autoerr struct err err = {0};

	CHECK_OK(file_read_at(store_dirfd(store), "oci/index.json", 1 << 20, &before, &err), &err);
	add(store, "one", "debian:12", NULL);
	CHECK_OK(index_mark_stale(store, &err), &err);
	CHECK_OK(file_write_at(store_dirfd(store), "oci/index.json", before.ptr, before.len, 0644,
			       FILE_NO_SYNC, &err),
		 &err);
	CHECK_OK(store_open(store_root(store), &again, &err), &err);
	CHECK_OK(file_read_at(store_dirfd(store), "oci/index.json", 1 << 20, &after, &err), &err);
	CHECK(strstr(buf_text(&after), "debian:12") != NULL);
	CHECK(faccessat(store_dirfd(store), "lock/index-stale", F_OK, 0) < 0);
}

TEST(a_damaged_record_is_said_by_its_path)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(image_done) struct image image = {0};
	autoerr struct err err = {0};

	add(store, "one", "debian:12", NULL);
	CHECK_OK(file_write_at(store_dirfd(store), "names/docker.io%2Flibrary%2Fdebian%3A12",
			       "{\"name\":", 8, 0600, FILE_NO_SYNC, &err),
		 &err);
	CHECK(store_find_image(store, "debian:12", &image, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK(text_starts(err_text(&err), "names/docker.io%2Flibrary%2Fdebian%3A12:1:9: "));
}

/* A tool of others reads the live layout by the name that users know. */
static void check_tool(const char *const *argv, const char *expected)
{
	struct proc_options options = {
		.argv = (char *const *)argv, .fd_stdin = -1, .fd_stdout = -1, .fd_stderr = -1};
	autobuf struct buf out = {0};
	autoerr struct err err = {0};
	autofree char *path = NULL;
	int status;

	if (proc_find(argv[0], &path, &err))
		test_skip("needs skopeo and umoci");
	CHECK_OK(proc_run(&options, STR(""), &out, NULL, 60000, &status, &err), &err);
	CHECK_INT(status, 0);
	CHECK(strstr(buf_text(&out), expected) != NULL);
}

TEST(skopeo_and_umoci_find_images_by_the_names_users_know)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;

	add(store, "one", "debian:12", &made);
	add(store, "one", "host:5000/org/app:1.0", &made);
	add(store, "two", NULL, NULL);
	autofree char *short_name = xasprintf("oci:%s/oci:debian:12", store_root(store));
	autofree char *long_name = xasprintf("oci:%s/oci:host:5000/org/app:1.0", store_root(store));
	autofree char *layout = xasprintf("%s/oci", store_root(store));
	check_tool((const char *[]){"skopeo", "inspect", short_name, NULL},
		   made.manifest.digest.text);
	check_tool((const char *[]){"skopeo", "inspect", long_name, NULL},
		   made.manifest.digest.text);
	check_tool((const char *[]){"umoci", "ls", "--layout", layout, NULL}, "debian:12");
}
