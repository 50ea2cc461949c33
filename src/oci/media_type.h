/* media_type.h - the media types of image-spec and of docker's schema 2.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, media-types.md; distribution, manifest-v2-2. */
#pragma once

#include <stdbool.h>

enum media_type {
	MEDIA_UNKNOWN,
	MEDIA_OCI_INDEX,
	MEDIA_OCI_MANIFEST,
	MEDIA_OCI_CONFIG,
	MEDIA_OCI_LAYER, /* plain tar */
	MEDIA_OCI_LAYER_GZIP,
	MEDIA_OCI_LAYER_ZSTD,
	MEDIA_OCI_FOREIGN_LAYER, /* "nondistributable": its bytes are elsewhere */
	MEDIA_OCI_FOREIGN_LAYER_GZIP,
	MEDIA_OCI_FOREIGN_LAYER_ZSTD,
	MEDIA_OCI_EMPTY,
	MEDIA_DOCKER_LIST,
	MEDIA_DOCKER_MANIFEST,
	MEDIA_DOCKER_CONFIG,
	MEDIA_DOCKER_LAYER,
	MEDIA_DOCKER_LAYER_GZIP,
	MEDIA_DOCKER_LAYER_ZSTD,
	MEDIA_DOCKER_FOREIGN_LAYER_GZIP,
	MEDIA_DOCKER_SCHEMA1, /* known only to be refused */
	N_MEDIA_TYPES,
};
enum media_type media_type_parse(const char *text);      /* parameters behind ";" ignored */
const char *media_type_text(enum media_type type);       /* "" for MEDIA_UNKNOWN */
enum media_type media_type_to_oci(enum media_type type); /* docker's to its OCI twin */
bool media_type_is_index(enum media_type type);
bool media_type_is_manifest(enum media_type type);
bool media_type_is_config(enum media_type type);
bool media_type_is_layer(enum media_type type); /* also non-distributable (foreign) ones */
bool media_type_is_foreign(enum media_type type);
