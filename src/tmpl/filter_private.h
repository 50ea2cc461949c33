/* filter_private.h - the filters, tests and globals by name, and what they share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tmpl/filters.h"
#include "value/call.h"

/* filter_text.c */
call_fn filter_string;
/* tests.c */
call_fn test_string;
/* globals.c */
call_fn global_range, global_dict, global_namespace;
