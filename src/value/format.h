/* format.h - Python's three ways to put values into text.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/call.h"

/* "{0} {name} {cfg[a][b]} {x.y!r:>10}".format(…). Attributes that start with "_" are refused. */
int format_braces(struct str format, struct call *call, struct value *ret_string,
		  struct err *err) must_check;
int format_braces_map(struct str format, struct call *call, struct value mapping,
		      struct value *ret_string, struct err *err) must_check;
/* "%s %(name)-5d %%" % args: a tuple, a dict, or one value. */
int format_percent(struct heap *heap, struct str format, struct value args,
		   struct value *ret_string, struct err *err) must_check;
/* format(value, ">10.2f"): appended. */
int format_value(struct heap *heap, struct value v, struct str spec, struct buf *buf,
		 struct err *err) must_check;
