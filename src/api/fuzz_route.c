/* fuzz_route.c - whatever the path, what a route names are pieces of it, in their order.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "api/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool is_inside(struct str piece, struct str whole)
{
	return piece.ptr >= whole.ptr && piece.ptr + piece.len <= whole.ptr + whole.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str path = {(const char *)bytes, len};
	struct route route = route_parse(path, STR("/authserver"));

	assert(route.shape < N_SHAPES && route_shape_name(route.shape));
	if (route.name.len) {
		assert(route.shape > SHAPE_CATALOG && is_inside(route.name, path));
		assert(route.name.ptr[-1] == '/' && route.name.ptr[route.name.len] == '/');
	}
	if (route.reference.len) {
		assert(route.name.len && is_inside(route.reference, path));
		assert(!memchr(route.reference.ptr, '/', route.reference.len));
		assert(route.reference.ptr > route.name.ptr + route.name.len);
	}
	return 0;
}
