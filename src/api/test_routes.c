/* test_routes.c - paths and what they name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/routes.h"

#include "testing/test.h"

TEST(paths_are_read_from_their_end)
{
	static const struct {
		const char *path;
		enum route_shape shape;
		const char *name, *reference;
	} cases[] = {
		{"/v2", SHAPE_BASE, "", ""},
		{"/v2/", SHAPE_BASE, "", ""},
		{"/v2/_catalog", SHAPE_CATALOG, "", ""},
		{"/v2/_catalog/", SHAPE_CATALOG, "", ""},
		{"/v2/a/tags/list", SHAPE_TAGS, "a", ""},
		{"/v2/a/b/c/tags/list", SHAPE_TAGS, "a/b/c", ""},
		{"/v2/tags/list/tags/list", SHAPE_TAGS, "tags/list", ""},
		{"/v2/a/manifests/latest", SHAPE_MANIFEST, "a", "latest"},
		{"/v2/a/manifests/latest/", SHAPE_MANIFEST, "a", "latest"},
		{"/v2/a/manifests/manifests/x", SHAPE_MANIFEST, "a/manifests", "x"},
		{"/v2/a/manifests/manifests/manifests", SHAPE_MANIFEST, "a/manifests", "manifests"},
		{"/v2/manifests/manifests/x", SHAPE_MANIFEST, "manifests", "x"},
		{"/v2/a/manifests/uploads", SHAPE_MANIFEST, "a", "uploads"},
		{"/v2/a/manifests/list", SHAPE_MANIFEST, "a", "list"},
		{"/v2/foo/blobs/uploads/manifests/x", SHAPE_MANIFEST, "foo/blobs/uploads", "x"},
		{"/v2/foo/blobs/uploads/blobs/sha256:00", SHAPE_BLOB, "foo/blobs/uploads",
		 "sha256:00"},
		{"/v2/foo/blobs/uploads/tags/list", SHAPE_TAGS, "foo/blobs/uploads", ""},
		{"/v2/foo/blobs/uploads/blobs/uploads/", SHAPE_UPLOADS, "foo/blobs/uploads", ""},
		{"/v2/foo/blobs/uploads/blobs/uploads/id", SHAPE_UPLOAD, "foo/blobs/uploads", "id"},
		{"/v2/a/blobs/uploads", SHAPE_UPLOADS, "a", ""},
		{"/v2/a/blobs/uploads/", SHAPE_UPLOADS, "a", ""},
		{"/v2/a/blobs/uploads/0-1", SHAPE_UPLOAD, "a", "0-1"},
		{"/v2/a/blobs/uploads/uploads", SHAPE_UPLOAD, "a", "uploads"},
		{"/v2/a/blobs/sha256:00", SHAPE_BLOB, "a", "sha256:00"},
		{"/v2/a/referrers/sha256:00", SHAPE_REFERRERS, "a", "sha256:00"},
		{"/v2/v2/tags/list", SHAPE_TAGS, "v2", ""},
		{"/v2/manifests/x", SHAPE_NONE, "", ""},
		{"/v2/tags/list", SHAPE_NONE, "", ""},
		{"/v2/blobs/uploads", SHAPE_NONE, "", ""},
		{"/v2/blobs/uploads/id", SHAPE_NONE, "", ""},
		{"/v2/a/manifests/", SHAPE_NONE, "", ""},
		{"/v2/a", SHAPE_NONE, "", ""},
		{"/v2/a/tags", SHAPE_NONE, "", ""},
		{"/v2/a/uploads/id", SHAPE_NONE, "", ""},
		{"/v2/_oci/ext/discover", SHAPE_NONE, "", ""},
		{"/v2x/", SHAPE_NONE, "", ""},
		{"/v1/_ping", SHAPE_NONE, "", ""},
		{"/v1/search", SHAPE_NONE, "", ""},
		{"/", SHAPE_INDEX, "", ""},
		{"/authserver/", SHAPE_INDEX, "", ""},
		{"/authserver/auth", SHAPE_TOKEN, "", ""},
		{"/authserver/auth/", SHAPE_TOKEN, "", ""},
		{"/authserver/auth/token", SHAPE_TOKEN, "", ""},
		{"/authserver/token", SHAPE_TOKEN, "", ""},
		{"/authserver/tokens", SHAPE_NONE, "", ""},
		{"/auth", SHAPE_NONE, "", ""},
		{"", SHAPE_NONE, "", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct route route = route_parse(str_of(cases[i].path), STR("/authserver"));
		if (route.shape != cases[i].shape || !str_is(route.name, cases[i].name) ||
		    !str_is(route.reference, cases[i].reference))
			test_fail(__FILE__, __LINE__, "'%s' is %s of '%.*s', '%.*s'", cases[i].path,
				  route_shape_name(route.shape), STR_ARG(route.name),
				  STR_ARG(route.reference));
	}
}

TEST(an_empty_prefix_puts_the_token_service_at_the_root)
{
	CHECK_INT(route_parse(STR("/token"), STR("")).shape, SHAPE_TOKEN);
	CHECK_INT(route_parse(STR("/auth"), STR("")).shape, SHAPE_TOKEN);
	CHECK_INT(route_parse(STR("/"), STR("")).shape, SHAPE_INDEX);
	CHECK_INT(route_parse(STR("/x"), STR("")).shape, SHAPE_NONE);
}

TEST(every_shape_has_a_name)
{
	for (int shape = 0; shape < N_SHAPES; shape++)
		CHECK(route_shape_name(shape) && route_shape_name(shape)[0]);
}
