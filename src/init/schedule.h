/* schedule.h - the pure part of cron: when is the next time, local time and its jumps included.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"
#include "init/zone.h"

/* Seconds since 1970 of the first time after `after` that the table matches; -1: never within
 * LIMIT_CRON_YEARS, or @reboot. Times that a change of the clock skips run once right after it;
 * times that come twice run once, unless the table runs every hour or every minute: that follows
 * the clock as it goes, as in Vixie's cron. */
int64_t schedule_next(const struct cron_table *table, const struct zone *zone, int64_t after);
/* It runs every hour, or every minute of its hours. */
bool schedule_follows_clock(const struct cron_table *table);
