/* log_rotate.h - when a log file is closed, and under which name it is kept.
 * SPDX-License-Identifier: Apache-2.0
 *
 * By size: PATH becomes PATH.1, PATH.1 becomes PATH.2 … the one behind PATH.keep goes. By time:
 * PATH becomes PATH.SUFFIX, the start of the period that is over as 20260102030405, cut after what
 * the period counts in, as circus' TimedRotatingFileStream names it; when the name is taken,
 * PATH.SUFFIX.1 and so on. All but the newest `keep` go (0: all stay).
 *
 * Only rename(2) and unlink(2) of the oldest: whenever we are killed, every line is in one of the
 * files. */
#pragma once

#include <stdint.h>

#include "base/str.h"
#include "ini/log_spec.h"
#include "init/zone.h"

#define LOG_SUFFIX_MAX 24

/* Seconds since 1970 when the period that `from` falls into ends. zone NULL: UTC. */
int64_t log_period_end(const struct log_spec *spec, const struct zone *zone, int64_t from);
/* The start of the period that ends then, as a suffix; returns its length. */
size_t log_period_suffix(const struct log_spec *spec, const struct zone *zone, int64_t end,
			 char out[LOG_SUFFIX_MAX]);
/* 0 or -errno: then PATH is still what it was. */
int log_rotate_by_size(const char *path, int keep);
int log_rotate_by_time(const char *path, const char *suffix, int keep);
