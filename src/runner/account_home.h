/* account_home.h - the home of a new user, from /etc/skel.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct account_home {
	char *path; /* absolute; owned */
	uint32_t uid, gid;
};
/* A home that is not there, or empty (a fresh volume), gets the files of /etc/skel below rootfd,
 * the owner and mode 0755; another stays as it is. A killed call is made up for by the next. */
int account_home_make(int rootfd, const struct account_home *home, struct err *err) must_check;
void account_home_done(struct account_home *home);
