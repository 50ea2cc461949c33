/* base.c - tarball or image to the base layer, once for each content.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/reader.h"
#include "image/image.h"

#include "base/banned.h"

#define TARBALL_CACHE_KIND "tarball"
#define READ_BLOCK         ((size_t)256 << 10)

static char *tarball_path(const struct stage_settings *s)
{
	return path_join(s->data_dir, s->baseimage);
}

/* The key of the cache record that remembers a file's digest. */
static void file_key(const struct stat *st, char key[65])
{
	autofree char *text =
		xasprintf("%llu:%llu:%lld:%lld.%09ld:%lld.%09ld", (unsigned long long)st->st_dev,
			  (unsigned long long)st->st_ino, (long long)st->st_size,
			  (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
			  (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	sha256_hex(text, strlen(text), key);
}

static int hash_file(int fd, char ret_hex[65], struct err *err)
{
	autohash struct hash *hash = hash_new(HASH_SHA256);
	autofree char *block = xmalloc(READ_BLOCK);
	uint8_t bytes[HASH_MAX_SIZE];
	ssize_t n;

	while ((n = io_read_full(fd, block, READ_BLOCK, err)) > 0)
		hash_update(hash, block, (size_t)n);
	if (n < 0)
		return -1;
	hash_hex(bytes, hash_final(hash, bytes), ret_hex);
	return 0;
}

/* "" when there is no tarball. */
static int tarball_digest(struct store *store, const struct stage_settings *s, char ret_hex[65],
			  struct err *err)
{
	autofree char *path = tarball_path(s);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	autofree char *known = NULL;
	autoerr struct err unknown = {0};
	char key[65];
	struct stat st;

	ret_hex[0] = '\0';
	if (fd < 0)
		return errno == ENOENT ? 0 : file_err(err, "opening", path);
	if (fstat(fd, &st))
		return file_err(err, "looking at", path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return err_set(err, ERR_INPUT, "'%s' is not a tarball: %s", path,
			       S_ISREG(st.st_mode) ? "it is empty" : "it is no file");
	file_key(&st, key);
	if (!store_cache_get(store, TARBALL_CACHE_KIND, key, &known, &unknown) &&
	    strlen(known) == 64) {
		memcpy(ret_hex, known, 65);
		return 0;
	}
	if (hash_file(fd, ret_hex, err))
		return err_wrap(err, "reading '%s'", path);
	return store_cache_put(store, TARBALL_CACHE_KIND, key, ret_hex, err);
}

int stage_base_find_key(struct store *store, const struct stage_settings *settings,
			const char *base_key, char ret_key[65], struct err *err)
{
	struct image image = {0};
	char content[DIGEST_TEXT_MAX] = "";

	ret_key[0] = '\0';
	if (text_eq(settings->base, "scratch")) {
		if (tarball_digest(store, settings, content, err))
			return -1;
	} else {
		if (store_find_image(store, settings->base, &image, err))
			return err_wrap(err, "MS_BASE");
		memcpy(content, image.id.text, sizeof(content));
		image_done(&image);
	}
	if (content[0]) {
		autofree char *both = xasprintf("%s\n%s\n", base_key, content);
		sha256_hex(both, strlen(both), ret_key);
	}
	return 0;
}

int stage_base_cached(struct store *store, const char *key, struct image *ret_image,
		      struct err *err)
{
	autofree char *digest = NULL;
	if (!key[0])
		return err_set(err, ERR_MISSING, "the base layer is still to be made");
	if (store_cache_get(store, BASE_CACHE_KIND, key, &digest, err))
		return -1;
	return store_find_image(store, digest, ret_image, err);
}

static int import_tarball(struct store *store, const struct stage_settings *s, const char *key,
			  struct image *ret_image, struct err *err)
{
	autofree char *path = tarball_path(s);
	struct import_options options = {
		.compression = COMPRESSION_GZIP, .created_ns = -1, .message = "base tarball"};
	autoref struct reference name = {0};
	struct image_list list = {0};
	autofree char *repository = reference_repository(&s->name);
	autofree char *stage1 = xasprintf("%s-stage1:latest", repository);

	if (reference_parse(stage1, &name, err))
		return -1;
	options.name = &name;
	strlist_addf(&options.changes, "LABEL %s=%s", BASE_KEY_LABEL, key);
	int failed = image_import(store, path, &options, &list, err);
	strlist_done(&options.changes);
	if (failed) {
		if (err->kind == ERR_CORRUPT || err->kind == ERR_LIMIT)
			err->kind = ERR_INPUT; /* the user's file is wrong */
		return err_wrap(err, "unpacking '%s'", path);
	}
	if (list.n != 1 || !list.items)
		failed = err_set(err, ERR_INPUT, "'%s' holds %zu images, not one root file system",
				 path, list.n);
	else
		failed =
			store_find_image(store, list.items[0].manifest.digest.text, ret_image, err);
	image_list_done(&list);
	return failed;
}

int stage_base_make(struct store *store, const struct stage_settings *settings, const char *key,
		    struct image *ret_image, struct err *err)
{
	struct image image = {0};
	int failed = text_eq(settings->base, "scratch")
			     ? import_tarball(store, settings, key, &image, err)
			     : store_find_image(store, settings->base, &image, err);
	if (failed)
		return -1;
	if (store_cache_put(store, BASE_CACHE_KIND, key, image.manifest.digest.text, err)) {
		image_done(&image);
		return -1;
	}
	*ret_image = image;
	return 0;
}
