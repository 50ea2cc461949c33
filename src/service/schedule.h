/* schedule.h - what the running registry does to itself, each thing in its time, on one thread.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The walk at the start, abandoned uploads, garbage collection, reading everything again, writing
 * down the pulls. When a round was done is kept as the time of a file in the storage's own
 * directory, so that restarts neither repeat nor postpone it. */
#pragma once

#include "service/config.h"
#include "service/metrics.h"

struct registry;
struct schedule;
struct schedule_options {
	struct registry *registry;
	struct metrics *metrics;
	int own_dirfd;
	const struct registry_config *config; /* what is needed is copied */
};
int schedule_start(const struct schedule_options *options, struct schedule **ret_schedule,
		   struct err *err) must_check;
void schedule_set(struct schedule *schedule, const struct registry_config *config);
/* Waits for what runs: ask the registry to stop first (registry_options.is_stopping). */
void schedule_free(struct schedule *schedule); /* NULL is fine */
