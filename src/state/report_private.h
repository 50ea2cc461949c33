/* report_private.h - what text and JSON share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/run.h"

#define RESULT_STARTED 32
/* "02:27:00.046922", local time. */
const char *result_started(const struct result *result, char text[RESULT_STARTED]);
/* A paragraph in lines of `width` columns, each but the first behind `indent` spaces. */
void report_wrap(struct str text, size_t indent, size_t width, struct buf *buf);
