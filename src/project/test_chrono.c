/* test_chrono.c - the name of one deployment.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/chrono.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(a_deployment_is_named_by_time_and_a_uuid)
{
	autoheap struct heap heap = {0};
	const char *a = chrono_new(&heap, 0), *b = chrono_new(&heap, 0);

	CHECK_INT(strlen(a), 19 + 1 + 36);
	CHECK(a[34] == '4');
	CHECK(strcmp(a, b) != 0);
}
