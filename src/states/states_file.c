/* states_file.c - the rows of file.*.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"
#include "states/states.h"

#include "base/banned.h"

/* clang-format off */
static const struct state_def *const rows[] = {
	&state_file_absent,
	&state_file_accumulated,
	&state_file_append,
	&state_file_blockreplace,
	&state_file_comment,
	&state_file_copy,
	&state_file_decode,
	&state_file_directory,
	&state_file_exists,
	&state_file_hardlink,
	&state_file_keyvalue,
	&state_file_line,
	&state_file_managed,
	&state_file_missing,
	&state_file_mknod,
	&state_file_prepend,
	&state_file_recurse,
	&state_file_rename,
	&state_file_replace,
	&state_file_serialize,
	&state_file_symlink,
	&state_file_touch,
	&state_file_uncomment,
	NULL,
};
/* clang-format on */

const struct state_table states_file = {rows};
