/* notify.h - what systemd wants to hear from a service, and the sockets it hands over.
 * SPDX-License-Identifier: Apache-2.0
 * Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3). */
#pragma once

#include <stdint.h>

#include "base/err.h"

/* Lines such as "READY=1"; silently nothing without a manager. `env` as main's. */
void notify_send(char *const *env, const char *fmt, ...) printf_like(2, 3);
/* "MONOTONIC_USEC" goes along, as Type=notify-reload asks for. */
void notify_reloading(char *const *env);
int64_t notify_watchdog_ms(char *const *env); /* 0: not wanted */

#define NOTIFY_FIRST_FD 3
/* How many sockets were handed over, from NOTIFY_FIRST_FD on: 0 without LISTEN_FDS or when they
 * are another process's. They are made close-on-exec. ERR_INPUT: no numbers there. */
int notify_sockets(char *const *env, int *ret_n, struct err *err) must_check;
/* The name of the i-th in LISTEN_FDNAMES; "" when it has none. Copied to out. */
#define NOTIFY_NAME_MAX 256
void notify_socket_name(char *const *env, int i, char out[NOTIFY_NAME_MAX]);
