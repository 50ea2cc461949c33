/* log.h - what a program says to its operator, on stderr: text for people or JSON lines.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Text: "error: ", "warning: ", "" or "debug: " in front, control bytes shown as \xNN. JSON: the
 * fields time, level and msg. Without log_set: text, up to LOG_INFO.
 *
 * Libraries use log_debug only. Programs log once, at the edge. */
#pragma once

#include <stdbool.h>

#include "base/mem.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set(enum log_level max, bool json);
bool log_is_on(enum log_level level);
void log_print(enum log_level level, const char *fmt, ...) printf_like(2, 3);
#define log_error(...) log_print(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_print(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                     \
	do {                                               \
		if (log_is_on(LOG_DEBUG))                  \
			log_print(LOG_DEBUG, __VA_ARGS__); \
	} while (0)
