/* usage.h - what takes how much room, and what may go.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "image/image.h"

struct container_sizes {
	uint64_t rw;      /* bytes of files that were changed */
	uint64_t root_fs; /* these and the image's */
};
int container_sizes(struct engine *engine, struct container *container,
		    struct container_sizes *ret_sizes, struct err *err) must_check;

struct volume {
	char *name;
	uint64_t bytes;
	size_t n_users; /* containers that mount it */
	bool is_anonymous;
};
struct volume_list {
	struct volume *items;
	size_t n, cap;
};
void volume_list_done(struct volume_list *list);
int volume_list(struct engine *engine, struct volume_list *ret_list, struct err *err) must_check;

/* Rows of `system df`: Type, TotalCount, Active, Size, Reclaimable. */
struct node *usage_rows(struct arena *arena, struct engine *engine, struct err *err);
/* Of `system df -v`: rows as the columns of docker's tables name them. NULL: failed. */
struct node *usage_of_images(struct arena *arena, struct engine *engine, struct err *err);
struct node *usage_of_containers(struct arena *arena, struct engine *engine, struct err *err);
struct node *usage_of_volumes(struct arena *arena, struct engine *engine, struct err *err);

typedef void (*prune_tell)(const char *line, void *arg);
/* Images that no container uses and the filter lets pass; dangling ones only unless `all`. */
int image_prune(struct engine *engine, bool all, const struct image_filter *filter, prune_tell tell,
		void *arg, struct err *err) must_check;
/* Containers that do not run; before_ns, labels and no_labels of the filter count. Tells IDs. */
int container_prune(struct engine *engine, const struct image_filter *filter, prune_tell tell,
		    void *arg, struct err *err) must_check;
/* Anonymous volumes that no container mounts. Tells names. */
int volume_prune(struct engine *engine, prune_tell tell, void *arg, struct err *err) must_check;
