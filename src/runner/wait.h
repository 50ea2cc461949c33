/* wait.h - waiting for a file, a socket, a server or a command; blocking, with a limit.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"

/* ERR_LIMIT: not there in time; the text tells the last reason. */
int wait_for(const struct wait_spec *wait, const char *const *env, struct err *err) must_check;
