/* token_private.h - what makers and believers of tokens share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/node.h"

#define TOKEN_TYPE_ACCESS      "JWT"
#define TOKEN_TYPE_REFRESH     "hull-refresh+jwt"
#define TOKEN_REFRESH_AUDIENCE "refresh:"

/* "exp" must be there, "nbf" may; both with LIMIT_TOKEN_LEEWAY_S. ERR_DENIED.
 *   ret_expires_at  NULL: not asked for */
int token_check_times(const struct node *claims, int64_t now_s, int64_t *ret_expires_at,
		      struct err *err) must_check;
