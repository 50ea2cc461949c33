/* media_type.c - the table of media types.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/media_type.h"

#include <assert.h>

#include "base/str.h"

#include "base/banned.h"

enum role { ROLE_NONE, ROLE_INDEX, ROLE_MANIFEST, ROLE_CONFIG, ROLE_LAYER, ROLE_FOREIGN_LAYER };

#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

static const struct {
	const char *text;
	enum role role;
	enum media_type oci; /* its twin; MEDIA_UNKNOWN: itself */
} types[N_MEDIA_TYPES] = {
	[MEDIA_UNKNOWN] = {"", ROLE_NONE},
	[MEDIA_OCI_INDEX] = {OCI "index.v1+json", ROLE_INDEX},
	[MEDIA_OCI_MANIFEST] = {OCI "manifest.v1+json", ROLE_MANIFEST},
	[MEDIA_OCI_CONFIG] = {OCI "config.v1+json", ROLE_CONFIG},
	[MEDIA_OCI_LAYER] = {OCI "layer.v1.tar", ROLE_LAYER},
	[MEDIA_OCI_LAYER_GZIP] = {OCI "layer.v1.tar+gzip", ROLE_LAYER},
	[MEDIA_OCI_LAYER_ZSTD] = {OCI "layer.v1.tar+zstd", ROLE_LAYER},
	[MEDIA_OCI_FOREIGN_LAYER] = {OCI "layer.nondistributable.v1.tar", ROLE_FOREIGN_LAYER},
	[MEDIA_OCI_FOREIGN_LAYER_GZIP] = {OCI "layer.nondistributable.v1.tar+gzip",
					  ROLE_FOREIGN_LAYER},
	[MEDIA_OCI_FOREIGN_LAYER_ZSTD] = {OCI "layer.nondistributable.v1.tar+zstd",
					  ROLE_FOREIGN_LAYER},
	[MEDIA_OCI_EMPTY] = {"application/vnd.oci.empty.v1+json", ROLE_NONE},
	[MEDIA_DOCKER_LIST] = {DOCKER "distribution.manifest.list.v2+json", ROLE_INDEX,
			       MEDIA_OCI_INDEX},
	[MEDIA_DOCKER_MANIFEST] = {DOCKER "distribution.manifest.v2+json", ROLE_MANIFEST,
				   MEDIA_OCI_MANIFEST},
	[MEDIA_DOCKER_CONFIG] = {DOCKER "container.image.v1+json", ROLE_CONFIG, MEDIA_OCI_CONFIG},
	[MEDIA_DOCKER_LAYER] = {DOCKER "image.rootfs.diff.tar", ROLE_LAYER, MEDIA_OCI_LAYER},
	[MEDIA_DOCKER_LAYER_GZIP] = {DOCKER "image.rootfs.diff.tar.gzip", ROLE_LAYER,
				     MEDIA_OCI_LAYER_GZIP},
	[MEDIA_DOCKER_LAYER_ZSTD] = {DOCKER "image.rootfs.diff.tar.zstd", ROLE_LAYER,
				     MEDIA_OCI_LAYER_ZSTD},
	[MEDIA_DOCKER_FOREIGN_LAYER_GZIP] = {DOCKER "image.rootfs.foreign.diff.tar.gzip",
					     ROLE_FOREIGN_LAYER, MEDIA_OCI_FOREIGN_LAYER_GZIP},
	[MEDIA_DOCKER_SCHEMA1] = {DOCKER "distribution.manifest.v1+prettyjws", ROLE_NONE},
};

enum media_type media_type_parse(const char *text)
{
	struct str rest = str_of(text);
	struct str bare = str_trim(str_cut(&rest, ';'));

	if (str_is(bare, DOCKER "distribution.manifest.v1+json"))
		return MEDIA_DOCKER_SCHEMA1;
	for (enum media_type type = MEDIA_UNKNOWN + 1; type < N_MEDIA_TYPES; type++)
		if (str_is(bare, types[type].text))
			return type;
	return MEDIA_UNKNOWN;
}

const char *media_type_text(enum media_type type)
{
	assert(type < N_MEDIA_TYPES);
	return types[type].text;
}

enum media_type media_type_to_oci(enum media_type type)
{
	assert(type < N_MEDIA_TYPES);
	return types[type].oci ? types[type].oci : type;
}

bool media_type_is_index(enum media_type type)
{
	return types[type].role == ROLE_INDEX;
}

bool media_type_is_manifest(enum media_type type)
{
	return types[type].role == ROLE_MANIFEST;
}

bool media_type_is_config(enum media_type type)
{
	return types[type].role == ROLE_CONFIG;
}

bool media_type_is_layer(enum media_type type)
{
	return types[type].role == ROLE_LAYER || types[type].role == ROLE_FOREIGN_LAYER;
}

bool media_type_is_foreign(enum media_type type)
{
	return types[type].role == ROLE_FOREIGN_LAYER;
}
