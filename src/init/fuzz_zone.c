/* fuzz_zone.c - zone files and rules, and what a table makes of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "init/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void look(struct zone *zone)
{
	static const int64_t times[] = {INT64_MIN,  -5000000000, 0,
					1767225600, 99999999999, INT64_MAX};
	struct cron_table table = {.seconds = 1,
				   .minutes = 1 << 30,
				   .hours = 1 << 2,
				   .days = 0xfffffffe,
				   .months = 0x1ffe,
				   .weekdays = 0x7f,
				   .days_any = true,
				   .weekdays_any = true};
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct zone_span span = zone_span_at(zone, times[i]);
		if (span.start >= span.end)
			abort();
		int64_t next = schedule_next(&table, zone, times[i]);
		if (next != -1 && next <= times[i])
			abort();
	}
	zone_close(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct zone *zone = zone_of_file(data, len);
	if (zone)
		look(zone);
	autofree char *text = xstrndup((const char *)data, len);
	zone = zone_of_rule(text);
	if (zone)
		look(zone);
	return 0;
}
