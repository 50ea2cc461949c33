/* passwords.h - passwords that came with an image are made invalid.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Every entry of shadow(5) that has a hash gets a random one that no password is known to, and
 * today's date; locked ones ("!" in front) stay locked, "*" and empty ones as they are. Under the
 * locks of the accounts. *ret_n: how many. No shadow is success. ERR_LIMIT, ERR_DENIED, ERR_SYSTEM.
 */
int passwords_reset(int rootfd, size_t *ret_n, struct err *err) must_check;

/* The pure part. today: days since 1970; random: fills a hash (tests give their own). */
size_t passwords_rewrite(struct str shadow, int64_t today, void (*random)(void *out, size_t len),
			 struct buf *ret_text);
