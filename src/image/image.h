/* image.h - what is done with images: made from trees and containers, brought in, given out,
 * described, removed. SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/container.h"
#include "dockerfile/dockerfile.h"
#include "layer/compression.h"
#include "store/images.h"

/* Applies CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR, ONBUILD,
 * HEALTHCHECK and SHELL to a config; any other instruction is ERR_INPUT at its place. Words are
 * expanded already. */
int image_apply_instruction(struct run_config *config, const struct instruction *instruction,
			    struct err *err) must_check;

/* Writes config and manifest for `config` (its diff_ids filled) with these layers and records it
 * under `name` (may be NULL: untagged). */
int image_write(struct store *store, struct lease *lease, const struct image_config *config,
		const struct layer_meta *layers, size_t n_layers, const struct reference *name,
		struct image *ret_image, struct err *err) must_check;
/* The meta of each layer of an image, bottom first; unpacked on the way when they were not. */
int image_layers(struct store *store, struct lease *lease, const struct image *image,
		 struct layer_meta **ret_layers, size_t *ret_n, struct err *err) must_check;

struct commit_options {
	const struct reference *name; /* NULL: untagged */
	const char *author, *message, *created_by;
	struct strlist changes; /* --change */
	bool pause;             /* freeze the container meanwhile */
	bool consume; /* the container is not used again: its upper directory becomes the layer */
	enum compression compression;
	const struct run_config *config;              /* NULL: the container's image's */
	int64_t created_ns;                           /* < 0: SOURCE_DATE_EPOCH, else now */
	int64_t clamp_mtime_ns;                       /* < 0: SOURCE_DATE_EPOCH, else none */
	bool squash;                                  /* one layer of everything */
	bool (*exclude)(const char *path, void *arg); /* beside container_exclude */
	void *exclude_arg;
	change_fn observe;
	void *observe_arg;
};
int image_commit(struct engine *engine, struct container *container,
		 const struct commit_options *options, struct image *ret_image,
		 struct layer_meta *ret_layer, struct err *err) must_check;

struct import_options {
	const struct reference *name;
	struct strlist changes;
	const char *message;
	const char *platform;
	enum compression compression;
	int64_t created_ns; /* < 0: SOURCE_DATE_EPOCH, else now */
};
/* `source`: a file, a directory, or "-". Told apart by content: an OCI layout (directory or tar), a
 * docker archive (manifest.json), or a root file system tar of any compression. Several images may
 * come: ret_list. */
int image_import(struct store *store, const char *source, const struct import_options *options,
		 struct image_list *ret_list, struct err *err) must_check;

enum export_format {
	EXPORT_OCI_ARCHIVE,
	EXPORT_OCI_DIRECTORY,
	EXPORT_DOCKER_ARCHIVE,
	EXPORT_ROOTFS
};
struct export_options {
	enum export_format format;
	enum compression
		compression; /* of layers; NONE keeps what the store has where the format allows */
	bool recompress;
	const char *name; /* written as ref.name; NULL: the image's first name */
};
/* `target`: a path (made whole or not at all) or "-". */
int image_export(struct engine *engine, const struct image *image,
		 const struct export_options *options, const char *target,
		 struct err *err) must_check;
/* docker export: the container's merged tree as a tar. */
int container_export(struct container *container, enum compression compression, const char *target,
		     struct err *err) must_check;

struct node *image_inspect(struct arena *arena, struct store *store, const struct image *image,
			   struct err *err); /* NULL: failed */
/* Rows for `history`: ID, CreatedAt, CreatedSince, CreatedBy, Size, Comment. */
struct node *image_history(struct arena *arena, struct store *store, const struct image *image,
			   bool human, struct err *err);
/* Rows for `images`: ID, Repository, Tag, Digest, CreatedAt, CreatedSince, Size, … one per name. */
struct image_row_options {
	bool all, digests, no_trunc;
	const char *match; /* REPOSITORY[:TAG] pattern */
};
struct node *image_rows(struct arena *arena, struct store *store,
			const struct image_row_options *options, struct err *err);

/* docker rmi: untags, and removes the image when that was its last name. Each line of talk
 * ("Untagged: x", "Deleted: sha256:…") goes to `tell`. In use by a container: ERR_EXISTS unless
 * force. */
int image_remove(struct engine *engine, const char *text, bool force,
		 void (*tell)(const char *line, void *arg), void *arg, struct err *err) must_check;
