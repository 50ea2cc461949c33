/* archive_extracted.h - archive.extracted.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def state_archive_extracted;
