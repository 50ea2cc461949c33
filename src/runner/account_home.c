/* account_home.c - making homes as useradd(8) makes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/account_home.h"

#include <errno.h>
#include <fcntl.h>

#include "base/io.h"
#include "runner/prefill.h"

#include "base/banned.h"

int account_home_make(int rootfd, const struct account_home *home, struct err *err)
{
	const char *path = home->path + strspn(home->path, "/");
	struct tree_options options = {
		.owner = {.uid = home->uid, .gid = home->gid, .mode = -1},
		.dir_mode = -1,
	};
	struct ownership own = {.uid = home->uid, .gid = home->gid, .mode = 0755};
	autoclose int dir = -1, skel = -1;
	bool refused;

	if (!*path)
		return 0;
	if (dir_make_all(rootfd, path, 0755, err) || dir_open_at(rootfd, path, &dir, err))
		return err_wrap(err, "home of the new user");
	skel = openat(rootfd, "etc/skel", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool filled = false;
	if (prefill(skel, dir, &options, &own, &filled, err))
		return err_wrap(err, "filling '%s'", home->path);
	return filled && ownership_set(dir, &own, &refused, err)
		       ? err_wrap(err, "home '%s'", home->path)
		       : 0;
}

void account_home_done(struct account_home *home)
{
	free(home->path);
	home->path = NULL;
}
