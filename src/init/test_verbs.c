/* test_verbs.c - the table of verbs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/control_private.h"
#include "testing/test.h"

TEST(each_verb_is_found_whatever_its_case)
{
	const struct verb *verb;
	size_t n = 0;
	for (; (verb = verb_get(n)); n++) {
		CHECK(verb->run);
		CHECK(verb_find(verb->name) == verb);
	}
	CHECK_INT((long long)n, 30);
	CHECK_STR(verb_find("LiSt")->name, "list");
	CHECK(!verb_find("ipython"));
	CHECK(!verb_find(""));
	CHECK(!verb_find(NULL));
}

TEST(every_verb_of_the_original_is_there)
{
	static const char *const names[] = {
		"add",     "decr",   "dstats", "get",          "globaloptions", "incr",
		"kill",    "list",   "listen", "listsockets",  "numprocesses",  "numwatchers",
		"options", "quit",   "reload", "reloadconfig", "restart",       "rm",
		"set",     "signal", "start",  "stats",        "status",        "stop",
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CHECK(verb_find(names[i]));
}
