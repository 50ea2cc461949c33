/* test_snap.c - snapshots and layers in a real store: overlay and copy must tell the same story.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/test_sketch.h"
#include "oci/image_config.h"
#include "snap/snap_private.h"
#include "testing/test.h"

#define LONG_AGO_NS \
	((int64_t)1000000000 * NS) /* all that the tests write is later, and becomes this */
#define NS 1000000000

struct bench {
	struct store *store;
	struct lease *lease;
	int dirfd;
	const char *dir;
};

static void bench_done(struct bench *bench)
{
	lease_end(bench->lease);
	store_close(bench->store);
}
#define autobench cleanup(bench_done)

static void bench_init(struct bench *bench)
{
	autoerr struct err err = {0};
	sketch_needs_root();
	*bench = (struct bench){0};
	bench->dirfd = test_dir(&bench->dir);
	autofree char *root = path_join(bench->dir, "store");
	CHECK_OK(store_open(root, &bench->store, &err), &err);
	CHECK_OK(lease_begin(bench->store, &bench->lease, &err), &err);
}

/* In a directory of its own, as a container has it. */
static struct snapshot *snapshot_on(struct bench *bench, const char *name,
				    const struct digest *chain_id, enum snap_driver driver)
{
	autoerr struct err err = {0};
	struct snap_options options = {.driver = driver};
	struct snapshot *snapshot = NULL;
	autofree char *dir = path_join(bench->dir, name);
	CHECK_OK(dir_make_all(AT_FDCWD, dir, 0755, &err), &err);
	if (snap_create(bench->store, dir, chain_id, &options, &snapshot, &err)) {
		if (driver == SNAP_OVERLAY && overlay_is_missing(&err))
			test_skip("needs overlayfs");
		CHECK_STR(err_text(&err), "");
	}
	return snapshot;
}

static void snapshot_drop(struct snapshot *snapshot)
{
	autoerr struct err err = {0};
	CHECK_OK(snap_remove(snapshot->store, snapshot->dir, &err), &err);
	snap_close(snapshot);
}

static int rootfs_open(const struct snapshot *snapshot)
{
	int fd = open(snap_rootfs(snapshot), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

static struct layer_meta committed(struct bench *bench, struct snapshot *snapshot, bool consume)
{
	autoerr struct err err = {0};
	struct layer_meta meta = {0};
	const struct snap_commit_options options = {
		.pack = {.compression = COMPRESSION_GZIP, .clamp_mtime_ns = LONG_AGO_NS},
		.consume = consume};
	CHECK_OK(snap_commit(snapshot, bench->lease, &options, &meta, &err), &err);
	return meta;
}

static void base_make(int root)
{
	sketch_dir(root, "etc", 0755);
	sketch_dir(root, "etc/deep", 0750);
	sketch_file(root, "etc/deep/file", "deep");
	sketch_file(root, "etc/hosts", "hosts");
	sketch_file(root, "etc/gone", "gone");
	sketch_dir(root, "opaque", 0755);
	sketch_file(root, "opaque/old", "old");
	sketch_dir(root, "becomes-file", 0755);
	sketch_file(root, "becomes-file/inner", "inner");
	sketch_file(root, "becomes-dir", "file");
	sketch_dir(root, "acl", 0755);
	sketch_dir(root, "unchanged", 0700);
	sketch_file(root, "unchanged/file", "same");
	sketch_link(root, "link", "etc/hosts");
	CHECK(!linkat(root, "etc/hosts", root, "hard", 0));
	CHECK(!mknodat(root, "null", S_IFCHR | 0666, makedev(1, 3)));
	CHECK(!mkfifoat(root, "fifo", 0644));
}

static void change(int root)
{
	CHECK(!unlinkat(root, "etc/gone", 0));
	CHECK(!unlinkat(root, "opaque/old", 0) && !unlinkat(root, "opaque", AT_REMOVEDIR));
	sketch_dir(root, "opaque", 0711);
	sketch_file(root, "opaque/new", "new");
	CHECK(!unlinkat(root, "becomes-file/inner", 0) &&
	      !unlinkat(root, "becomes-file", AT_REMOVEDIR));
	sketch_file(root, "becomes-file", "now a file");
	CHECK(!unlinkat(root, "becomes-dir", 0));
	sketch_dir(root, "becomes-dir", 0755);
	sketch_file(root, "becomes-dir/inner", "inner");
	sketch_acl(root, "acl", false); /* nothing of it but its ACLs changes */
	sketch_acl(root, "acl", true);
	sketch_file(root, "etc/deep/file", "changed");
	sketch_xattr(root, "etc/deep/file", "user.note", "yes");
	CHECK(!fchmodat(root, "null", 0600, 0));
	CHECK(!unlinkat(root, "link", 0));
	sketch_link(root, "link", "/etc/deep");
	CHECK(!renameat(root, "fifo", root, "etc/fifo"));
	sketch_file(root, "twins", "twins");
	CHECK(!linkat(root, "twins", root, "etc/twin", 0));
}

static void check_same_layer(const struct layer_meta *a, const struct layer_meta *b)
{
	CHECK_STR(a->diff_id.text, b->diff_id.text);
	CHECK_STR(a->blob.text, b->blob.text);
	CHECK_STR(a->chain_id.text, b->chain_id.text);
	CHECK_INT(a->n_entries, b->n_entries);
	CHECK_INT(a->tar_bytes, b->tar_bytes);
}

static struct layer_meta base_layer(struct bench *bench, const char *name, enum snap_driver driver,
				    bool consume)
{
	struct snapshot *snapshot = snapshot_on(bench, name, NULL, driver);
	autoclose int root = rootfs_open(snapshot);
	base_make(root);
	mem_close_at(&root);
	root = -1;
	struct layer_meta meta = committed(bench, snapshot, consume);
	snapshot_drop(snapshot);
	return meta;
}

static void check_verified(struct bench *bench, const struct layer_meta *meta)
{
	autoerr struct err err = {0};
	autofree char *why = NULL;
	int result = snap_check_verify(bench->store, meta, &why, NULL, &err);
	CHECK_STR(err_text(&err), "");
	CHECK_STR(why, NULL);
	CHECK_INT(result, 0);
}

static char *view_of(const struct snapshot *snapshot)
{
	struct buf text = {0};
	autoclose int root = rootfs_open(snapshot);
	sketch_text(root, SKETCH_NO_ROOT, &text);
	return buf_steal(&text);
}

TEST(overlay_and_copy_make_the_same_layers)
{
	autobench struct bench bench, other;
	bench_init(&bench);
	bench_init(&other); /* a store of its own: nothing is found ready made */
	struct layer_meta one = base_layer(&bench, "one", SNAP_OVERLAY, true);
	struct layer_meta two = base_layer(&other, "two", SNAP_COPY, true);
	check_same_layer(&one, &two);
	CHECK(one.n_entries >= 16);
	check_verified(&bench, &one);
	check_verified(&other, &two);

	struct snapshot *overlay = snapshot_on(&bench, "three", &one.chain_id, SNAP_OVERLAY);
	struct snapshot *copy = snapshot_on(&other, "four", &two.chain_id, SNAP_COPY);
	CHECK_INT(snap_driver_used(overlay), SNAP_OVERLAY);
	CHECK_INT(snap_driver_used(copy), SNAP_COPY);
	autofree char *overlay_view = view_of(overlay), *copy_view = view_of(copy);
	CHECK_STR(copy_view, overlay_view);
	int overlay_root = rootfs_open(overlay), copy_root = rootfs_open(copy);
	change(overlay_root);
	change(copy_root);
	close(overlay_root);
	close(copy_root);
	one = committed(&bench, overlay, true);
	two = committed(&other, copy, true);
	check_same_layer(&one, &two);
	check_verified(&bench, &one);
	check_verified(&other, &two);
	snapshot_drop(overlay);
	snapshot_drop(copy);

	/* And what stands on both looks the same: whiteouts and opaque directories were understood.
	 */
	overlay = snapshot_on(&bench, "five", &one.chain_id, SNAP_OVERLAY);
	copy = snapshot_on(&other, "six", &two.chain_id, SNAP_COPY);
	autofree char *overlay_again = view_of(overlay), *copy_again = view_of(copy);
	CHECK_STR(copy_again, overlay_again);
	CHECK(strstr(overlay_again, "opaque/new") && !strstr(overlay_again, "opaque/old"));
	CHECK(!strstr(overlay_again, "etc/gone") && !strstr(overlay_again, "becomes-file/inner"));
	snapshot_drop(overlay);
	snapshot_drop(copy);
}

TEST(a_snapshot_that_is_kept_gives_the_same_layer)
{
	autobench struct bench bench, other;
	bench_init(&bench);
	bench_init(&other);
	struct layer_meta one = base_layer(&bench, "one", SNAP_OVERLAY, true);
	struct layer_meta two = base_layer(&other, "two", SNAP_OVERLAY, false);
	check_same_layer(&one, &two);
	check_verified(&other, &two);
}

TEST(a_layer_that_is_there_is_not_made_again)
{
	autobench struct bench bench;
	bench_init(&bench);
	struct layer_meta one = base_layer(&bench, "one", SNAP_OVERLAY, true);
	struct layer_meta two = base_layer(&bench, "two", SNAP_OVERLAY, true);
	check_same_layer(&one, &two);
}

TEST(nothing_changed_is_no_layer)
{
	static const enum snap_driver drivers[] = {SNAP_OVERLAY, SNAP_COPY};
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		autobench struct bench bench;
		bench_init(&bench);
		struct layer_meta base = base_layer(&bench, "base", drivers[i], true);
		struct snapshot *snapshot = snapshot_on(&bench, "two", &base.chain_id, drivers[i]);
		autoclose int root = rootfs_open(snapshot);
		/* Touched and put back: a copy went up, nothing differs. */
		CHECK(!fchmodat(root, "etc/hosts", 0600, 0) &&
		      !fchmodat(root, "etc/hosts", 0644, 0));
		mem_close_at(&root);
		root = -1;
		struct layer_meta meta = committed(&bench, snapshot, false);
		CHECK_INT(meta.n_entries, 0);
		CHECK(!digest_is_set(&meta.chain_id));
		snapshot_drop(snapshot);
	}
}

static int change_note(const struct change *change, void *arg, struct err *err)
{
	(void)err;
	buf_printf(arg, "%c /%s\n", "CAD"[change->kind], change -> path);
	return 0;
}

static bool is_deep(const char *path, void *arg)
{
	(void)arg;
	return strcmp(path, "etc/deep") == 0;
}

TEST(changes_are_listed_as_docker_diff_does)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	bench_init(&bench);
	struct layer_meta base = base_layer(&bench, "base", SNAP_OVERLAY, true);
	struct snapshot *snapshot = snapshot_on(&bench, "two", &base.chain_id, SNAP_OVERLAY);
	autoclose int root = rootfs_open(snapshot);
	sketch_file(root, "etc/new", "new");
	sketch_file(root, "etc/deep/file", "left out");
	CHECK(!unlinkat(root, "etc/gone", 0));
	autobuf struct buf text = {0};
	CHECK_OK(snap_changes(snapshot, is_deep, NULL, change_note, &text, &err), &err);
	CHECK(strstr(buf_text(&text), "A /etc/new\n") && strstr(buf_text(&text), "D /etc/gone\n"));
	CHECK(!strstr(buf_text(&text), "deep"));
	mem_close_at(&root);
	root = -1;
	snapshot_drop(snapshot);
}

TEST(a_snapshot_is_found_again_and_mounted)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	bench_init(&bench);
	struct layer_meta base = base_layer(&bench, "base", SNAP_OVERLAY, true);
	struct snapshot *snapshot = snapshot_on(&bench, "two", &base.chain_id, SNAP_OVERLAY),
			*again = NULL;
	autofree char *file = path_join(snap_rootfs(snapshot), "kept"),
		      *dir = xstrdup(snapshot->dir);
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_INT(snap_unmount(snapshot, &err), -1); /* in use */
	CHECK_INT(err.kind, ERR_EXISTS);
	err_clear(&err);
	close(fd);
	CHECK_OK(snap_unmount(snapshot, &err), &err); /* as a reboot does */
	CHECK_OK(snap_unmount(snapshot, &err), &err);
	snap_close(snapshot);
	CHECK(access(file, F_OK));
	CHECK_OK(snap_open(bench.store, dir, false, &again, &err), &err);
	CHECK(access(file, F_OK));
	snap_close(again);
	CHECK_OK(snap_open(bench.store, dir, true, &again, &err), &err);
	CHECK(!access(file, F_OK));
	CHECK_STR(snap_chain_id(again)->text, base.chain_id.text);
	snapshot_drop(again);
	CHECK(access(file, F_OK));
	CHECK_OK(snap_remove(bench.store, dir, &err), &err); /* fine when gone */
}

TEST(a_volatile_snapshot_is_used_again_only_when_it_was_unmounted)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	const struct snap_options options = {.driver = SNAP_OVERLAY, .is_volatile = true};
	struct snapshot *snapshot = NULL;
	bench_init(&bench);
	autofree char *dir = path_join(bench.dir, "one");
	CHECK_OK(dir_make_all(AT_FDCWD, dir, 0755, &err), &err);
	CHECK_OK(snap_create(bench.store, dir, NULL, &options, &snapshot, &err), &err);
	CHECK_OK(snap_unmount(snapshot, &err), &err);
	snap_close(snapshot);
	CHECK_OK(snap_open(bench.store, dir, true, &snapshot, &err), &err);
	CHECK(!umount2(snap_rootfs(snapshot), MNT_DETACH)); /* behind its back */
	snap_close(snapshot);
	CHECK_INT(snap_open(bench.store, dir, true, &snapshot, &err), -1);
	CHECK_INT(err.kind, ERR_CORRUPT);
	err_clear(&err);
	CHECK_OK(snap_remove(bench.store, dir, &err), &err);
}

TEST(layers_are_mounted_by_option_string_too)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	bench_init(&bench);
	struct layer_meta base = base_layer(&bench, "base", SNAP_OVERLAY, true);
	struct snapshot *snapshot =
		snapshot_on(&bench, "with:colon,comma", &base.chain_id, SNAP_OVERLAY);
	autostack struct stack stack = {0};
	autofree char *view = view_of(snapshot);
	CHECK_OK(snap_unmount(snapshot, &err), &err);
	CHECK_OK(stack_open(bench.store, &base.chain_id, &stack, &err), &err);
	CHECK_OK(overlay_mount_string(snapshot, &stack, &err), &err);
	autofree char *again = view_of(snapshot);
	CHECK_STR(again, view);
	stack_done(&stack);
	snapshot_drop(snapshot);
}

TEST(more_layers_than_one_page_of_options)
{
	autobench struct bench bench;
	bench_init(&bench);
	struct layer_meta meta = {0};
	for (int i = 0; i < 130; i++) {
		autofree char *name = xasprintf("f%03d", i);
		struct snapshot *snapshot = snapshot_on(&bench, name, &meta.chain_id, SNAP_OVERLAY);
		autoclose int root = rootfs_open(snapshot);
		sketch_file(root, name, name);
		mem_close_at(&root);
		root = -1;
		meta = committed(&bench, snapshot, true);
		snapshot_drop(snapshot);
	}
	struct snapshot *snapshot = snapshot_on(&bench, "all", &meta.chain_id, SNAP_OVERLAY);
	autoclose int root = rootfs_open(snapshot);
	CHECK(sketch_has(root, "f000") && sketch_has(root, "f129"));
	mem_close_at(&root);
	root = -1;
	snapshot_drop(snapshot);
}

TEST(where_no_overlay_is_to_be_had_layers_are_copied)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	const struct snap_options options = {.driver = SNAP_AUTO};
	struct snapshot *inner = NULL;
	bench_init(&bench);
	struct layer_meta base = base_layer(&bench, "base", SNAP_OVERLAY, true);
	/* overlayfs does not take an overlay for its upper directory. */
	struct snapshot *outer = snapshot_on(&bench, "outer", NULL, SNAP_OVERLAY);
	autofree char *dir = path_join(snap_rootfs(outer), "inner");
	CHECK(!mkdir(dir, 0755));
	CHECK_OK(snap_create(bench.store, dir, &base.chain_id, &options, &inner, &err), &err);
	CHECK_INT(snap_driver_used(inner), SNAP_COPY);
	autofree char *upper = path_join(dir, "upper");
	CHECK(access(upper, F_OK) && errno == ENOENT);
	snapshot_drop(inner);
	snapshot_drop(outer);
}

TEST(the_environment_chooses_the_driver)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	const struct snap_options options = {.driver = SNAP_AUTO};
	struct snapshot *snapshot = NULL;
	bench_init(&bench);
	autofree char *dir = path_join(bench.dir, "one");
	CHECK_OK(dir_make_all(AT_FDCWD, dir, 0755, &err), &err);
	setenv("HULL_SNAPSHOTTER", "vfs", 1);
	CHECK_OK(snap_create(bench.store, dir, NULL, &options, &snapshot, &err), &err);
	CHECK_INT(snap_driver_used(snapshot), SNAP_COPY);
	snapshot_drop(snapshot);
	setenv("HULL_SNAPSHOTTER", "overlai", 1);
	CHECK_INT(snap_create(bench.store, dir, NULL, &options, &snapshot, &err), -1);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK(strstr(err_text(&err), "unknown storage driver 'overlai'"));
	unsetenv("HULL_SNAPSHOTTER");
}
