/* mounts.h - mount.mounted and mount.unmounted.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def mount_mounted_def, mount_unmounted_def;
