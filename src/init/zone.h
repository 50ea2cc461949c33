/* zone.h - a time zone's rules, from TZ and the zone file, read by ourselves: no libc knows them
 * all. SPDX-License-Identifier: Apache-2.0 Sources: RFC 9636 (the zone file, versions 1 to 4),
 * POSIX.1-2024 8.3 (the TZ variable). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone; /* constant once made; NULL is UTC everywhere */

/* tz NULL: $TZ; unset as well: /etc/localtime. Empty is UTC. "Area/City" and ":Area/City" are
 * looked up below $TZDIR and the usual places, "/a/file" is itself, else it is a rule as
 * "EST5EDT,M3.2.0,M11.1.0". What cannot be had or read is UTC: zone_is_known tells. */
struct zone *zone_open(const char *tz);
struct zone *zone_ref(struct zone *zone);
void zone_close(struct zone *zone);          /* NULL is fine; the last one frees */
bool zone_is_known(const struct zone *zone); /* false: it stands for one that could not be read */
int zone_offset(const struct zone *zone, int64_t at); /* seconds east of UTC */

struct zone_span { /* of one offset, as far as it is known to last */
	int64_t start,
		end; /* seconds since 1970; INT64_MIN, INT64_MAX: no bound. end is not in it */
	int offset;
};
struct zone_span zone_span_at(const struct zone *zone, int64_t at);

/* The two forms, for tests and the fuzzer. NULL: not of that form, or no memory. */
struct zone *zone_of_file(const void *bytes, size_t len);
struct zone *zone_of_rule(const char *text);
