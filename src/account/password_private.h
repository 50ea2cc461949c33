/* password_private.h - the one place where a bcrypt is run.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* Runs crypt_r: 2^cost rounds, about 50 ms at 10. Compares in constant time. */
bool password_matches(const char *password, const char *hash);
