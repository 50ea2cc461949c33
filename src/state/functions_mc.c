/* functions_mc.c - the functions that projects of the makina layer call.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions.h"

#include "base/banned.h"

const struct function_table functions_mc = {0};
