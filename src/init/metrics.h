/* metrics.h - what the services do and use, in OpenMetrics text.
 * SPDX-License-Identifier: Apache-2.0
 * Source: OpenMetrics 1.0, section "Text format". */
#pragma once

#include "init/supervisor.h"
#include "init/text.h"

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Of one service's processes, all copies together. */
struct metrics_usage {
	uint64_t cpu_ticks, rss, n_processes;
	bool is_known; /* /proc is there */
};
/* `usages`: room for n of them, filled here; services beyond are left out. Ends with "# EOF". */
void metrics_write(const struct supervisor *supervisor, struct metrics_usage *usages, size_t n,
		   struct text *text);
/* Bytes that are enough for that many services. */
size_t metrics_size(size_t n_services);
