/* keys.c - public keys of a volume in a managed block of authorized_keys(5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/keys.h"

int keys_import(int rootfd, const struct keys_spec *keys, struct buf *report, struct err *err)
{
	(void)rootfd;
	(void)report;
	return err_set(err, ERR_SYSTEM, "keys of '%s' cannot be imported yet", keys->user);
}
