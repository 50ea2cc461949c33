/* accounts_lock.h - the two locks under which accounts are edited.
 * SPDX-License-Identifier: Apache-2.0
 *
 * .pwd.lock by fcntl(2), as lckpwdf(3) takes it, and NAME.lock as a link, as shadow's commonio
 * takes it: musl's lckpwdf does nothing, so there the links alone count. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum { ACCOUNTS_PASSWD, ACCOUNTS_GROUP, ACCOUNTS_GSHADOW, ACCOUNTS_SHADOW, ACCOUNTS_TABLES };
extern const char *const accounts_names[ACCOUNTS_TABLES];

struct accounts_lock { /* zeroed but for fd -1: nothing is held */
	int etc_fd;    /* borrowed */
	int fd;
	bool is_linked[ACCOUNTS_TABLES];
};
/* Waits LIMIT_ACCOUNTS_LOCK_MS at most: ERR_LIMIT names the lock. Where nothing can be made (a
 * read-only root, no rights) nobody else can edit either: that is success without a lock. */
int accounts_lock_take(int etc_fd, struct accounts_lock *ret_lock, struct err *err) must_check;
void accounts_lock_release(struct accounts_lock *lock);
