/* snap_private.h - what the files of this folder know of each other.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layer/apply.h"
#include "snap/snap.h"

struct snapshot {
	struct store *store; /* borrowed */
	char *dir;           /* absolute */
	char *rootfs;
	int dirfd;
	enum snap_driver driver;
	struct digest chain_id; /* unset: no layers */
	bool is_volatile;
};

/* ---- stack.c: the layers below a snapshot, the topmost first ---- */
struct stack { /* zeroed: no layers */
	struct digest *chain_ids;
	int *fds; /* their fs/ */
	size_t n;
};
/* `chain_id` NULL or unset: none. */
int stack_open(struct store *store, const struct digest *chain_id, struct stack *ret_stack,
	       struct err *err) must_check;
void stack_done(struct stack *stack);
#define autostack cleanup(stack_done)
struct lower stack_lower(const struct stack *stack); /* borrowed from it */
/* Gives the directory `fd` what the topmost layer's root has; without layers root's own 0755. */
int stack_root_attributes(const struct stack *stack, int fd, struct err *err) must_check;

/* ---- overlay.c ---- */
int overlay_mount(const struct snapshot *snapshot, const struct stack *stack,
		  struct err *err) must_check;
/* As one option string, for kernels before 6.5; overlay_mount falls back to it. */
int overlay_mount_string(const struct snapshot *snapshot, const struct stack *stack,
			 struct err *err) must_check;
bool overlay_is_mounted(const char *dir, const char *rootfs);
/* Whether a failed mount says that this kernel or file system has no overlay, rather than something
 * else. */
bool overlay_is_missing(const struct err *err);

/* ---- copy.c ---- */
/* Fills the empty directory `rootfd` with the merged view. */
int copy_layers(const struct stack *stack, int rootfd, struct err *err) must_check;

/* ---- unpack.c ---- */
struct unpacked {                /* a layer in a workdir, not published yet */
	struct workdir *workdir; /* holds "fs" */
	struct layer_meta meta;  /* without the blob */
};
void unpacked_done(struct unpacked *unpacked);
#define autounpacked  cleanup(unpacked_done)
#define UNPACKED_NAME "fs"
/* `tar` is the decompressed stream, borrowed. */
int unpack_tar(struct store *store, struct reader *tar, const struct digest *parent,
	       struct unpacked *ret_unpacked, struct err *err) must_check;
int unpacked_publish(struct store *store, struct lease *lease, struct unpacked *unpacked,
		     struct err *err) must_check;
/* From the blob meta->blob over meta->parent; ERR_CORRUPT when it is not meta->diff_id (when that
 * is set). */
int unpack_blob(struct store *store, const struct layer_meta *meta, struct unpacked *ret_unpacked,
		struct err *err) must_check;
