/* record.h - what happened during a build, kept for its report: steps, the log, the largest files.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "build/progress.h"
#include "layer/diff.h"

struct record;
/* Listens and passes everything on to `inner` (may be NULL). */
struct record *record_new(const struct progress *inner);
void record_free(struct record *record);
const struct progress *record_progress(struct record *record); /* borrowed */
/* As commit_options.observe, with the record as its argument. */
int record_observe(const struct change *change, void *record, struct err *err);
/* Writes the page: one file, no links outside, whole or not at all. `failure`: NULL when it
 * succeeded. */
int record_report(const struct record *record, const char *path, const char *image,
		  const char *failure, struct err *err) must_check;
