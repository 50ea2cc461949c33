/* functions_basic.c - the functions of templates that any run has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions.h"

#include "base/banned.h"

const struct function_table functions_basic = {0};
