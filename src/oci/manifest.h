/* manifest.h - descriptors, manifests and indexes, read from OCI or docker schema 2, written as
 * OCI. SPDX-License-Identifier: Apache-2.0 Source: image-spec, descriptor.md, manifest.md,
 * image-index.md; distribution manifest-v2-2. */
#pragma once

#include <stdint.h>

#include "base/strlist.h"
#include "doc/node.h"
#include "oci/digest.h"
#include "oci/media_type.h"

struct platform {
	char *os;
	char *architecture;
	char *variant;    /* NULL: none */
	char *os_version; /* NULL: none */
};

struct descriptor {
	enum media_type type;
	char *type_text; /* as written, owned; NULL: it is media_type_text(type) */
	struct digest digest;
	uint64_t size;
	struct platform platform;   /* of index entries */
	struct strlist annotations; /* "key=value" */
	struct strlist urls;        /* where a foreign layer is */
	char *artifact_type;
};
void descriptor_done(struct descriptor *descriptor);
void descriptor_copy(struct descriptor *dst, const struct descriptor *src);
struct node *descriptor_encode(struct arena *arena, const struct descriptor *descriptor);
int descriptor_decode(const struct node *map, struct descriptor *ret_descriptor,
		      struct err *err) must_check;

struct manifest { /* an image manifest */
	enum media_type type;
	struct descriptor config;
	struct descriptor *layers;
	size_t n_layers;
	struct strlist annotations;
};
/* Checks all that the specifications demand: schemaVersion 2, known config and layer types, sizes
 * >= 0, one size a digest, at most LIMIT_LAYERS layers and LIMIT_MANIFEST_BYTES (ERR_LIMIT). Schema
 * 1 and indexes are refused by name. A text without mediaType counts as OCI. The same layer may
 * stand more than once. */
int manifest_parse(const char *file, struct str json, struct manifest *ret_manifest,
		   struct err *err) must_check;
char *manifest_write(const struct manifest *manifest, size_t *ret_len); /* OCI, canonical bytes */
void manifest_done(struct manifest *manifest);

struct index {
	struct descriptor *entries;
	size_t n_entries;
	struct strlist annotations;
};
int index_parse(const char *file, struct str json, struct index *ret_index,
		struct err *err) must_check;
char *index_write(const struct index *index, size_t *ret_len);
void index_done(struct index *index);
/* The entry for this machine (or `platform` when given: "linux/arm64[/v8]"), borrowed; ERR_MISSING
 * lists what there is. The nearest variant that the machine can run wins; a lone entry without a
 * platform is it. Attestation entries (unknown/unknown) are never chosen. It may be a nested index.
 */
int index_choose(const struct index *index, const char *platform,
		 const struct descriptor **ret_entry, struct err *err) must_check;

struct platform platform_host(void); /* owned texts */
/* "linux/arm64/v8", or "arm64" alone for linux; also uname's words ("aarch64"). */
int platform_parse(const char *text, struct platform *ret_platform, struct err *err) must_check;
void platform_copy(struct platform *dst, const struct platform *src); /* dst is replaced */
char *platform_text(const struct platform *platform);
void platform_done(struct platform *platform);
