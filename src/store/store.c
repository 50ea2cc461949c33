/* store.c - opening the store: its layout, its version, its locks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/random.h"
#include "store/store_private.h"

#include "base/banned.h"

/* Only root's: layers hold set-user-ID programs of other systems. */
#define MODE_DIR 0700

static const char *const layout_dirs[] = {
	"lock",       "tmp", "oci",    "oci/blobs", "oci/blobs/sha256", "oci/blobs/sha512",
	"layers",     "l",   "images", "names",     "leases",           "cache",
	"containers",
};
/* Made at once: a full disk must not keep anyone from sweeping. */
static const char *const layout_locks[] = {"lock/store", "lock/names", "lock/sweep",
					   "lock/index-fresh"};
static const char *const layout_synced[] = {"oci/blobs", "oci", "."};

struct store_path path_format(const char *fmt, ...)
{
	struct store_path path;
	va_list args;

	va_start(args, fmt);
	vsnprintf(path.text, sizeof(path.text), fmt, args);
	va_end(args);
	return path;
}

struct store_path fresh_path(const char *prefix)
{
	char digits[17];

	random_hex(digits, sizeof(digits) - 1);
	return path_format("%s%s", prefix, digits);
}

int store_lock_shared(struct store *store, int *ret_fd, struct err *err)
{
	if (atomic_load(&store->is_exclusive)) {
		*ret_fd = -1;
		return 0;
	}
	return lock_file_at(store->fd, "lock/store", LOCK_SHARED, true, ret_fd, NULL, err);
}

int store_lock_exclusive(struct store *store, int *ret_fd, struct err *err)
{
	return lock_file_at(store->fd, "lock/store", LOCK_EXCLUSIVE, true, ret_fd, NULL, err);
}

int store_lock_names(struct store *store, int *ret_fd, struct err *err)
{
	return lock_file_at(store->fd, "lock/names", LOCK_EXCLUSIVE, true, ret_fd, NULL, err);
}

int store_lock_key(struct store *store, const char *key, bool wait, int *ret_fd, bool *ret_taken,
		   struct err *err)
{
	struct digest digest = digest_of_bytes(key, strlen(key));
	struct store_path path = path_format("lock/key-%.32s", digest_hex(&digest));

	return lock_file_at(store->fd, path.text, LOCK_EXCLUSIVE, wait, ret_fd, ret_taken, err);
}

static bool is_layout_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(layout_dirs); i++)
		if (text_eq(name, layout_dirs[i]))
			return true;
	return text_eq(name, "VERSION") || text_eq(name, "lost+found");
}

/* A directory that holds other things was named by mistake: we do not spread there. */
static int check_is_ours(struct store *store, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(store, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (!is_layout_name(names.items[i]))
			return err_set(err, ERR_INPUT,
				       "'%s' is no store and not empty: it holds '%s'", store->root,
				       names.items[i]);
	return 0;
}

static int file_touch(struct store *store, const char *path, struct err *err)
{
	autoclose int fd = openat(store->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? err_sys(err, "making '%s'", path) : 0;
}

/* Another process may do the same: each step finds its work done, VERSION comes last. */
static int make_layout(struct store *store, struct err *err)
{
	static const char oci_layout[] = STORE_OCI_LAYOUT;
	autoclose int lock = -1;

	if (check_is_ours(store, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(layout_dirs); i++)
		if (mkdirat(store->fd, layout_dirs[i], MODE_DIR) && errno != EEXIST)
			return err_sys(err, "making '%s'", layout_dirs[i]);
	if (store_lock_exclusive(store, &lock, err))
		return -1;
	if (faccessat(store->fd, "VERSION", F_OK, 0) == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(layout_locks); i++)
		if (file_touch(store, layout_locks[i], err))
			return -1;
	if (record_write(store, "oci/oci-layout", oci_layout, strlen(oci_layout), 0644, RECORD_SYNC,
			 err) ||
	    index_refresh(store, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(layout_synced); i++)
		if (record_sync_dir(store, layout_synced[i], err))
			return -1;
	if (record_write(store, "VERSION", STORE_VERSION_TEXT, strlen(STORE_VERSION_TEXT), 0644,
			 RECORD_SYNC, err))
		return -1;
	return record_sync_dir(store, ".", err);
}

static int check_version(struct store *store, struct err *err)
{
	autobuf struct buf version = {0};
	struct err why = {0};

	if (record_read(store, "VERSION", 64, &version, &why)) {
		if (why.kind != ERR_MISSING) {
			err_move(err, &why);
			return -1;
		}
		err_clear(&why);
		return make_layout(store, err);
	}
	if (!text_eq(buf_text(&version), STORE_VERSION_TEXT)) {
		struct str told = str_trim(buf_str(&version));
		return err_set(
			err, ERR_CORRUPT, "its layout is version '%.*s', this program knows '%.*s'",
			STR_ARG(told), (int)strlen(STORE_VERSION_TEXT) - 1, STORE_VERSION_TEXT);
	}
	return 0;
}

static int open_root(const char *root, struct store *store, struct err *err)
{
	if (dir_make_all(AT_FDCWD, root, 0711, err) || path_real(root, &store->root, err) ||
	    dir_open_at(AT_FDCWD, store->root, &store->fd, err) || check_version(store, err))
		return -1;
	index_heal(store);
	return 0;
}

int store_open(const char *root, struct store **ret_store, struct err *err)
{
	cleanup(store_closep) struct store *store = xcalloc(1, sizeof(*store));

	store->fd = -1;
	if (open_root(root, store, err))
		return err_wrap(err, "store '%s'", root);
	*ret_store = steal(&store);
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	mem_close_at(&store->fd);
	free(store->root);
	free(store);
}

const char *store_root(const struct store *store)
{
	return store->root;
}

int store_dirfd(const struct store *store)
{
	return store->fd;
}
