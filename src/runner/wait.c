/* wait.c - waiting for a file, a socket, a server or a command.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/wait.h"

#include "base/banned.h"

int wait_for(const struct wait_spec *wait, const char *const *env, struct err *err)
{
	return err_at(err, wait->pos, "nothing is waited for yet");
}
