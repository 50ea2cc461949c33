/* test_expand.c - what is filled in when a copy starts, and what when a file is read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/expand.h"
#include "ini/variables.h"
#include "testing/test.h"

#include "base/banned.h"

static int socket_fd(void *arg, const char *name)
{
	(void)arg;
	return text_eq(name, "web") ? 7 : -1;
}

TEST(a_copy_gets_its_number_and_its_sockets)
{
	static const struct {
		const char *word, *want;
	} cases[] = {
		{"plain", "plain"},
		{"$(circus.wid)", "3"},
		{"((CIRCUS.WID))-x", "3-x"},
		{"--fd=$(circus.sockets.web)", "--fd=7"},
		{"$(circus.sockets.other)", "$(circus.sockets.other)"},
		{"$(circus.wid", "$(circus.wid"},
		{"((circus.wid)", "((circus.wid)"},
		{"$(circus.) $(x.wid) $", "$(circus.) $(x.wid) $"},
		{"$(circus.wid)$(circus.wid)", "33"},
		{"", ""},
	};
	struct expand_values values = {.wid = 3, .socket_fd = socket_fd};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[64];
		CHECK_INT(expand_word(cases[i].word, &values, out, sizeof(out)),
			  (long long)strlen(cases[i].want));
		CHECK_STR(out, cases[i].want);
	}
}

TEST(a_word_that_does_not_fit_is_refused)
{
	struct expand_values values = {.wid = 12345};
	char out[6];
	CHECK_INT(expand_word("$(circus.wid)", &values, out, 6), 5);
	CHECK_INT(expand_word("$(circus.wid)", &values, out, 5), -1);
	CHECK_INT(expand_word("abcdef", &values, out, 6), -1);
	CHECK_INT(expand_word("", &values, out, 0), -1);
}

static struct variables sample(struct arena *arena)
{
	struct variables env = {.arena = arena};
	variables_append(&env, "HOME=/root", (struct src_pos){0});
	variables_append(&env, "EMPTY=", (struct src_pos){0});
	variables_append(&env, "lower=x", (struct src_pos){0});
	return env;
}

TEST(native_values_use_variables)
{
	static const struct {
		const char *text, *want, *error;
	} cases[] = {
		{"a${HOME}b", "a/rootb", NULL},
		{"${EMPTY}", "", NULL},
		{"${NONE:-x y}", "x y", NULL},
		{"${EMPTY:-x}", "x", NULL},
		{"${EMPTY-x}", "", NULL},
		{"${NONE-x}", "x", NULL},
		{"${NONE:-}", "", NULL},
		{"${HOME:?no}", "/root", NULL},
		{"$${HOME} $HOME $$ $", "${HOME} $HOME $$ $", NULL},
		{"${NONE}", NULL, "variable 'NONE' is not set; ${NONE:-text} would give a default"},
		{"${NONE:?set it}", NULL, "variable 'NONE': set it"},
		{"${EMPTY:?set it}", NULL, "variable 'EMPTY': set it"},
		{"${1}", NULL, "'${1}' is no variable; write $${ for ${ itself"},
		{"${}", NULL, "'${}' is no variable; write $${ for ${ itself"},
		{"${HOME:x}", NULL, "'${HOME:x}': '-' or '?' is missing behind ':'"},
		{"${HOME", NULL, "'${' without '}'"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autobuf struct buf out = {0};
		autoerr struct err err = {0};
		struct variables env = sample(&arena);
		int result = variables_fill(cases[i].text, &env, &out, &err);
		CHECK_INT(result, cases[i].want ? 0 : -1);
		CHECK_STR(cases[i].want ? buf_text(&out) : err_text(&err),
			  cases[i].want ? cases[i].want : cases[i].error);
	}
}

TEST(circus_values_use_variables_in_any_case)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"$(circus.env.HOME)/x", "/root/x"},
		{"((circus.env.home))", "/root"},
		{"$(CIRCUS.ENV.LOWER)", "x"},
		{"$(circus.env.NONE)", "$(circus.env.NONE)"},
		{"$(circus.wid) $(circus.env.", "$(circus.wid) $(circus.env."},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autobuf struct buf out = {0};
		struct variables env = sample(&arena);
		circus_env_fill(cases[i].text, &env, &out);
		CHECK_STR(buf_text(&out), cases[i].want);
	}
}

TEST(circus_dollars_are_upper_case_alone)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"$HOME/bin:$NONE:$EMPTY", "/root/bin::"},
		{"${HOME} $lower $_X $1 $", "${HOME} $lower $_X $1 $"},
		{"$HOMEx", "/rootx"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autobuf struct buf out = {0};
		struct variables env = sample(&arena);
		circus_dollar_fill(cases[i].text, &env, &out);
		CHECK_STR(buf_text(&out), cases[i].want);
	}
}
