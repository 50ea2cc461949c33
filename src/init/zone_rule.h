/* zone_rule.h - the TZ variable's rule: "CET-1CEST,M3.5.0,M10.5.0/3" and what follows from it.
 * SPDX-License-Identifier: Apache-2.0
 * Sources: POSIX.1-2024 8.3; RFC 9636, 3.3.2 (hours from -167 to 167, <names>). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "init/zone.h"

enum zone_day_kind { DAY_JULIAN, DAY_OF_YEAR, DAY_OF_WEEK };
struct zone_day { /* when in a year a change comes */
	enum zone_day_kind kind;
	int month, week, day; /* DAY_OF_WEEK: 1-12, 1-5 (5: the last), 0-6; else `day` alone */
	int time; /* seconds after the local midnight; may be negative or past the day */
};
struct zone_rule {
	int offset;      /* seconds east of UTC */
	bool has_summer; /* else nothing below counts */
	int summer_offset;
	struct zone_day begin, end; /* of the summer's time */
};

/* The whole text or nothing. */
bool zone_rule_parse(struct str text, struct zone_rule *ret_rule);
/* The stretch around `at`: neighbours may have the same offset. */
struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t at);
