/* export_private.h - an image on its way out.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "image/image_private.h"
#include "oci/limits.h"

struct exported_layer {
	struct descriptor descriptor; /* what it is out there */
	int fd;                       /* its bytes, from the start */
};

struct exported {
	struct manifest manifest; /* as the store has it */
	struct image_config config;
	struct buf manifest_text, config_text;
	struct exported_layer *layers;
	size_t n_layers;
	struct workdir *workdir; /* of spooled layers; NULL: none was needed */
};
int export_prepare(struct store *store, const struct image *image,
		   const struct export_options *options, struct exported *exported,
		   struct err *err) must_check;
void exported_done(struct exported *exported);

/* The names that go with it; NULL: none. Owned. */
struct exported_names {
	char *ref_name;  /* org.opencontainers.image.ref.name */
	char *canonical; /* io.containerd.image.name */
	bool has_tag;    /* then it stands in RepoTags */
};
void exported_names_done(struct exported_names *names);
void export_names(const struct image *image, const char *asked, struct exported_names *ret_names);

/* The descriptors of `exported` are moved into the bundle. */
void bundle_of_oci(struct exported *exported, const struct exported_names *names, bool is_archive,
		   struct bundle *bundle);
void bundle_of_docker(struct exported *exported, const struct exported_names *names,
		      struct bundle *bundle);
