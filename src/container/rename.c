/* rename.c - another name: the new link first, then the record, then the old link goes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <stdlib.h>

#include "base/banned.h"

static int rename_locked(struct container *container, const char *name, struct err *err)
{
	autoclose int names = -1;

	if (names_lock(container->engine, &names, err) || container_refresh(container, err) ||
	    name_take(container->engine, name, container->record.id, err))
		return -1;
	autofree char *old = container->record.name;
	container->record.name = xstrdup(name);
	if (container_record_write(container->dirfd, &container->record, err)) {
		name_release(container->engine, name, container->record.id);
		return -1;
	}
	name_release(container->engine, old, container->record.id);
	return 0;
}

int container_rename(struct container *container, const char *name, struct err *err)
{
	if (name[0] == '/')
		name++;
	if (name_check(name, err))
		return -1;
	if (text_eq(name, container->record.name))
		return err_set(err, ERR_INPUT, "container '%s' has that name already", name);
	if (container_lock(container, err))
		return -1;
	int failed = rename_locked(container, name, err);
	container_unlock(container);
	return failed;
}
