/* parse.h - the values of init files: words, durations, sizes, signals, probes, cron tables.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pure: text in, value out. Errors are ERR_INPUT without a place; the loader adds it. */
#pragma once

#include "ini/model.h"
#include "ini/signal_name.h"

/* Splits as a POSIX shell splits words: quotes and backslashes, no expansion. */
int parse_words(struct arena *arena, const char *text, struct text_list *ret_words,
		struct err *err) must_check;
/* "500ms" "5s" "2m" "1h" "7d", sums ("1m30s"), or bare seconds with a fraction. */
int parse_duration(const char *text, int64_t *ret_ns, struct err *err) must_check;
/* "10", "10k", "25M", "1GiB": powers of 1024. */
int parse_bytes(const char *text, uint64_t *ret_bytes, struct err *err) must_check;
/* "TERM", "sigterm", "15", "SIGRTMIN+3", "RTMAX-1": the kernel's numbers, RTMIN is 34. */
int parse_signal(const char *text, int *ret_signal, struct err *err) must_check;
int parse_bool(const char *text, bool *ret_value, struct err *err) must_check;
int parse_mode(const char *text, int *ret_mode, struct err *err) must_check; /* octal */
int parse_probe(struct arena *arena, const char *text, struct probe_spec *ret_probe,
		struct err *err) must_check;
/* Five or six fields, names, ranges, steps, lists, @hourly … @reboot. */
int parse_cron(const char *text, struct cron_table *ret_table, struct err *err) must_check;
