/* chrono.h - the name of one deployment.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <time.h>

#include "value/heap.h"

/* "2026-01-31_23_59-58_<uuid4>", in local time. */
const char *chrono_new(struct heap *heap, time_t now);
