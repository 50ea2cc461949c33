/* memory.h - a bounded table of shared objects, by repository and name, that never tells the past.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a reader found in the storage may be put here only when no change of that name began or
 * ended meanwhile: it takes a ticket before it looks. A change (begin … end) hides the name, so
 * that nobody sees the old after somebody saw the new. Least recently used goes first. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct memory;
struct memory_object { /* the first member of what is shared */
	atomic_uint refs;
	void (*free)(struct memory_object *object);
};
void memory_object_ref(struct memory_object *object);
void memory_object_unref(struct memory_object *object); /* NULL is fine */

struct memory *memory_new(size_t max_cost);
void memory_free(struct memory *memory);
/* The object with a reference of yours, or NULL. Never blocks for long, allocates nothing. */
struct memory_object *memory_get(struct memory *memory, const char *repository, const char *name);
unsigned memory_ticket(struct memory *memory, const char *repository, const char *name);
#define MEMORY_FOREVER INT64_MAX
/* until_ns: on the monotonic clock. The object stays yours, too. Nothing happens when the ticket is
 * out of date. */
struct memory_offer {
	const char *repository, *name;
	struct memory_object *object;
	size_t cost;
	int64_t until_ns;
	unsigned ticket;
};
void memory_put(struct memory *memory, const struct memory_offer *offer);
void memory_change_begin(struct memory *memory, const char *repository, const char *name);
/* object NULL: nothing is known now; else as memory_put (the ticket is not looked at). */
void memory_change_end(struct memory *memory, const struct memory_offer *offer);
void memory_forget(struct memory *memory, const char *repository, const char *name);
void memory_forget_name(struct memory *memory, const char *name); /* in every repository; slow */
/* Each object, under a lock: do little. */
void memory_visit(struct memory *memory,
		  void (*told)(const char *repository, const char *name,
			       struct memory_object *object, void *arg),
		  void *arg);
size_t memory_cost(struct memory *memory);
