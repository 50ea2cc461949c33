/* test_args.c - words as sh(1) splits them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/args.h"
#include "testing/test.h"

#include "base/banned.h"

struct words_case {
	const char *name, *text;
	const char *joined; /* with "|" between words; NULL: refused */
};

TEST(words_are_split_as_a_shell_splits_them)
{
	static const struct words_case cases[] = {
		{"nothing", "", ""},
		{"blanks alone", " \t\n ", ""},
		{"blanks between", "  -e  A=1\t-v\n/a:/b ", "-e|A=1|-v|/a:/b"},
		{"single quotes", "-e 'A=x y'", "-e|A=x y"},
		{"a backslash in single quotes is itself", "'a\\b'", "a\\b"},
		{"double quotes", "--name=\"x y\"z", "--name=x yz"},
		{"what double quotes escape", "\"\\$a \\\" \\\\ \\`\"", "$a \" \\ `"},
		{"what they do not", "\"\\n\"", "\\n"},
		{"nothing is expanded", "\"$HOME\" $HOME *", "$HOME|$HOME|*"},
		{"an empty word", "a '' b", "a||b"},
		{"a backslash outside", "a\\ b", "a b"},
		{"a line that goes on", "a\\\nb", "ab"},
		{"a backslash at the end", "a\\", "a\\"},
		{"an open single quote", "a 'b", NULL},
		{"an open double quote", "a \"b", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autostrlist struct strlist words = {0};
		autoerr struct err err = {0};
		int failed = args_split(cases[i].text, "MS_DOCKER_ARGS", &words, &err);
		if (!cases[i].joined) {
			CHECK(failed && err.kind == ERR_INPUT && words.n == 0);
			CHECK(text_starts(err_text(&err), "MS_DOCKER_ARGS: a quote ("));
			continue;
		}
		CHECK_OK(failed, &err);
		autofree char *joined = strlist_join(&words, "|");
		CHECK_STR(joined, cases[i].joined);
	}
}

TEST(words_are_added_behind_those_that_are_there)
{
	autostrlist struct strlist words = {0};
	autoerr struct err err = {0};

	strlist_add(&words, "first");
	CHECK_OK(args_split("second", "x", &words, &err), &err);
	CHECK_INT(words.n, 2);
	CHECK(args_split("third 'open", "x", &words, &err));
	CHECK_INT(words.n, 2);
}

TEST(a_command_is_words_or_a_list_of_texts)
{
	static const struct words_case cases[] = {
		{"words", "/lib/systemd/systemd --log-level='x y'",
		 "/lib/systemd/systemd|--log-level=x y"},
		{"JSON", " [\"/bin/sh\", \"-c\", \"a b\"]", "/bin/sh|-c|a b"},
		{"empty", "", NULL},
		{"an empty program", "''", NULL},
		{"an empty list", "[]", NULL},
		{"a number in the list", "[1]", NULL},
		{"a list that is cut", "[\"/bin/sh\"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autostrlist struct strlist words = {0};
		autoerr struct err err = {0};
		int failed = args_of_command(cases[i].text, "MS_COMMAND", &words, &err);
		if (!cases[i].joined) {
			CHECK(failed && err.kind == ERR_INPUT && words.n == 0);
			CHECK(text_starts(err_text(&err), "MS_COMMAND"));
			continue;
		}
		CHECK_OK(failed, &err);
		autofree char *joined = strlist_join(&words, "|");
		CHECK_STR(joined, cases[i].joined);
	}
}
