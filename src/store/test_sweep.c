/* test_sweep.c - what stays, what goes, and how much it takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "store/check.h"
#include "store/store_private.h"
#include "store/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

static struct sweep_result sweep(struct store *store, bool dry)
{
	struct sweep_result result = {0};
	autoerr struct err err = {0};

	CHECK_OK(store_sweep(store, dry, &result, &err), &err);
	return result;
}

TEST(what_an_image_needs_stays_and_the_rest_goes)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	struct layer_meta kept, loose;
	struct digest digest, other = digest_of_bytes("other", 5);
	autoerr struct err err = {0};

	CHECK_OK(fixture_add_image(store, "one", "app:1", &made, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &made.diff_id, "x", &kept, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &other, "x", &loose, &err), &err);
	CHECK_OK(store_put_blob(store, NULL, "loose", 5, &digest, &err), &err);
	struct sweep_result result = sweep(store, true);
	CHECK_INT(result.n_blobs, 1);
	CHECK_INT(result.n_layers, 1);
	CHECK(result.bytes > 0);
	CHECK(store_has_blob(store, &digest, NULL));
	struct sweep_result done = sweep(store, false);
	CHECK_INT(done.n_blobs, 1);
	CHECK_INT(done.n_layers, 1);
	CHECK_INT(done.bytes, result.bytes);
	CHECK(!store_has_blob(store, &digest, NULL));
	CHECK(!store_has_layer(store, &loose.chain_id));
	CHECK(store_has_layer(store, &kept.chain_id));
	CHECK(store_has_blob(store, &made.layer, NULL));
	CHECK(store_has_blob(store, &made.id, NULL));
	CHECK(store_has_blob(store, &made.manifest.digest, NULL));
}

TEST(a_removed_image_goes_with_the_next_sweep)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	struct layer_meta layer;
	autoerr struct err err = {0};

	CHECK_OK(fixture_add_image(store, "one", "app:1", &made, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &made.diff_id, "x", &layer, &err), &err);
	CHECK_OK(store_remove_image(store, &made.manifest.digest, &err), &err);
	struct sweep_result result = sweep(store, false);
	CHECK_INT(result.n_blobs, 3);
	CHECK_INT(result.n_layers, 1);
	autofree char *link = xasprintf("l/%.12s", digest_hex(&layer.chain_id));
	CHECK(faccessat(store_dirfd(store), link, F_OK, AT_SYMLINK_NOFOLLOW) < 0);
}

TEST(a_lease_keeps_a_layer_with_its_parents_and_their_blobs)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct lease *lease;
	struct digest blob, upper = digest_of_bytes("upper", 5);
	struct layer_meta parent, child;
	autoerr struct err err = {0};

	CHECK_OK(store_put_blob(store, NULL, "parent", 6, &blob, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &blob, "x", &parent, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, &parent.chain_id, &upper, "y", &child, &err),
		 &err);
	CHECK_OK(lease_begin_named(store, "c1", &lease, &err), &err);
	CHECK_OK(lease_add_layer(lease, &child.chain_id, &err), &err);
	lease_end(lease);
	struct sweep_result result = sweep(store, false);
	CHECK_INT(result.n_blobs + result.n_layers, 0);
	CHECK_OK(lease_remove_named(store, "c1", &err), &err);
	result = sweep(store, false);
	CHECK_INT(result.n_blobs, 1);
	CHECK_INT(result.n_layers, 2);
}

TEST(a_leased_manifest_keeps_all_it_names)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct lease *lease;
	struct fixture_image made;
	autoerr struct err err = {0};

	CHECK_OK(fixture_put_image(store, NULL, "one", "linux", &made, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &made.diff_id, "x", NULL, &err), &err);
	CHECK_OK(lease_begin(store, &lease, &err), &err);
	CHECK_OK(lease_add_blob(lease, &made.manifest.digest, &err), &err);
	struct sweep_result result = sweep(store, false);
	CHECK_INT(result.n_blobs + result.n_layers + result.n_others, 0);
	lease_end(lease);
	result = sweep(store, false);
	CHECK_INT(result.n_blobs, 3);
	CHECK_INT(result.n_layers, 1);
}

static int fail_line(bool is_layer, const struct digest *digest, void *arg, struct err *err)
{
	(void)is_layer;
	(void)arg;
	return err_set(err, ERR_SYSTEM, "nobody noted %s", digest->text);
}

/* A sweep that finds it alive may come too late to read it. */
TEST(a_lease_that_ended_meanwhile_holds_nothing)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};

	CHECK_OK(lease_read(store, "work-0123456789abcdef", fail_line, NULL, &err), &err);
	CHECK_INT(err.kind, 0);
}

TEST(a_replaced_named_lease_holds_the_new_only)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct lease *lease;
	struct digest old, new;
	autoerr struct err err = {0};

	CHECK_OK(store_put_blob(store, NULL, "old", 3, &old, &err), &err);
	CHECK_OK(store_put_blob(store, NULL, "new", 3, &new, &err), &err);
	CHECK_OK(lease_begin_named(store, "c1", &lease, &err), &err);
	CHECK_OK(lease_add_blob(lease, &old, &err), &err);
	lease_end(lease);
	CHECK_OK(lease_begin_named(store, "c1", &lease, &err), &err);
	CHECK_INT(sweep(store, false).n_blobs, 1);
	CHECK(store_has_blob(store, &old, NULL));
	CHECK_OK(store_put_blob(store, lease, "new", 3, &new, &err), &err);
	CHECK_INT(sweep(store, false).n_blobs, 1);
	lease_end(lease);
	CHECK(store_has_blob(store, &new, NULL));
	CHECK_INT(sweep(store, false).n_blobs, 0);
}

/* Runs `work` in a child that then dies as by a power cut of its own: nothing is cleaned up. */
static void die_after(void (*work)(struct store *store), struct store *store)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		work(store);
		kill(getpid(), SIGKILL);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

static void leave_garbage(struct store *store)
{
	autoerr struct err err = {0};
	struct lease *lease;
	struct ingest *ingest;
	struct workdir *workdir;
	struct digest digest;

	if (lease_begin(store, &lease, &err) || ingest_begin(store, lease, &ingest, &err) ||
	    writer_write(ingest_writer(ingest), "half", 4, &err) ||
	    store_put_blob(store, lease, "whole", 5, &digest, &err) ||
	    workdir_new(store, &workdir, &err) ||
	    file_write_at(workdir_fd(workdir), "file", "x", 1, 0644, FILE_NO_SYNC, &err))
		_exit(1);
}

TEST(what_a_killed_process_left_is_swept)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};

	die_after(leave_garbage, store);
	struct sweep_result result = sweep(store, false);
	CHECK_INT(result.n_blobs, 1);
	CHECK_INT(result.n_others, 3);
	CHECK_OK(record_list(store, "tmp", &names, &err), &err);
	CHECK_INT(names.n, 0);
	CHECK_OK(record_list(store, "leases", &names, &err), &err);
	CHECK_INT(names.n, 0);
}

TEST(what_a_living_process_works_on_stays)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(store_closep) struct store *other = NULL;
	cleanup(lease_endp) struct lease *lease = NULL;
	cleanup(ingest_freep) struct ingest *ingest = NULL;
	cleanup(workdir_freep) struct workdir *workdir = NULL;
	struct digest digest;
	autoerr struct err err = {0};

	CHECK_OK(store_open(store_root(store), &other, &err), &err);
	CHECK_OK(lease_begin(store, &lease, &err), &err);
	CHECK_OK(ingest_begin(store, lease, &ingest, &err), &err);
	CHECK_OK(writer_write(ingest_writer(ingest), "half", 4, &err), &err);
	CHECK_OK(workdir_new(store, &workdir, &err), &err);
	struct sweep_result result = sweep(other, false);
	CHECK_INT(result.n_blobs + result.n_layers + result.n_others, 0);
	CHECK_OK(ingest_commit(ingest, NULL, UINT64_MAX, &digest, NULL, &err), &err);
	CHECK_INT(sweep(other, false).n_blobs, 0);
	CHECK(store_has_blob(store, &digest, NULL));
}

static void leave_mount(struct store *store)
{
	autoerr struct err err = {0};
	struct workdir *workdir;

	if (workdir_new(store, &workdir, &err) || mkdirat(workdir_fd(workdir), "a mount", 0700))
		_exit(1);
	autofree char *point = path_join(workdir_path(workdir), "a mount");
	if (mount("hull-test", point, "tmpfs", 0, NULL))
		_exit(1);
}

TEST(what_a_killed_build_left_mounted_is_unmounted_and_swept)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};

	fixture_own_mounts();
	die_after(leave_mount, store);
	CHECK_INT(sweep(store, false).n_others, 1);
	CHECK_OK(record_list(store, "tmp", &names, &err), &err);
	CHECK_INT(names.n, 0);
}

TEST(an_answer_that_nobody_asks_for_is_swept_after_a_month)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	autoerr struct err err = {0};
	autofree char *text = NULL;

	CHECK_OK(store_cache_put(store, "step", "aa", "asked for", &err), &err);
	CHECK_OK(store_cache_put(store, "step", "bb", "not", &err), &err);
	CHECK_INT(utimensat(store_dirfd(store), "cache/step/aa", old, 0), 0);
	CHECK_INT(utimensat(store_dirfd(store), "cache/step/bb", old, 0), 0);
	CHECK_OK(store_cache_get(store, "step", "aa", &text, &err), &err);
	CHECK_INT(sweep(store, false).n_others, 1);
	CHECK(store_cache_get(store, "step", "bb", &text, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(nothing_is_swept_while_an_image_cannot_be_read)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct fixture_image made;
	struct sweep_result result;
	struct digest loose;
	autoerr struct err err = {0};

	CHECK_OK(fixture_add_image(store, "one", "app:1", &made, &err), &err);
	CHECK_OK(store_put_blob(store, NULL, "loose", 5, &loose, &err), &err);
	struct store_path path = blob_path(&made.manifest.digest);
	CHECK_INT(unlinkat(store_dirfd(store), path.text, 0), 0);
	CHECK(store_sweep(store, false, &result, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK(text_starts(err_text(&err), "cannot know what image sha256:"));
	CHECK(store_has_blob(store, &loose, NULL));
}

TEST(the_lock_files_of_keys_are_swept_but_not_a_held_one)
{
	cleanup(store_closep) struct store *store = fixture_store();
	autoerr struct err err = {0};
	int held, left;
	autostrlist struct strlist names = {0};

	CHECK_OK(store_lock_key(store, "held", true, &held, NULL, &err), &err);
	CHECK_OK(store_lock_key(store, "left", true, &left, NULL, &err), &err);
	close(left);
	sweep(store, false);
	CHECK_OK(record_list(store, "lock", &names, &err), &err);
	size_t n = 0;
	for (size_t i = 0; i < names.n; i++)
		n += text_starts(names.items[i], "key-");
	CHECK_INT(n, 1);
	close(held);
}

TEST(the_parts_of_the_usage_make_the_whole)
{
	cleanup(store_closep) struct store *store = fixture_store();
	struct store_usage before, after;
	struct digest loose, other = digest_of_bytes("other", 5);
	autoerr struct err err = {0};
	autofree char *large = xcalloc(1, 1 << 20);

	memset(large, 'x', 1 << 20);
	CHECK_OK(fixture_add_image(store, "one", "app:1", NULL, &err), &err);
	CHECK_OK(store_put_blob(store, NULL, large, 1 << 20, &loose, &err), &err);
	CHECK_OK(fixture_publish_layer(store, NULL, NULL, &other, "x", NULL, &err), &err);
	CHECK_OK(store_usage(store, &before, &err), &err);
	CHECK(before.blob_bytes >= 1 << 20);
	CHECK(before.reclaimable_bytes >= 1 << 20);
	CHECK_INT(before.blob_bytes + before.layer_bytes + before.other_bytes, before.total_bytes);
	sweep(store, false);
	CHECK_OK(store_usage(store, &after, &err), &err);
	CHECK_INT(after.reclaimable_bytes, 0);
	CHECK_INT(before.blob_bytes + before.layer_bytes - after.blob_bytes - after.layer_bytes,
		  before.reclaimable_bytes);
}
