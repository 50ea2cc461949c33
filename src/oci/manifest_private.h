/* manifest_private.h - what the readers of manifests and of indexes share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "doc/fields.h"
#include "oci/manifest.h"

extern const struct field annotations_fields[]; /* for a struct strlist: {"annotations"} */

/* What a text of this kind is made of, and the sentence for what it is not. */
struct manifest_shape {
	bool (*is_type)(enum media_type type);
	enum media_type fallback; /* when the text does not say */
	const char *list;         /* the key it must have: "layers", "manifests" */
	const char *other_list;   /* the key it must not have: CVE-2021-41190 */
	const char *noun;         /* "an image manifest" */
};

/* Reads the text as JSON and checks what every manifest has: schemaVersion, mediaType, its list. */
int manifest_open(struct arena *arena, const char *file, struct str json,
		  const struct manifest_shape *shape, struct node **ret_root,
		  enum media_type *ret_type, struct err *err) must_check;
/* Decodes a list of descriptors; ret_items is owned by the caller. NULL or null: none. */
int descriptors_decode(const struct node *list, size_t max, struct descriptor **ret_items,
		       size_t *ret_n, struct err *err) must_check;
void descriptors_done(struct descriptor *items, size_t n);
/* {"schemaVersion":2,"mediaType":…}: the beginning of both. */
struct node *manifest_head(struct arena *arena, enum media_type type);
/* The same descriptor with docker's media types replaced by their OCI twins. */
struct node *descriptor_encode_oci(struct arena *arena, const struct descriptor *descriptor);
struct node *descriptors_encode_oci(struct arena *arena, const struct descriptor *items, size_t n);
char *manifest_bytes(struct arena *arena, struct node *root, const struct strlist *annotations,
		     size_t *ret_len);
int platform_decode(const struct node *map, struct platform *ret_platform,
		    struct err *err) must_check;
struct node *platform_encode(struct arena *arena, const struct platform *platform);
