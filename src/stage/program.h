/* program.h - this very program with its libraries, as a directory that runs in any container.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   bin/hull      a script that starts lib/hull through its own loader
 *   lib/          the program, the loader, every library that is mapped: nothing of the image is
 * used */
#pragma once

#include "store/store.h"

#define PROGRAM_MOUNT "/docker/hull"

/* Made once for each build of the program, below the store; *ret_dir is absolute, caller frees. */
int stage_program_install(struct store *store, char **ret_dir, struct err *err) must_check;
