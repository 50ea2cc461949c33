/* test_media_type.c - the table of media types is complete and read as people write it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/media_type.h"

#include "testing/test.h"

TEST(every_media_type_reads_as_itself)
{
	for (enum media_type type = MEDIA_UNKNOWN + 1; type < N_MEDIA_TYPES; type++) {
		CHECK(*media_type_text(type));
		CHECK_INT(media_type_parse(media_type_text(type)), type);
	}
	CHECK_STR(media_type_text(MEDIA_UNKNOWN), "");
}

TEST(parameters_are_ignored_and_strangers_are_unknown)
{
	CHECK_INT(media_type_parse("application/vnd.oci.image.index.v1+json; charset=utf-8"),
		  MEDIA_OCI_INDEX);
	CHECK_INT(media_type_parse("application/vnd.docker.distribution.manifest.v1+json"),
		  MEDIA_DOCKER_SCHEMA1);
	CHECK_INT(media_type_parse(""), MEDIA_UNKNOWN);
	CHECK_INT(media_type_parse("text/plain"), MEDIA_UNKNOWN);
	CHECK_INT(media_type_parse("application/vnd.oci.image.index.v1+jso"), MEDIA_UNKNOWN);
}

TEST(dockers_types_have_oci_twins_of_the_same_role)
{
	for (enum media_type type = MEDIA_UNKNOWN; type < N_MEDIA_TYPES; type++) {
		enum media_type twin = media_type_to_oci(type);
		CHECK_INT(media_type_to_oci(twin), twin);
		CHECK(media_type_is_index(type) == media_type_is_index(twin));
		CHECK(media_type_is_manifest(type) == media_type_is_manifest(twin));
		CHECK(media_type_is_config(type) == media_type_is_config(twin));
		CHECK(media_type_is_layer(type) == media_type_is_layer(twin));
		CHECK(media_type_is_foreign(type) == media_type_is_foreign(twin));
	}
	CHECK_INT(media_type_to_oci(MEDIA_DOCKER_LAYER_GZIP), MEDIA_OCI_LAYER_GZIP);
	CHECK_INT(media_type_to_oci(MEDIA_DOCKER_CONFIG), MEDIA_OCI_CONFIG);
}

TEST(foreign_layers_are_layers)
{
	CHECK(media_type_is_layer(MEDIA_DOCKER_FOREIGN_LAYER_GZIP));
	CHECK(media_type_is_foreign(MEDIA_OCI_FOREIGN_LAYER_ZSTD));
	CHECK(!media_type_is_foreign(MEDIA_OCI_LAYER_ZSTD));
	CHECK(!media_type_is_layer(MEDIA_OCI_EMPTY));
	CHECK(!media_type_is_layer(MEDIA_UNKNOWN));
}
