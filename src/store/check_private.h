/* check_private.h - what the parts of the check share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/check.h"
#include "store/store_private.h"

struct check {
	struct store *store;
	const struct check_options *options;
	check_fn fn;
	void *arg;
	struct check_result result;
	struct strlist buried; /* trees moved away, to be removed at the end */
};

/* Tells and counts a finding; `what` and `wrong` are taken. */
void check_tell(struct check *check, char *what, char *wrong, bool repaired);
/* Removes the file when repairing; *ret_gone says whether it was. */
int check_drop(struct check *check, const char *path, bool *ret_gone, struct err *err) must_check;

/* ---- check_blobs.c ---- */
int check_blobs(struct check *check, struct err *err) must_check;
/* Packs the blob from an unpacked layer, when there is one and whoever called knows how. It need
 * not succeed: images that need the blob tell then. */
int check_make_blob(struct check *check, const struct digest *blob, struct err *err) must_check;
/* ---- check_images.c: under the names lock ---- */
int check_images(struct check *check, struct err *err) must_check;
int check_names(struct check *check, struct err *err) must_check;
int check_index(struct check *check, struct err *err) must_check;
/* ---- check_layers.c ---- */
int check_layers(struct check *check, struct err *err) must_check;
int check_leases(struct check *check, struct err *err) must_check;
