/* wait.h - waiting for a file, a socket, a server or a command; blocking, with a limit.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"

/* Asks at once and then each interval (0: half a second) until the answer is good or the timeout
 * (0: none) has passed. ERR_LIMIT: not there in time; the text tells the last reason. A TERM, INT,
 * HUP or QUIT meanwhile is ERR_SYSTEM with sys_errno EINTR and *ret_signal (may be NULL) its
 * number. */
int wait_for(const struct wait_spec *wait, const char *const *env, int *ret_signal,
	     struct err *err) must_check;
