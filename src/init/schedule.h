/* schedule.h - the pure part of cron: when is the next time, local time and its jumps included.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ini/model.h"

struct zone; /* rules of a time zone, read from TZ and the zone file; UTC when there is none */
struct zone *zone_open(const char *tz); /* NULL: $TZ unset: /etc/localtime */
void zone_close(struct zone *zone);
/* Seconds since 1970 of the first time after `after` that the table matches; -1: never within five
 * years. Times that a change of the clock skips run once right after it; times that come twice run
 * once, unless the table runs every hour. */
int64_t schedule_next(const struct cron_table *table, const struct zone *zone, int64_t after);
int zone_offset(const struct zone *zone, int64_t at); /* seconds east of UTC */
