/* owner.c - who shall own what is made.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/owner.h"

#include "init/ids.h"

#include "base/banned.h"

static int nobody(struct src_pos at, const char *what, const char *name, struct err *err)
{
	if (at.line)
		return err_at(err, at, "no %s '%s'", what, name);
	return err_set(err, ERR_INPUT, "no %s '%s'", what, name);
}

int owner_find(const char *user, const char *group, struct src_pos at, int64_t *ret_uid,
	       int64_t *ret_gid, struct err *err)
{
	int64_t uid = -1, gid = -1;
	const char *missing = user;
	struct ids ids;
	gid_t found;

	if (user) {
		if (ids_find(user, NULL, NULL, &ids, &missing))
			return nobody(at, "user", user, err);
		uid = ids.uid;
		gid = ids.gid;
	}
	if (group) {
		if (ids_find_group(group, &found))
			return nobody(at, "group", group, err);
		gid = found;
	}
	*ret_uid = uid;
	*ret_gid = gid;
	return 0;
}
