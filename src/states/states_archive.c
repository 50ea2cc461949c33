/* states_archive.c - the rows of archive.extracted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/archive_extracted.h"
#include "states/states.h"

#include "base/banned.h"

/* clang-format off */
static const struct state_def *const rows[] = {
	&state_archive_extracted,
	NULL,
};
/* clang-format on */

const struct state_table states_archive = {rows};
