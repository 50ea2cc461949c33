/* clock.h - times as text and as durations.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define NS_PER_SEC ((int64_t)1000000000)

int64_t clock_now_ns(void);       /* since 1970, real time */
int64_t clock_monotonic_ns(void); /* for durations */
#define CLOCK_TEXT_MAX 40
/* RFC 3339 in UTC with nanoseconds, trailing zeros cut: "2026-01-02T03:04:05.6Z". */
void clock_format_rfc3339(int64_t ns, char out[CLOCK_TEXT_MAX]);
bool clock_parse_rfc3339(struct str text, int64_t *ret_ns); /* any offset, any fraction */
/* As docker tells it: "Less than a second", "5 seconds", "About a minute", "3 hours", "2 weeks". */
void clock_human_duration(int64_t ns, char out[CLOCK_TEXT_MAX]);
/* Go's durations: "300ms", "1.5h", "2h45m"; or a bare number of seconds. */
bool clock_parse_duration(struct str text, int64_t *ret_ns);
/* SOURCE_DATE_EPOCH when set and valid, in ns; else -1. Invalid is ERR_INPUT. */
struct err;
int clock_source_date_epoch(int64_t *ret_ns, struct err *err);
