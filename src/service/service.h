/* service.h - the running server: listeners, API, upkeep, reload, signals, drain.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct service_options {
	const char *config_path;
	char *const *env;
	bool log_is_json; /* --log-format; else the file decides */
	bool is_debug;    /* --debug: whatever the file says */
};
/* Serves until SIGTERM or SIGINT; SIGHUP or a changed file reloads (a bad one keeps the old and
 * says so). LISTEN_FDS sockets are served instead of `listen`, sd_notify is told. Blocks. 0 when it
 * ended in order. */
int service_run(const struct service_options *options, struct err *err) must_check;
