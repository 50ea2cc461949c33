/* expand.h - what in a command is known only when it starts.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"

struct expand_values {
	int wid;
	int (*socket_fd)(void *arg, const char *name); /* -1: no such socket */
	void *arg;
};
/* $(circus.wid), ((circus.wid)), $(circus.sockets.NAME), any case, in one word. Writes at most
 * `size` bytes with the NUL; returns the length, or -1 when it does not fit. Allocates nothing.
 * Unknown names stay as written. */
int expand_word(const char *word, const struct expand_values *values, char *out, size_t size);

/* The name in a "$(circus.NAME)" or "((circus.NAME))" that begins at text, without "circus.";
 * returns what follows it, or NULL when none begins here. */
struct str;
const char *placeholder_at(const char *text, struct str *ret_name);
