/* snapshot.c - a snapshot's directory: made, mounted, found again, removed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "doc/json.h"
#include "snap/snap_private.h"

#include "base/banned.h"

#define RECORD_NAME      "snapshot.json"
#define LIMIT_RECORD     4096   /* bytes */
#define WORK_NAME        "work" /* given to the kernel, which has a directory of that name in it */
#define VOLATILE_MARK_UP WORK_NAME "/" WORK_NAME "/incompat"
#define VOLATILE_MARK    VOLATILE_MARK_UP "/volatile" /* made by the kernel, never removed by it */

static const char *const driver_names[] = {
	[SNAP_AUTO] = "auto", [SNAP_OVERLAY] = "overlay", [SNAP_COPY] = "copy"};

int snap_driver_parse(const char *name, enum snap_driver *ret_driver, struct err *err)
{
	static const struct {
		const char *name;
		enum snap_driver driver;
	} others[] = {{"", SNAP_AUTO},
		      {"overlay2", SNAP_OVERLAY},
		      {"overlayfs", SNAP_OVERLAY},
		      {"vfs", SNAP_COPY}};
	for (size_t i = 0; i < ARRAY_LEN(driver_names); i++) {
		if (text_eq(name, driver_names[i])) {
			*ret_driver = (enum snap_driver)i;
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (text_eq(name, others[i].name)) {
			*ret_driver = others[i].driver;
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, "unknown storage driver '%s' (overlay, copy or auto)", name);
}

static struct snapshot *snapshot_new(struct store *store, const char *dir)
{
	struct snapshot *snapshot = xcalloc(1, sizeof(*snapshot));
	*snapshot = (struct snapshot){.store = store,
				      .dir = xstrdup(dir),
				      .rootfs = path_join(dir, "rootfs"),
				      .dirfd = -1};
	return snapshot;
}

void snap_close(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	mem_close_at(&snapshot->dirfd);
	free(snapshot->dir);
	free(snapshot->rootfs);
	free(snapshot);
}

const char *snap_rootfs(const struct snapshot *snapshot)
{
	return snapshot->rootfs;
}

const struct digest *snap_chain_id(const struct snapshot *snapshot)
{
	return &snapshot->chain_id;
}

enum snap_driver snap_driver_used(const struct snapshot *snapshot)
{
	return snapshot->driver;
}

/* ---- the record ---- */

static int record_save(const struct snapshot *snapshot, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};
	struct node *map = node_new(&arena, NODE_MAP);
	node_set_text(&arena, map, "driver", driver_names[snapshot->driver]);
	if (digest_is_set(&snapshot->chain_id))
		node_set_text(&arena, map, "chainID", snapshot->chain_id.text);
	node_set(&arena, map, "volatile", node_new_bool(&arena, snapshot->is_volatile));
	json_write(&text, map, JSON_COMPACT);
	return file_write_at(snapshot->dirfd, RECORD_NAME, text.ptr, text.len, 0600, FILE_NO_SYNC,
			     err);
}

static int record_load(struct snapshot *snapshot, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};
	struct node *root = NULL;
	if (file_read_at(snapshot->dirfd, RECORD_NAME, LIMIT_RECORD, &text, err) ||
	    json_parse(&arena, RECORD_NAME, buf_str(&text), &root, err))
		return -1;
	const char *driver = node_get_text(root, "driver"),
		   *chain_id = node_get_text(root, "chainID");
	if (!driver || snap_driver_parse(driver, &snapshot->driver, err))
		return driver ? -1 : err_set(err, ERR_CORRUPT, "'%s' names no driver", RECORD_NAME);
	if (chain_id && digest_parse(str_of(chain_id), &snapshot->chain_id, err))
		return -1;
	snapshot->is_volatile = node_get_bool(root, "volatile", false);
	return 0;
}

/* ---- making ---- */

static int directory_make(const struct snapshot *snapshot, const char *name, mode_t mode,
			  struct err *err)
{
	if (mkdirat(snapshot->dirfd, name, mode))
		return file_err(err, "making", name);
	return 0;
}

static int overlay_make(struct snapshot *snapshot, const struct stack *stack, struct err *err)
{
	autoclose int upper = -1;
	if (directory_make(snapshot, "upper", 0755, err) ||
	    directory_make(snapshot, "work", 0700, err) ||
	    (!stack->n && directory_make(snapshot, "empty", 0755, err)) ||
	    dir_open_at(snapshot->dirfd, "upper", &upper, err) ||
	    stack_root_attributes(stack, upper,
				  err)) /* the upper's root is the root that is seen */
		return -1;
	return overlay_mount(snapshot, stack, err);
}

static int overlay_unmake(const struct snapshot *snapshot, struct err *err)
{
	return tree_remove_at(snapshot->dirfd, "upper", err) ||
			       tree_remove_at(snapshot->dirfd, "work", err) ||
			       tree_remove_at(snapshot->dirfd, "empty", err)
		       ? -1
		       : 0;
}

static int copy_make(struct snapshot *snapshot, const struct stack *stack, struct err *err)
{
	autoclose int rootfs = -1;
	snapshot->driver = SNAP_COPY;
	return dir_open_at(snapshot->dirfd, "rootfs", &rootfs, err) ||
			       copy_layers(stack, rootfs, err)
		       ? -1
		       : 0;
}

static int any_make(struct snapshot *snapshot, const struct stack *stack, bool may_copy,
		    struct err *err)
{
	autoerr struct err why = {0};
	snapshot->driver = SNAP_OVERLAY;
	if (!overlay_make(snapshot, stack, &why))
		return 0;
	if (!may_copy || !overlay_is_missing(&why)) {
		err_move(err, &why);
		return -1;
	}
	log_debug("no overlay here, copying: %s", err_text(&why));
	if (overlay_unmake(snapshot, err))
		return -1;
	return copy_make(snapshot, stack, err);
}

static int driver_choose(enum snap_driver asked, enum snap_driver *ret_driver, struct err *err)
{
	const char *given = getenv("HULL_SNAPSHOTTER");
	*ret_driver = asked;
	if (asked != SNAP_AUTO || !given)
		return 0;
	if (snap_driver_parse(given, ret_driver, err))
		return err_wrap(err, "HULL_SNAPSHOTTER");
	return 0;
}

static int snapshot_make(struct snapshot *snapshot, const struct snap_options *options,
			 struct err *err)
{
	autostack struct stack stack = {0};
	enum snap_driver driver = SNAP_AUTO;
	if (driver_choose(options->driver, &driver, err) ||
	    stack_open(snapshot->store, &snapshot->chain_id, &stack, err) ||
	    directory_make(snapshot, "rootfs", 0755, err))
		return -1;
	int result = driver == SNAP_COPY ? copy_make(snapshot, &stack, err)
					 : any_make(snapshot, &stack, driver == SNAP_AUTO, err);
	return result || record_save(snapshot, err) ? -1 : 0;
}

int snap_create(struct store *store, const char *dir, const struct digest *chain_id,
		const struct snap_options *options, struct snapshot **ret_snapshot, struct err *err)
{
	cleanup(snap_closep) struct snapshot *snapshot = snapshot_new(store, dir);
	if (chain_id)
		snapshot->chain_id = *chain_id;
	snapshot->is_volatile = options->is_volatile;
	if (dir_open_at(AT_FDCWD, dir, &snapshot->dirfd, err))
		return -1;
	if (snapshot_make(snapshot, options, err)) {
		autoerr struct err ignored = {0}; /* the first error is the one to tell */
		if (snap_remove(store, dir, &ignored))
			log_debug("%s", err_text(&ignored));
		return err_wrap(err, "making a root file system");
	}
	*ret_snapshot = steal(&snapshot);
	return 0;
}

/* ---- finding again ---- */

static bool was_left_mounted(const struct snapshot *snapshot)
{
	return snapshot->is_volatile &&
	       !faccessat(snapshot->dirfd, VOLATILE_MARK, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int snapshot_mount(struct snapshot *snapshot, struct err *err)
{
	autostack struct stack stack = {0};
	if (snapshot->driver != SNAP_OVERLAY || overlay_is_mounted(snapshot->dir, snapshot->rootfs))
		return 0;
	if (was_left_mounted(snapshot))
		return err_set(
			err, ERR_CORRUPT,
			"the snapshot in '%s' was not unmounted cleanly and is not used again",
			snapshot->dir);
	if (stack_open(snapshot->store, &snapshot->chain_id, &stack, err))
		return -1;
	return overlay_mount(snapshot, &stack, err);
}

int snap_open(struct store *store, const char *dir, bool mount, struct snapshot **ret_snapshot,
	      struct err *err)
{
	cleanup(snap_closep) struct snapshot *snapshot = snapshot_new(store, dir);
	if (dir_open_at(AT_FDCWD, dir, &snapshot->dirfd, err) || record_load(snapshot, err) ||
	    (mount && snapshot_mount(snapshot, err)))
		return err_wrap(err, "opening a root file system");
	*ret_snapshot = steal(&snapshot);
	return 0;
}

int snap_unmount(struct snapshot *snapshot, struct err *err)
{
	if (snapshot->driver != SNAP_OVERLAY ||
	    !overlay_is_mounted(snapshot->dir, snapshot->rootfs))
		return 0;
	if (umount2(snapshot->rootfs, UMOUNT_NOFOLLOW)) {
		if (errno == EBUSY)
			return err_set(err, ERR_EXISTS, "'%s' is in use", snapshot->rootfs);
		return err_sys(err, "unmounting '%s'", snapshot->rootfs);
	}
	/* Nobody died in between: what the kernel fears did not happen. */
	return snapshot->is_volatile ? tree_remove_at(snapshot->dirfd, VOLATILE_MARK_UP, err) : 0;
}

int snap_remove(struct store *store, const char *dir, struct err *err)
{
	static const char *const names[] = {"rootfs", "upper", "work", "empty", RECORD_NAME};
	autofree char *rootfs = path_join(dir, "rootfs");
	autoclose int dirfd = -1;
	(void)store;
	if (dir_open_at(AT_FDCWD, dir, &dirfd, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	while (overlay_is_mounted(dir, rootfs))
		if (umount2(rootfs, MNT_DETACH | UMOUNT_NOFOLLOW))
			return err_sys(err, "unmounting '%s'", rootfs);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (tree_remove_at(dirfd, names[i], err))
			return -1;
	return 0;
}
