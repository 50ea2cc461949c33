/* ids.h - users and groups from /etc/passwd and /etc/group, read in passing, no memory.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IDS_GROUPS_MAX 64
#define IDS_TEXT_MAX   256

struct ids {
	uid_t uid;
	gid_t gid;
	gid_t groups[IDS_GROUPS_MAX];
	size_t n_groups;
	char name[IDS_TEXT_MAX], home[IDS_TEXT_MAX], shell[IDS_TEXT_MAX];
};
/* user: name or number (a number needs no entry); group: NULL for the user's own. Supplementary
 * groups of the user are added, those in `more` too. A number without an entry has itself as its
 * group, not ours. -ENOENT: no such user or group, and
 * *ret_missing names it. */
int ids_find(const char *user, const char *group, const char *const *more, struct ids *ret_ids,
	     const char **ret_missing);
/* The same from `passwd` and `group` of this directory. */
int ids_find_at(int etc, const char *user, const char *group, const char *const *more,
		struct ids *ret_ids, const char **ret_missing);
int ids_find_group(const char *group, gid_t *ret_gid);
