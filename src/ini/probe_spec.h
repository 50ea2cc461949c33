/* probe_spec.h - what to ask for, and where: readiness, health, waiting.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "ini/text_list.h"

enum probe_kind {
	PROBE_NONE,
	PROBE_TCP,     /* tcp:HOST:PORT - a connection is accepted */
	PROBE_UNIX,    /* unix:PATH - the same */
	PROBE_HTTP,    /* http://HOST[:PORT]/PATH or http+unix:SOCKET:/PATH - status 200-399 */
	PROBE_FILE,    /* file:PATH - it exists */
	PROBE_COMMAND, /* command:WORDS - exit status 0 */
};

struct probe_spec {
	enum probe_kind kind;
	const char *text; /* as written, for messages */
	const char *host; /* name or address */
	uint16_t port;
	const char *path;       /* file, socket, or the path of the request */
	const char *socket;     /* http+unix */
	struct text_list words; /* command */
};
