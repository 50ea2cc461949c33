/* login.h - this process becomes a user, as login(1) would make it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/strlist.h"
#include "init/ids.h"

/* Groups, gid and uid, for good; nothing when we are that user already. ERR_DENIED without the
 * right. */
int login_become(const struct ids *ids, struct err *err) must_check;
/* HOME USER LOGNAME SHELL. */
void login_env(const struct ids *ids, struct strlist *env);
