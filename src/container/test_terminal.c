/* test_terminal.c - the keys that let go of a terminal.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/terminal.h"

#include "testing/test.h"

static struct detach_keys keys_of(const char *text)
{
	struct detach_keys keys;
	struct err err = {0};

	CHECK_OK(detach_keys_parse(text, &keys, &err), &err);
	return keys;
}

static void check_typed(struct detach_keys *keys, const char *typed, const char *want,
			bool want_detach)
{
	char data[64];
	bool detach;

	memcpy(data, typed, strlen(typed) + 1);
	size_t len = detach_keys_filter(keys, data, strlen(typed), &detach);
	data[len] = '\0';
	CHECK_STR(data, want);
	CHECK_INT(detach, want_detach);
}

TEST(the_usual_keys_detach_and_are_not_passed_on)
{
	struct detach_keys keys = keys_of(NULL);

	check_typed(&keys, "ls\r\x10\x11", "ls\r", true);
}

TEST(keys_come_in_pieces)
{
	struct detach_keys keys = keys_of(NULL);

	check_typed(&keys, "a\x10", "a", false);
	check_typed(&keys, "\x11", "", true);
}

TEST(a_beginning_that_was_none_is_passed_on)
{
	struct detach_keys keys = keys_of("ctrl-a,ctrl-a,x");

	check_typed(&keys, "\x01", "", false);
	check_typed(&keys, "b",
		    "\x01"
		    "b",
		    false);
}

TEST(the_first_key_twice_begins_anew)
{
	struct detach_keys keys = keys_of(NULL);

	check_typed(&keys, "\x10\x10", "\x10", false);
	check_typed(&keys, "\x11", "", true);
}

TEST(no_keys_never_detach)
{
	struct detach_keys keys = keys_of("");

	check_typed(&keys, "\x10\x11", "\x10\x11", false);
}

TEST(what_is_no_key_is_refused)
{
	static const char *const bad[] = {"ctrl-", "ctrl-1", "ctrl-pp", "ab", "ctrl-p,,ctrl-q"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct detach_keys keys;
		struct err err = {0};
		CHECK(detach_keys_parse(bad[i], &keys, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		err_clear(&err);
	}
}
