/* login.c - groups, then gid, then uid: each takes away the right to the one before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/login.h"

#include <grp.h>
#include <unistd.h>

#include "base/banned.h"

int login_become(const struct ids *ids, struct err *err)
{
	if (geteuid() != 0 && getuid() == ids->uid && geteuid() == ids->uid)
		return 0;
	if (setgroups(ids->n_groups, ids->groups) || setresgid(ids->gid, ids->gid, ids->gid) ||
	    setresuid(ids->uid, ids->uid, ids->uid))
		return err_sys(err, "becoming user '%s'", ids->name);
	return 0;
}

void login_env(const struct ids *ids, struct strlist *env)
{
	strlist_env_setf(env, "HOME", ids->home);
	strlist_env_setf(env, "USER", ids->name);
	strlist_env_setf(env, "LOGNAME", ids->name);
	strlist_env_setf(env, "SHELL", ids->shell);
}
