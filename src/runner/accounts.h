/* accounts.h - passwd(5), group(5), shadow(5) and gshadow(5) edited under their locks.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"

struct accounts; /* the files below one root, locked until accounts_close */
int accounts_open(int rootfd, struct accounts **ret_accounts, struct err *err) must_check;
/* Makes it, or checks that what exists is the same. ERR_EXISTS: the name has another id. */
int accounts_ensure_group(struct accounts *accounts, const struct group_spec *group,
			  struct err *err) must_check;
int accounts_ensure_user(struct accounts *accounts, const struct user_spec *user,
			 struct err *err) must_check;
int accounts_save(struct accounts *accounts, struct err *err) must_check; /* if anything changed */
void accounts_close(struct accounts *accounts);

/* USER_NAME, USER_UID or USER_ID, USER_GID or GROUP_ID, GROUP_NAME. *ret_found: USER_NAME is set
 * (or the file has a default). Texts borrow from env. */
int user_from_env(const char *const *env, const struct init_settings *init,
		  struct user_spec *ret_user, bool *ret_found, struct err *err) must_check;
