/* workdir.c - a directory under construction; its owner holds the lock file inside.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "store/store_private.h"

#include "base/banned.h"

struct workdir {
	struct store *store;
	struct store_path name; /* below the store */
	char *path;
	int fd;
	int lock;
};

/* The sweep sees the directory only with its lock taken: it waits for the lock that we share. */
int workdir_new(struct store *store, struct workdir **ret_workdir, struct err *err)
{
	cleanup(workdir_freep) struct workdir *workdir = xcalloc(1, sizeof(*workdir));
	autoclose int lock = -1;
	struct store_path name = fresh_path("tmp/work-");

	*workdir = (struct workdir){.store = store, .name = name, .fd = -1, .lock = -1};
	if (store_lock_shared(store, &lock, err))
		return -1;
	if (mkdirat(store->fd, name.text, 0700))
		return err_sys(err, "making '%s'", name.text);
	workdir->path = path_join(store->root, name.text);
	if (dir_open_at(store->fd, name.text, &workdir->fd, err) ||
	    lock_file_at(workdir->fd, STORE_WORKDIR_LOCK, LOCK_EXCLUSIVE, true, &workdir->lock,
			 NULL, err))
		return err_wrap(err, "'%s'", name.text);
	*ret_workdir = steal(&workdir);
	return 0;
}

int workdir_fd(const struct workdir *workdir)
{
	return workdir->fd;
}

const char *workdir_path(const struct workdir *workdir)
{
	return workdir->path;
}

void workdir_free(struct workdir *workdir)
{
	struct err why = {0};

	if (!workdir)
		return;
	/* What cannot go now (something is mounted there) goes with a sweep. */
	if (workdir->path && tree_remove_at(workdir->store->fd, workdir->name.text, &why))
		log_debug("'%s' stays for the sweep: %s", workdir->path, err_text(&why));
	err_clear(&why);
	mem_close_at(&workdir->fd);
	mem_close_at(&workdir->lock);
	free(workdir->path);
	free(workdir);
}
