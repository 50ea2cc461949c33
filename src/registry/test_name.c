/* test_name.c - the specification's grammars, case by case.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/name.h"

#include "testing/test.h"

TEST(repository_names_follow_the_grammar)
{
	static const struct {
		const char *name;
		bool is_valid;
	} cases[] = {
		{"a", true},       {"team/app", true},    {"a.b_c__d---e", true},
		{"0/1/2", true},   {"a/manifests", true}, {"", false},
		{"/", false},      {"a/", false},         {"/a", false},
		{"a//b", false},   {"A", false},          {"a..b", false},
		{"a___b", false},  {"-a", false},         {"a-", false},
		{"a._b", false},   {"a b", false},        {"..", false},
		{"a/../b", false}, {"\xc3\xa4", false},   {"_uploads", false},
		{"a:b", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_INT(repository_name_is_valid(str_of(cases[i].name)), cases[i].is_valid);
}

TEST(repository_names_are_bounded)
{
	char name[REPOSITORY_NAME_MAX + 2];
	memset(name, 'a', sizeof(name));
	CHECK(repository_name_is_valid((struct str){name, REPOSITORY_NAME_MAX}));
	CHECK(!repository_name_is_valid((struct str){name, REPOSITORY_NAME_MAX + 1}));
}

TEST(tags_follow_the_grammar)
{
	static const struct {
		const char *tag;
		bool is_valid;
	} cases[] = {
		{"latest", true}, {"1.0-rc_1", true}, {"_x", true},  {"A", true},
		{"", false},      {".a", false},      {"-a", false}, {"a/b", false},
		{"a:b", false},   {"a b", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_INT(tag_is_valid(str_of(cases[i].tag)), cases[i].is_valid);

	char tag[TAG_MAX + 1];
	memset(tag, 'a', sizeof(tag));
	CHECK(tag_is_valid((struct str){tag, TAG_MAX}));
	CHECK(!tag_is_valid((struct str){tag, TAG_MAX + 1}));
}
