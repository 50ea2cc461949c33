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

/* When something is made: `asked` when it is >= 0, else SOURCE_DATE_EPOCH, else now. */
int image_created(int64_t asked, int64_t *ret_ns, struct err *err) must_check;

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
	const char *author, *message;
	const char *created_by; /* NULL: the container's command */
	struct strlist changes; /* --change */
	bool pause;             /* freeze the container meanwhile */
	bool consume; /* the container is not used again: its upper directory becomes the layer */
	enum compression compression;
	const struct run_config *config; /* NULL: the container's own, as docker has it */
	int64_t created_ns;              /* < 0: SOURCE_DATE_EPOCH, else now */
	int64_t clamp_mtime_ns;          /* < 0: SOURCE_DATE_EPOCH, else none */
	bool squash;                     /* one layer of everything */
	bool (*exclude)(const char *path, void *arg); /* beside container_exclude */
	void *exclude_arg;
	/* What stays although the container or `exclude` would leave it out; may be NULL. */
	bool (*include)(const char *path, void *arg);
	void *include_arg;
	change_fn observe;
	void *observe_arg;
};
/* ret_layer (may be NULL): n_entries is 0 when nothing had changed, then no layer was made. */
int image_commit(struct engine *engine, struct container *container,
		 const struct commit_options *options, struct image *ret_image,
		 struct layer_meta *ret_layer, struct err *err) must_check;

struct import_options {
	const struct reference *name; /* NULL: the names that the archive tells */
	struct strlist changes;       /* of a root file system; with an image they are ERR_INPUT */
	const char *message;
	const char *platform; /* NULL: this machine's */
	enum compression compression;
	int64_t created_ns; /* < 0: SOURCE_DATE_EPOCH, else now */
};
/* `source`: a file, a directory, or "-". Told apart by content: an OCI layout (directory or tar), a
 * docker archive (manifest.json), or a root file system tar of any compression. Several images may
 * come: ret_list, in the order of the archive. Every image is whole, verified and unpacked before
 * the first is recorded. */
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
		compression; /* of layers when `recompress`, of the whole for EXPORT_ROOTFS */
	bool recompress;     /* false: layers as the store has them, where the format allows */
	const char *name;    /* written as ref.name; NULL: the image's first name */
};
/* `target`: a path (made whole or not at all; a file is replaced, a directory must not exist) or
 * "-". An archive carries both index.json and manifest.json, so that every tool loads it. */
int image_export(struct engine *engine, const struct image *image,
		 const struct export_options *options, const char *target,
		 struct err *err) must_check;
/* docker export: the container's merged tree as a tar. */
int container_export(struct container *container, enum compression compression, const char *target,
		     struct err *err) must_check;
int export_format_parse(const char *name, enum export_format *ret_format,
			struct err *err) must_check;

/* docker inspect's object; NULL: failed. */
struct node *image_inspect(struct arena *arena, struct store *store, const struct image *image,
			   struct err *err);
struct image_history_options {
	bool human;    /* sizes and times for people */
	bool no_trunc; /* whole IDs and commands */
};
/* Rows for `history`, newest first: ID, CreatedAt, CreatedSince, CreatedBy, Size, Comment. */
struct node *image_history(struct arena *arena, struct store *store, const struct image *image,
			   const struct image_history_options *options, struct err *err);

/* Which images are meant; a zeroed one means all. */
struct image_filter {
	/* REPOSITORY[:TAG] with wildcards that do not cross a slash: any of these; NULL: any */
	const struct strlist *references;
	const struct strlist *labels;    /* all of these, "KEY" or "KEY=VALUE"; NULL: any */
	const struct strlist *no_labels; /* none of these; NULL: any */
	enum { IMAGE_ANY, IMAGE_DANGLING, IMAGE_NAMED } dangling;
	int64_t before_ns, since_ns; /* created earlier, later than this; 0: any */
};
struct image_row_options {
	struct image_filter filter;
	bool no_trunc;
};
/* Rows for `images`, newest first, one a name: ID, Repository, Tag, Digest, CreatedAt,
 * CreatedSince, Size and docker's other fields. */
struct node *image_rows(struct arena *arena, struct store *store,
			const struct image_row_options *options, struct err *err);
/* When it was created, as its config says; 0: it does not. */
int image_created_at(struct store *store, const struct image *image, int64_t *ret_ns,
		     struct err *err) must_check;

/* docker rmi: untags, and removes the image when that was its last name. Each line of talk
 * ("Untagged: x", "Deleted: sha256:…") goes to `tell`. In use by a container: ERR_EXISTS unless
 * force; by a running one: ERR_EXISTS. What only it held goes with the next store_sweep. */
int image_remove(struct engine *engine, const char *text, bool force,
		 void (*tell)(const char *line, void *arg), void *arg, struct err *err) must_check;
