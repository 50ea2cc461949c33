/* stack.c - the chain of unpacked layers that a snapshot stands on.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "layer/attributes.h"
#include "oci/limits.h"
#include "snap/snap_private.h"

#include "base/banned.h"

static int stack_push(struct store *store, const struct digest *chain_id, struct stack *stack,
		      struct digest *ret_parent, struct err *err)
{
	struct layer_meta meta = {0};
	int fd = -1;
	if (stack->n == LIMIT_LAYERS)
		return err_set(err, ERR_LIMIT, "an image has more than %u layers", LIMIT_LAYERS);
	if (store_layer_meta(store, chain_id, &meta, err) ||
	    store_open_layer(store, chain_id, &fd, err))
		return -1;
	stack->chain_ids = xreallocarray(stack->chain_ids, stack->n + 1, sizeof(*stack->chain_ids));
	stack->fds = xreallocarray(stack->fds, stack->n + 1, sizeof(*stack->fds));
	stack->chain_ids[stack->n] = *chain_id;
	stack->fds[stack->n++] = fd;
	*ret_parent = meta.parent;
	return 0;
}

int stack_open(struct store *store, const struct digest *chain_id, struct stack *ret_stack,
	       struct err *err)
{
	autostack struct stack stack = {0};
	struct digest next = chain_id ? *chain_id : (struct digest){0};
	while (digest_is_set(&next)) {
		struct digest here = next;
		if (stack_push(store, &here, &stack, &next, err))
			return -1;
	}
	*ret_stack = steal(&stack);
	return 0;
}

void stack_done(struct stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		close(stack->fds[i]);
	free(stack->fds);
	free(stack->chain_ids);
	*stack = (struct stack){0};
}

struct lower stack_lower(const struct stack *stack)
{
	return (struct lower){stack->fds, stack->n};
}

int stack_root_attributes(const struct stack *stack, int fd, struct err *err)
{
	struct stat ours, theirs;
	struct entry entry = {.type = ENTRY_DIRECTORY, .mode = 0755};
	if (fstat(fd, &ours))
		return err_sys(err, "looking at the root of a snapshot");
	const struct made made = {
		.fd = fd,
		.dirfd = -1,
		.name = ".",
		.uid = ours.st_uid,
		.gid = ours.st_gid,
		.mode = ours.st_mode & 07777,
		.was_there = true,
	};
	if (!stack->n)
		return attributes_write(&made, &entry, err);
	if (fstat(stack->fds[0], &theirs))
		return err_sys(err, "looking at the root of a layer");
	int failed = attributes_read(stack->fds[0], ".", &theirs, &entry, err) < 0 ||
		     xattrs_read_fd(stack->fds[0], &entry.xattrs, err) ||
		     attributes_write(&made, &entry, err) ||
		     attributes_set_time(fd, -1, ".", stat_mtime_ns(&theirs), err);
	entry_clear(&entry);
	return failed ? -1 : 0;
}
