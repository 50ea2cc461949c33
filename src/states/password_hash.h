/* password_hash.h - crypt(5) hashes of passwords given in clear.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* With the method and salt of `like` when that is a hash that can be made again ($1$, $5$, $6$,
 * $2b$, $y$…), so that an unchanged password gives an unchanged hash; else sha512crypt with a fresh
 * salt. */
int password_hash(const char *password, const char *like, char **ret_hash,
		  struct err *err) must_check;
/* With exactly the method and salt of `setting` (crypt(5)). ERR_INPUT: there is no such method. */
int password_crypt(const char *password, const char *setting, char **ret_hash,
		   struct err *err) must_check;
