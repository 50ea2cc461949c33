/* metrics.h - counters of the running registry, as Prometheus reads them.
 * SPDX-License-Identifier: Apache-2.0
 * Source: Prometheus, "Exposition formats", text format 0.0.4.
 *
 * Counting is a few atomic additions: it happens in the loops. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"
#include "base/buf.h"

struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); /* NULL is fine */
void metrics_count(struct metrics *metrics, const struct api_event *event);

/* What the upkeep tells when it has done something. */
enum upkeep_count {
	COUNT_GC_RUNS,
	COUNT_GC_FAILURES,
	COUNT_GC_REMOVED_BLOBS,
	COUNT_GC_REMOVED_BYTES,
	COUNT_GC_REMOVED_MANIFESTS,
	COUNT_VERIFY_RUNS,
	COUNT_VERIFIED_BLOBS,
	COUNT_VERIFIED_BYTES,
	COUNT_CORRUPT_BLOBS,
	COUNT_PURGED_UPLOADS,
	COUNT_RELOADS,
	COUNT_RELOAD_FAILURES,
	COUNT_UPKEEP_ERRORS,
	N_UPKEEP_COUNTS,
};
void metrics_add(struct metrics *metrics, enum upkeep_count what, uint64_t n);
uint64_t metrics_get(const struct metrics *metrics, enum upkeep_count what);
void metrics_write(const struct metrics *metrics, struct buf *buf);

enum metric_kind { METRIC_GAUGE, METRIC_COUNTER };
/* A number that somebody else counts. */
void metric_write(struct buf *buf, enum metric_kind kind, const char *name, const char *help,
		  double value);
/* The process itself: memory, descriptors, CPU, start. */
void metrics_write_process(struct buf *buf);
