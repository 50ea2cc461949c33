/* accounts_save.h - one account file read and put back.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/account_table.h"

/* *ret_exists false: there is none. *ret_readable false: there is one, but not for us. */
int account_table_read(int etc_fd, const char *name, struct account_table *ret_table,
		       bool *ret_exists, bool *ret_readable, struct err *err) must_check;
/* Beside it and renamed, with the owner, mode and extended attributes of the old one (a new one:
 * root's, 0644); where that is not possible (a bind mount, a link, a read-only directory around a
 * writable file) it is written over in place, from the first byte that differs. Synced. */
int account_table_write(int etc_fd, const char *name, const struct account_table *table,
			struct err *err) must_check;
