/* login_defs.h - login.defs(5) and useradd's defaults below the world's root.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/world.h"

struct login_defs { /* zeroed: neither file is there */
	struct buf defs, useradd;
};
int login_defs_read(struct world *world, struct login_defs *ret_defs, struct err *err) must_check;
void login_defs_done(struct login_defs *defs);
/* As it is written; {NULL, 0}: not said. */
struct str login_defs_text(const struct login_defs *defs, const char *key);
int64_t login_defs_number(const struct login_defs *defs, const char *key, int64_t otherwise);
/* /etc/default/useradd: KEY=VALUE. */
struct str useradd_text(const struct login_defs *defs, const char *key);
