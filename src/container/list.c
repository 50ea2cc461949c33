/* list.c - all containers, newest first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"

#include "base/banned.h"

static int64_t created_ns(const struct container *container)
{
	int64_t ns = 0;

	if (!clock_parse_rfc3339(str_of(container->record.created), &ns))
		return 0;
	return ns;
}

static int newest_first(const void *a, const void *b)
{
	const struct container *left = *(struct container *const *)a;
	const struct container *right = *(struct container *const *)b;
	int64_t left_ns = created_ns(left), right_ns = created_ns(right);

	if (left_ns != right_ns)
		return left_ns > right_ns ? -1 : 1;
	return strcmp(left->record.id, right->record.id);
}

/* One that is being created or removed is no error, and not in the list. */
static int add_one(struct engine *engine, const char *id, struct container_list *list,
		   struct err *err)
{
	struct container *container = NULL;
	autoerr struct err why = {0};

	if (container_open(engine, id, &container, &why)) {
		if (why.kind == ERR_MISSING)
			return 0;
		err_move(err, &why);
		return -1;
	}
	struct container **item = vec_add(list); /* NOLINT(bugprone-sizeof-expression): pointers */
	*item = container;
	return 0;
}

int container_list(struct engine *engine, struct container_list *ret_list, struct err *err)
{
	autoclose int dir = -1;
	autostrlist struct strlist names = {0};
	struct container_list list = {0};

	if (containers_dirfd(engine, &dir, err) || dir_list(dir, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (id_is_whole(names.items[i]) && add_one(engine, names.items[i], &list, err)) {
			container_list_done(&list);
			return -1;
		}
	vec_sort(&list, newest_first); /* NOLINT(bugprone-sizeof-expression): of pointers */
	*ret_list = list;
	return 0;
}

void container_list_done(struct container_list *list)
{
	vec_foreach(it, list)
		container_close(*it);
	vec_done(list);
}
