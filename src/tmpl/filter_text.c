/* filter_text.c - filters from text to text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"

#include "base/banned.h"

int filter_string(struct call *call, struct value *ret_value, struct err *err)
{
	return value_str(call->heap, call->args[0], ret_value, err);
}
