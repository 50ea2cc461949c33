/* test_names.c - equal names are one pointer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "tmpl/parse.h"

#include "base/banned.h"

TEST(equal_names_are_the_same_pointer)
{
	autoheap struct heap heap = {0};
	struct names names = {0};
	const char *a = names_intern(&names, &heap, STR("cfg"));

	CHECK(names_intern(&names, &heap, str_of("cfg")) == a);
	CHECK(names_intern(&names, &heap, str_of("cf")) != a);
	names_done(&names);
}
