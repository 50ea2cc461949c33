/* say.h - what PID 1 itself has to tell: one line each, never blocking, no memory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * "hull-init: [name: ]text". Goes to stderr or the file of `log_output`. A full pipe drops the line
 * and counts it. Before say_open: stderr, up to LOG_INFO. This is the only mutable state at file
 * scope in the module: there is one PID 1 in a process. */
#pragma once

#include "base/log.h"
#include "base/mem.h"
#include "ini/model.h"

int say_open(const struct init_settings *settings); /* 0 or -errno: then stderr as before */
void say_reopen(void);                              /* after logrotate: same name, another file */
void say(enum log_level level, const char *name, const char *fmt, ...) printf_like(3, 4);
