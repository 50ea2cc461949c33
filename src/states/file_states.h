/* file_states.h - the rows of states_file.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

/* "Must provide name to file.F", told, is false. */
bool file_is_named(struct state_call *call, const char *path, struct outcome *outcome);
/* "Specified file X is not an absolute path", told, is false. */
bool file_is_absolute(struct state_call *call, const char *path, struct outcome *outcome);

/* clang-format off */
extern const struct state_def state_file_absent;
extern const struct state_def state_file_accumulated;
extern const struct state_def state_file_append;
extern const struct state_def state_file_blockreplace;
extern const struct state_def state_file_comment;
extern const struct state_def state_file_copy;
extern const struct state_def state_file_decode;
extern const struct state_def state_file_directory;
extern const struct state_def state_file_exists;
extern const struct state_def state_file_hardlink;
extern const struct state_def state_file_keyvalue;
extern const struct state_def state_file_line;
extern const struct state_def state_file_managed;
extern const struct state_def state_file_missing;
extern const struct state_def state_file_mknod;
extern const struct state_def state_file_prepend;
extern const struct state_def state_file_recurse;
extern const struct state_def state_file_rename;
extern const struct state_def state_file_replace;
extern const struct state_def state_file_serialize;
extern const struct state_def state_file_symlink;
extern const struct state_def state_file_touch;
extern const struct state_def state_file_uncomment;
/* clang-format on */
