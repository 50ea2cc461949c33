/* timers.c - a pairing heap of timers: set and cancel at once, the next one in sight.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fredman, Sedgewick, Sleator, Tarjan: The pairing heap (1986). `child` is the first of a node's
 * children, `next` its right sibling, `prev` its left one, or its parent when it is the first. The
 * nodes are their owners': there is nothing to allocate and no bound on their number. */
#include "init/timers.h"

#include <assert.h>

static struct timer *meld(struct timer *a, struct timer *b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (b->due_ns < a->due_ns) {
		struct timer *later = a;
		a = b;
		b = later;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	a->next = a->prev = NULL;
	return a;
}

/* Two passes without recursion: pairs from left to right, then all of them from right to left. */
static struct timer *meld_children(struct timer *first)
{
	struct timer *pairs = NULL;
	struct timer *root = NULL;

	while (first) {
		struct timer *a = first;
		struct timer *b = a->next;
		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timer *pair = pairs;
		pairs = pair->next;
		pair->next = NULL;
		root = meld(root, pair);
	}
	return root;
}

void timers_add(struct timers *timers, struct timer *timer)
{
	assert(!timer->active);
	timer->child = timer->next = timer->prev = NULL;
	timer->active = true;
	timers->root = meld(timers->root, timer);
}

void timers_remove(struct timers *timers, struct timer *timer)
{
	assert(timer->active);
	struct timer *below = meld_children(timer->child);

	if (timer == timers->root) {
		timers->root = below;
	} else {
		if (timer->prev->child == timer)
			timer->prev->child = timer->next;
		else
			timer->prev->next = timer->next;
		if (timer->next)
			timer->next->prev = timer->prev;
		timers->root = meld(timers->root, below);
	}
	timer->child = timer->next = timer->prev = NULL;
	timer->active = false;
}
