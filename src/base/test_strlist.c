/* test_strlist.c - lists of texts and environments.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/strlist.h"

#include <stdlib.h>

#include "testing/test.h"

static void check_joined(const struct strlist *list, const char *want)
{
	autofree char *joined = strlist_join(list, "|");
	CHECK_STR(joined, want);
	CHECK(strlist_argv(list)[list->n] == NULL);
}

TEST(an_empty_list_is_an_empty_argv)
{
	autostrlist struct strlist list = {0};
	check_joined(&list, "");
	CHECK(!strlist_has(&list, "a"));
	strlist_sort(&list);
}

TEST(all_ways_to_add)
{
	autostrlist struct strlist list = {0};
	strlist_add(&list, "a");
	strlist_add_str(&list, (struct str){"bcd", 1});
	strlist_take(&list, xstrdup("c"));
	strlist_addf(&list, "%d", 4);
	check_joined(&list, "a|b|c|4");
	strlist_add_all(&list, &list);
	check_joined(&list, "a|b|c|4|a|b|c|4");
	CHECK(strlist_has(&list, "c") && !strlist_has(&list, "bcd"));
}

TEST(a_copy_replaces_what_was_there)
{
	autostrlist struct strlist from = {0}, to = {0};
	strlist_add(&from, "new");
	strlist_add(&to, "old");
	strlist_copy(&to, &from);
	check_joined(&to, "new");
	strlist_copy(&to, &to);
	check_joined(&to, "new");
}

TEST(removal_closes_the_gap)
{
	autostrlist struct strlist list = {0};
	strlist_split(&list, STR("a,b,c"), ',');
	strlist_remove_at(&list, 1);
	check_joined(&list, "a|c");
	strlist_remove_at(&list, 1);
	strlist_remove_at(&list, 0);
	check_joined(&list, "");
	strlist_add(&list, "d");
	check_joined(&list, "d");
}

TEST(splitting_keeps_empty_parts)
{
	static const struct {
		const char *text, *joined;
		size_t n;
	} cases[] = {{"", "", 0},
		     {"a", "a", 1},
		     {"a,b", "a|b", 2},
		     {",", "|", 2},
		     {"a,,b,", "a||b|", 4}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autostrlist struct strlist list = {0};
		strlist_split(&list, str_of(cases[i].text), ',');
		CHECK_INT(list.n, cases[i].n);
		check_joined(&list, cases[i].joined);
	}
}

TEST(sorting_is_bytewise)
{
	autostrlist struct strlist list = {0};
	strlist_split(&list, STR("b,\xc3\xa4,B,a,"), ',');
	strlist_sort(&list);
	check_joined(&list, "|B|a|b|\xc3\xa4");
}

TEST(many_items_grow_the_list)
{
	autostrlist struct strlist list = {0};
	for (int i = 0; i < 1000; i++)
		strlist_addf(&list, "%d", i);
	CHECK_INT(list.n, 1000);
	CHECK_STR(list.items[999], "999");
	CHECK(list.items[1000] == NULL);
}

TEST(a_later_assignment_replaces_the_earlier_in_place)
{
	autostrlist struct strlist env = {0};
	strlist_env_set(&env, "A=1");
	strlist_env_set(&env, "B=2");
	strlist_env_setf(&env, "A", "x=y");
	check_joined(&env, "A=x=y|B=2");
	CHECK_STR(strlist_env_get(&env, "A"), "x=y");
	strlist_env_unset(&env, "A");
	strlist_env_unset(&env, "A");
	check_joined(&env, "B=2");
	CHECK_STR(strlist_env_get(&env, "A"), NULL);
}

TEST(a_key_is_matched_whole)
{
	autostrlist struct strlist env = {0};
	strlist_env_set(&env, "PATHS=1");
	strlist_env_set(&env, "PATH=");
	strlist_env_set(&env, "BARE");
	CHECK_STR(strlist_env_get(&env, "PATH"), "");
	CHECK_STR(strlist_env_get(&env, "PAT"), NULL);
	CHECK_STR(strlist_env_get(&env, "BARE"), NULL);
	strlist_env_set(&env, "BARE=now");
	check_joined(&env, "PATHS=1|PATH=|BARE=now");
}
