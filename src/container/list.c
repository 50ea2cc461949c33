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

int container_list(struct engine *engine, struct container_list *ret_list, struct err *err)
{
	autoclose int dir = -1;
	autostrlist struct strlist names = {0};
	struct container_list list = {0};

	if (containers_dirfd(engine, &dir, err) || dir_list(dir, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct container *container;
		if (!id_is_whole(names.items[i]))
			continue;
		if (!container_open(engine, names.items[i], &container, err)) {
			vec_push(&list, container);
			continue;
		}
		if (err->kind != ERR_MISSING) { /* being created or removed is fine */
			container_list_done(&list);
			return -1;
		}
		err_clear(err);
	}
	vec_sort(&list, newest_first);
	*ret_list = list;
	return 0;
}

void container_list_done(struct container_list *list)
{
	vec_foreach(it, list)
		container_close(*it);
	vec_done(list);
}
