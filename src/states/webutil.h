/* webutil.h - the password files of web servers.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "state/function.h"

extern const struct state_def state_webutil_user_exists;
extern const struct state_def state_webutil_user_absent;

/* "$apr1$SALT$HASH", appended: Apache's MD5, 1000 rounds. */
void apr1_hash(const char *password, struct str salt, struct buf *buf);
/* apr1, {SHA}, plain, or whatever crypt(3) knows. */
bool htpasswd_matches(const char *password, struct str hash);
