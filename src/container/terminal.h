/* terminal.h - the caller's terminal, the container's, and the keys that let go of it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/err.h"

/* ---- the caller's ---- */
struct terminal_mode { /* what to put back */
	int fd;        /* -1: nothing was changed */
	struct termios saved;
};
void terminal_make_raw(int fd, struct terminal_mode *ret_mode); /* no terminal: nothing happens */
void terminal_restore(struct terminal_mode *mode);
bool terminal_size(int fd, uint16_t *ret_rows, uint16_t *ret_columns);
void terminal_resize(int fd, uint16_t rows, uint16_t columns); /* 0 rows: left alone */

/* ---- the container's: the runtime sends its master side to a socket ---- */
struct console {
	char *path;
	int fd; /* listening */
};
int console_listen(const char *dir, const char *name, struct console *ret_console,
		   struct err *err) must_check;
/* After the runtime returned: the descriptor is there already. ret_master is non-blocking. */
int console_accept(const struct console *console, int *ret_master, struct err *err) must_check;
void console_done(struct console *console);

/* ---- detaching: docker's "ctrl-p,ctrl-q" ---- */
#define DETACH_KEYS_MAX 8
struct detach_keys {
	unsigned char keys[DETACH_KEYS_MAX];
	size_t n, n_matched;
};
/* NULL: the default; "": none. ERR_INPUT. */
int detach_keys_parse(const char *text, struct detach_keys *ret_keys, struct err *err) must_check;
/* Takes the keys out of what was typed, in place; a beginning of them is held back until the next
 * piece, which may thus grow by DETACH_KEYS_MAX. */
size_t detach_keys_filter(struct detach_keys *keys, char *data, size_t len, bool *ret_detach);
