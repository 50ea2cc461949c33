/* functions.c - mc_project.* for templates.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/project.h"

#include "base/banned.h"

const struct function_table functions_project = {0};
