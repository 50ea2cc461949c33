/* shown.h - values on stdout.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/value.h"

/* As "yaml" (block style) or "json" (indented by two); format NULL: `fallback`. */
int value_show(struct heap *heap, struct value v, const char *format, const char *fallback,
	       struct err *err) must_check;
