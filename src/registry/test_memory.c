/* test_memory.c - what memory may say, and when it must be silent.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "testing/test.h"

struct number {
	struct memory_object object;
	int value;
};

static void free_number(struct memory_object *object)
{
	free(object);
}

static struct number *number_new(int value)
{
	struct number *number = xcalloc(1, sizeof(*number));

	atomic_init(&number->object.refs, 1);
	number->object.free = free_number;
	number->value = value;
	return number;
}

static void put(struct memory *memory, const char *name, int value, int64_t until_ns,
		unsigned ticket)
{
	struct number *number = number_new(value);

	memory_put(memory, &(struct memory_offer){"r", name, &number->object, 1, until_ns, ticket});
	memory_object_unref(&number->object);
}

static int get(struct memory *memory, const char *name)
{
	struct number *number = (struct number *)memory_get(memory, "r", name);
	int value = number ? number->value : -1;

	memory_object_unref(number ? &number->object : NULL);
	return value;
}

static void memory_freep(struct memory **memory)
{
	memory_free(*memory);
}
#define automemory cleanup(memory_freep)

TEST(memory_keeps_and_forgets)
{
	automemory struct memory *memory = memory_new(1000);

	put(memory, "a", 1, MEMORY_FOREVER, memory_ticket(memory, "r", "a"));
	CHECK_INT(get(memory, "a"), 1);
	CHECK(!memory_get(memory, "other", "a"));
	put(memory, "a", 2, MEMORY_FOREVER, memory_ticket(memory, "r", "a"));
	CHECK_INT(get(memory, "a"), 2);
	memory_forget(memory, "r", "a");
	CHECK_INT(get(memory, "a"), -1);
	put(memory, "old", 3, clock_monotonic_ns() - NS_PER_SEC, memory_ticket(memory, "r", "old"));
	CHECK_INT(get(memory, "old"), -1);
}

TEST(memory_takes_nothing_that_was_looked_up_before_a_change)
{
	automemory struct memory *memory = memory_new(1000);
	unsigned before = memory_ticket(memory, "r", "a");

	memory_change_begin(memory, "r", "a");
	put(memory, "a", 1, MEMORY_FOREVER, before);
	put(memory, "a", 1, MEMORY_FOREVER, memory_ticket(memory, "r", "a"));
	CHECK_INT(get(memory, "a"), -1);
	unsigned meanwhile = memory_ticket(memory, "r", "a");
	struct number *number = number_new(7);
	memory_change_end(memory,
			  &(struct memory_offer){"r", "a", &number->object, 1, MEMORY_FOREVER, 0});
	memory_object_unref(&number->object);
	CHECK_INT(get(memory, "a"), 7);
	put(memory, "a", 1, MEMORY_FOREVER, meanwhile);
	CHECK_INT(get(memory, "a"), 7);
}

TEST(memory_is_bounded_and_keeps_what_is_used)
{
	automemory struct memory *memory = memory_new(320);
	char name[16];

	put(memory, "used", 1, MEMORY_FOREVER, memory_ticket(memory, "r", "used"));
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		put(memory, name, i, MEMORY_FOREVER, memory_ticket(memory, "r", name));
		CHECK_INT(get(memory, "used"), 1);
	}
	CHECK(memory_cost(memory) <= 320 + 16);
	CHECK_INT(get(memory, "4999"), 4999);
}

TEST(memory_forgets_a_name_everywhere)
{
	automemory struct memory *memory = memory_new(1000);
	struct number *number = number_new(1);

	put(memory, "a", 1, MEMORY_FOREVER, memory_ticket(memory, "r", "a"));
	memory_put(memory, &(struct memory_offer){"s", "a", &number->object, 1, MEMORY_FOREVER,
						  memory_ticket(memory, "s", "a")});
	put(memory, "b", 2, MEMORY_FOREVER, memory_ticket(memory, "r", "b"));
	unsigned before = memory_ticket(memory, "r", "a");
	memory_forget_name(memory, "a");
	CHECK_INT(get(memory, "a"), -1);
	CHECK(!memory_get(memory, "s", "a"));
	CHECK_INT(get(memory, "b"), 2);
	put(memory, "a", 1, MEMORY_FOREVER, before);
	CHECK_INT(get(memory, "a"), -1);
	memory_object_unref(&number->object);
}
