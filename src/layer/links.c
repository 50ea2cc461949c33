/* links.c - which files of a tree are the same file: an open-addressed table of inodes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/links.h"

#include "base/vec.h"

#include "base/banned.h"

#define LINKS_FIRST_SLOTS 64u

/* The slot of this inode, or the free one where it belongs. */
static struct link_slot *slot_of(struct link_slot *slots, size_t n_slots, dev_t dev, ino_t ino)
{
	size_t i = (size_t)((ino ^ (dev << 7)) * 0x9e3779b97f4a7c15u) >> 20;

	for (;; i++) {
		struct link_slot *slot = &slots[i & (n_slots - 1)];
		if (!slot->path || (slot->ino == ino && slot->dev == dev))
			return slot;
	}
}

static void links_grow(struct links *links)
{
	size_t n_slots = links->n_slots ? links->n_slots * 2 : LINKS_FIRST_SLOTS;
	struct link_slot *slots = xcalloc(n_slots, sizeof(*slots));

	for (size_t i = 0; i < links->n_slots; i++) {
		const struct link_slot *old = &links->slots[i];
		if (old->path)
			*slot_of(slots, n_slots, old->dev, old->ino) = *old;
	}
	free(links->slots);
	links->slots = slots;
	links->n_slots = n_slots;
}

const char *links_find(const struct links *links, const struct stat *st)
{
	if (st->st_nlink < 2 || !links->n)
		return NULL;
	return slot_of(links->slots, links->n_slots, st->st_dev, st->st_ino)->path;
}

void links_add(struct links *links, const struct stat *st, const char *path)
{
	if ((links->n + 1) * 2 > links->n_slots)
		links_grow(links);
	*slot_of(links->slots, links->n_slots, st->st_dev, st->st_ino) =
		(struct link_slot){st->st_dev, st->st_ino, xstrdup(path)};
	links->n++;
}

void links_done(struct links *links)
{
	for (size_t i = 0; i < links->n_slots; i++)
		free(links->slots[i].path);
	free(links->slots);
	*links = (struct links){0};
}
