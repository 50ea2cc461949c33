/* perms_private.h - one entry's mode and ACLs by an O_PATH descriptor.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "project/perms.h"

/* chmod by an O_PATH descriptor: errno on -1. */
int perms_chmod(int fd, uint32_t mode);
int perms_set_acls(int fd, bool is_dir, uint32_t mode, const struct perms_rule *rule,
		   bool *ret_changed, struct err *err) must_check;
