/* markup.h - strings that are safe HTML, and what is joined to them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rules are those of MarkupSafe: what meets a safe string is escaped, and the result is safe.
 */
#pragma once

#include "value/call.h"

bool markup_is(struct value v);
int markup_binary(struct heap *heap, enum value_op op, struct value left, struct value right,
		  struct value *ret_value, struct err *err) must_check;
int markup_method(struct value v, struct str name, struct call *call, struct value *ret_value,
		  struct err *err) must_check;
