/* check_blobs.c - does every blob hold what its name says.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/check_private.h"

#include "base/banned.h"

#define READ_BYTES ((size_t)1 << 20)

static int hash_file(struct check *check, const char *path, enum hash_algo algo,
		     struct digest *ret_digest, struct err *err)
{
	autoclose int fd = openat(check->store->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	autohash struct hash *hash = hash_new(algo);
	autofree char *block = xmalloc(READ_BYTES);

	if (fd < 0)
		return err_sys(err, "opening '%s'", path);
	for (;;) {
		ssize_t n = io_read_full(fd, block, READ_BYTES, err);
		if (n < 0)
			return err_wrap(err, "reading '%s'", path);
		hash_update(hash, block, (size_t)n);
		if ((size_t)n < READ_BYTES)
			break;
	}
	*ret_digest = digest_of_hash(hash, algo);
	return 0;
}

/* What is wrong with the file, or NULL. One that cannot be read is as good as damaged. */
static char *blob_fault(struct check *check, const char *path, const struct digest *digest)
{
	struct err why = {0};
	struct digest got;
	struct stat st;

	if (fstatat(check->store->fd, path, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return xstrdup("it is no regular file");
	if (check->options->quick && !check->options->repair)
		return NULL;
	if (hash_file(check, path, digest_algo(digest), &got, &why)) {
		char *fault = xstrdup(err_text(&why));
		err_clear(&why);
		return fault;
	}
	if (digest_eq(&got, digest))
		return NULL;
	return xasprintf("content does not match its digest: it is %s", got.text);
}

static bool is_layer_of_blob(struct store *store, const char *name, const struct digest *blob,
			     struct layer_meta *ret_meta)
{
	struct err why = {0};
	struct digest chain_id;
	bool is = digest_of_name(name, &chain_id) &&
		  store_layer_meta(store, &chain_id, ret_meta, &why) == 0 &&
		  digest_eq(&ret_meta->blob, blob);

	err_clear(&why);
	return is;
}

int check_make_blob(struct check *check, const struct digest *blob, struct err *err)
{
	autostrlist struct strlist layers = {0};

	if (!check->options->repack)
		return 0;
	if (record_list(check->store, "layers", &layers, err))
		return -1;
	for (size_t i = 0; i < layers.n; i++) {
		struct layer_meta meta;
		struct err why = {0};
		if (!is_layer_of_blob(check->store, layers.items[i], blob, &meta))
			continue;
		if (check->options->repack(check->store, &meta, check->options->arg, &why))
			err_clear(&why);
		if (store_has_blob(check->store, blob, NULL))
			return 0;
	}
	return 0;
}

static int check_blob(struct check *check, const char *path, const char *name, struct err *err)
{
	struct digest digest;
	bool is_gone;

	check->result.n_blobs++;
	if (!digest_of_name(name, &digest)) {
		if (check_drop(check, path, &is_gone, err))
			return -1;
		check_tell(check, xstrdup(path), xstrdup("its name is no digest"), is_gone);
		return 0;
	}
	char *fault = blob_fault(check, path, &digest);
	if (!fault)
		return 0;
	if (check_drop(check, path, &is_gone, err) ||
	    (is_gone && check_make_blob(check, &digest, err))) {
		free(fault);
		return -1;
	}
	check_tell(check, xasprintf("blob %s", digest.text), fault, is_gone);
	return 0;
}

int check_blobs(struct check *check, struct err *err)
{
	static const char *const dirs[] = {"oci/blobs/sha256", "oci/blobs/sha512"};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		autostrlist struct strlist names = {0};
		if (record_list(check->store, dirs[i], &names, err))
			return -1;
		for (size_t j = 0; j < names.n; j++) {
			autofree char *path = path_join(dirs[i], names.items[j]);
			if (check_blob(check, path, names.items[j], err))
				return -1;
		}
	}
	return 0;
}
