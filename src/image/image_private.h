/* image_private.h - what the files of this folder share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "image/image.h"
#include "oci/image_config.h"

#define ANNOTATION_REF_NAME   "org.opencontainers.image.ref.name"
#define ANNOTATION_IMAGE_NAME "io.containerd.image.name"

/* ---- write.c ---- */
/* The manifest of a config that is a blob already; no image is recorded. */
int image_put_manifest(struct store *store, struct lease *lease, const struct descriptor *config,
		       const struct layer_meta *layers, size_t n_layers,
		       struct descriptor *ret_manifest, struct err *err) must_check;
/* The metas of the unpacked layers that a config names; `manifest` (may be NULL) says which blobs.
 */
int layers_of_config(struct store *store, const struct image_config *config,
		     const struct manifest *manifest, struct layer_meta **ret_layers,
		     struct err *err) must_check;
/* As its first bytes tell. */
int blob_compression(struct store *store, const struct digest *digest,
		     enum compression *ret_compression, struct err *err) must_check;

/* ---- archive.c: an archive of images, its files by name ---- */
struct archive;
/* Of an open directory. take */
struct archive *archive_of_dir(int dirfd);
/* Of an uncompressed tar that can be read anywhere; take. `source` stands in errors; borrowed. */
int archive_of_tar(int fd, const char *source, struct archive **ret_archive,
		   struct err *err) must_check;
void archive_free(struct archive *archive);
DEFINE_FREEP(struct archive, archive_free)
bool archive_has(const struct archive *archive, const char *path);
/* The file's bytes. ERR_CORRUPT "the archive lacks 'x'". */
int archive_open(const struct archive *archive, const char *path, struct reader **ret_reader,
		 uint64_t *ret_size, struct err *err) must_check;
int archive_read(const struct archive *archive, const char *path, size_t max, struct buf *ret_buf,
		 struct err *err) must_check;

/* ---- import_*.c ---- */
struct import {
	struct store *store;
	struct lease *lease;
	const struct import_options *options;
	const char *source; /* as people know it */
};
struct import_image { /* whole and unpacked, not recorded yet */
	struct descriptor manifest;
	struct strlist names; /* as the archive tells them, made canonical */
};
struct import_images {
	struct import_image *items;
	size_t n, cap;
};
void import_images_done(struct import_images *images);
/* The entry of this manifest, made when it is new; `name` (may be NULL) is added to it. */
void import_images_add(struct import_images *images, const struct descriptor *manifest,
		       const char *name);
/* All bytes as the blob `expected`; ERR_CORRUPT when they are another. */
int import_blob(struct import *import, struct reader *from, const struct descriptor *expected,
		struct err *err) must_check;
int import_oci(struct import *import, const struct archive *archive, struct import_images *images,
	       struct err *err) must_check;
int import_docker(struct import *import, const struct archive *archive,
		  struct import_images *images, struct err *err) must_check;
int import_rootfs(struct import *import, struct reader *tar, struct import_images *images,
		  struct err *err) must_check;
/* What --platform asks for, or this machine's. */
int import_platform(const struct import *import, struct platform *ret_platform,
		    struct err *err) must_check;

/* ---- changes.c ---- */
/* --change texts, one by one. */
int config_apply_changes(struct run_config *config, const struct strlist *changes,
			 struct err *err) must_check;

/* ---- names.c ---- */
/* "debian:12" as users write it, of a canonical name. */
char *name_familiar(const char *canonical);
/* Whether the name fits REPOSITORY[:TAG] with wildcards, in its familiar or canonical form. */
bool name_fits(const char *canonical, const char *pattern);
/* The container that uses the image and matters most (a running one first); NULL: none. Owned. */
/* ---- remove.c ---- */
int image_user(struct engine *engine, const struct digest *id, char **ret_container,
	       bool *ret_running, struct err *err) must_check;

/* ---- describe.c ---- */
/* Bytes of file content in all layers; of layers that are not unpacked the size of their blobs. */
uint64_t image_size(struct store *store, const struct image_config *config,
		    const struct manifest *manifest);
bool image_passes(const struct image_filter *filter, const struct image_config *config,
		  const struct image *image, int64_t created_ns);
bool labels_have(const struct strlist *labels, const char *wanted);
int64_t created_ns_of(const struct image_config *config, const struct image *image);

/* ---- target.c: a file or stdout that is made whole or not at all ---- */
struct target {
	int fd;          /* to be written to */
	char *path;      /* NULL: the descriptor is the target itself */
	char *tmp_path;  /* what becomes `path` */
	bool is_unnamed; /* it gets tmp_path only when it is whole */
};
/* "-" is stdout, refused when it is a terminal. Something that is no regular file (/dev/null, a
 * pipe) is written to directly. */
int target_open(const char *path, struct target *ret_target, struct err *err) must_check;
int target_commit(struct target *target, struct err *err) must_check;
void target_done(struct target *target); /* removes what was not committed */
/* A directory beside `path`, and its renaming; ERR_EXISTS when there is something at `path`. */
int target_open_dir(const char *path, struct target *ret_target, struct err *err) must_check;

/* ---- bundle.c: the files of an archive that goes out ---- */
struct bundle_file {
	char *path;
	struct buf text; /* when fd < 0 */
	int fd;
	uint64_t size;
};
struct bundle {
	struct bundle_file *items;
	size_t n, cap;
};
void bundle_done(struct bundle *bundle);
/* Both leave out a path that is there already. path: take; text and fd: take. */
void bundle_add_text(struct bundle *bundle, char *path, struct buf *text);
void bundle_add_fd(struct bundle *bundle, char *path, int fd, uint64_t size);
int bundle_write_tar(const struct bundle *bundle, int fd, struct err *err) must_check;
int bundle_write_dir(const struct bundle *bundle, int dirfd, struct err *err) must_check;
