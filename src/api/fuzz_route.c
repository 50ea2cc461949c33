/* fuzz_route.c - whatever the path, what a route names are pieces of it, in their order.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "api/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool is_inside(struct str piece, struct str whole)
{
	return piece.ptr >= whole.ptr && piece.ptr + piece.len <= whole.ptr + whole.len;
}

static void check_name(struct str name, struct str path)
{
	assert(is_inside(name, path));
	assert(name.ptr[-1] == '/' && name.ptr[name.len] == '/');
}

static void check_reference(const struct route *route, struct str path)
{
	assert(route->name.len && is_inside(route->reference, path));
	assert(!memchr(route->reference.ptr, '/', route->reference.len));
	assert(route->reference.ptr > route->name.ptr + route->name.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str path = {(const char *)bytes, len};
	struct route route = route_parse(path, STR("/authserver"));

	assert(route.shape < N_SHAPES && route_shape_name(route.shape));
	if (route.name.len)
		check_name(route.name, path);
	if (route.reference.len)
		check_reference(&route, path);
	return 0;
}
