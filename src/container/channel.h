/* channel.h - what a monitor and the client that started it tell each other.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   monitor: STARTED pid | FAILED exit status, error     once
 *            EXITED exit status | DETACHED               at the end of the attachment
 *   client:  RESIZE rows, columns                        any time
 * Either side closing its end means that it is gone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CHANNEL_TEXT_MAX 4096 /* bytes of an error's text; the rest is cut */

enum channel_type {
	CHANNEL_STARTED,
	CHANNEL_FAILED,
	CHANNEL_EXITED,
	CHANNEL_DETACHED,
	CHANNEL_RESIZE
};
struct channel_message {
	enum channel_type type;
	int32_t value; /* pid or exit status */
	enum err_kind kind;
	int32_t sys_errno;
	uint16_t rows, columns;
	char text[CHANNEL_TEXT_MAX];
};
/* Both may fail only by the other side being gone: then false. */
bool channel_send(int fd, const struct channel_message *message);
bool channel_receive(int fd, struct channel_message *ret_message);
void channel_send_error(int fd, int exit_code, const struct err *err);
int channel_error(const struct channel_message *message,
		  struct err *err); /* the FAILED one as our error */
