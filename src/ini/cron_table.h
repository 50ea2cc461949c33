/* cron_table.h - when a cron job runs.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A time table of cron(8): bit N stands for value N. */
struct cron_table {
	uint64_t seconds; /* bit 0 alone unless six fields were given */
	uint64_t minutes;
	uint32_t hours;
	uint32_t days;     /* of the month, bits 1-31 */
	uint16_t months;   /* bits 1-12 */
	uint8_t weekdays;  /* bits 0 (Sunday) - 6 */
	bool days_any;     /* a '*' in front, also "*" "/2": then both fields must match */
	bool weekdays_any; /* neither has one: either field is enough, as in Vixie's cron */
	bool at_boot;      /* @reboot */
};
