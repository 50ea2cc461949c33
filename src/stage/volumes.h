/* volumes.h - the build volumes table: what every build container sees of the host.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "stage/settings.h"

/* Appends them as --mount texts (a -v text cannot hold a colon in a path). What `given` mounts at
 * the same place wins. */
void stage_volumes(const struct stage_settings *settings, const char *inject_dir,
		   const struct container_options *given, struct strlist *ret_mounts);
/* One bind as a --mount text; any path will do. */
void volume_add(struct strlist *mounts, const char *source, const char *target, bool read_only);
