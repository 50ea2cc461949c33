/* owner.h - users and groups of a spec to numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/ownership.h"

/* Names or numbers; NULL: -1, but a user alone brings the own group with it. ERR_INPUT at the place
 * for a name that nobody has. */
int owner_find(const char *user, const char *group, struct src_pos at, int64_t *ret_uid,
	       int64_t *ret_gid, struct err *err) must_check;
