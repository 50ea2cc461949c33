/* tests.c - what `is` asks of one value.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"

#include "base/banned.h"

int test_string(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_bool(value_is_string(call->args[0]));
	return 0;
}
