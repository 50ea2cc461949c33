/* test_states.c - every row of the tables is whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(every_state_has_a_name_and_something_to_do)
{
	for (const struct state_table *const *table = states_all; *table; table++)
		for (const struct state_def *const *row = (*table)->rows; *row; row++) {
			CHECK(strchr((*row)->name, '.') != NULL);
			CHECK((*row)->apply != NULL);
		}
}
