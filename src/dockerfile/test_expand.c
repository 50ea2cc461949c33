/* test_expand.c - variables in words: every form, every mistake.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile.h"

#include "base/buf.h"
#include "dockerfile/limits.h"
#include "testing/test.h"

static const char *const variables[][2] = {
	{"a", "value"},
	{"empty", ""},
	{"words", "one two  three"},
	{"path", "/usr/lib/libc.so.6"},
	{"ünïcode", "letters"},
	{"1", "first"},
	{"12", "twelfth"},
	{"star", "a*b*c"},
	{"_x9", "under"},
	{"aaa", "aaaa"},
	{"accents", "äöü"},
};

static const char *get(const char *name, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		if (!strcmp(name, variables[i][0]))
			return variables[i][1];
	return NULL;
}

struct expand_case {
	const char *word, *want; /* the text; or, behind "!", the error without place and word */
};

static void check_cases(const struct expand_case *cases, size_t n, char escape)
{
	struct dockerfile dockerfile = {.escape = escape};
	struct instruction instruction = {.kind = INSTRUCTION_USER, .pos = {"f", 3, 1}};

	for (size_t i = 0; i < n; i++) {
		autoerr struct err err = {0};
		autofree char *text = NULL;
		autofree char *expected = NULL;
		int result = dockerfile_expand(&dockerfile, &instruction, cases[i].word, get, NULL,
					       &text, &err);
		if (cases[i].want[0] != '!') {
			CHECK_OK(result, &err);
			CHECK_STR(text, cases[i].want);
			continue;
		}
		CHECK(result == -1 && !text);
		expected = xasprintf("f:3:1: '%s': %s", cases[i].word, cases[i].want + 1);
		CHECK_STR(err_text(&err), expected);
	}
}

TEST(names_end_where_letters_and_digits_do)
{
	static const struct expand_case cases[] = {
		{"$a", "value"},
		{"${a}", "value"},
		{"x${a}y", "xvaluey"},
		{"$a/b", "value/b"},
		{"$nothing.", "."},
		{"${nothing}", ""},
		{"$1a", "firsta"},
		{"$123", ""},
		{"$12", "twelfth"},
		{"${12}", "twelfth"},
		{"$@$*$#$?$-$$$!$0", ""},
		{"$@a", "a"},
		{"$", "$"},
		{"$ a", "$ a"},
		{"a$.b", "a$.b"},
		{"$_x9-", "under-"},
		{"$ünïcode", "letters"},
		{"$a–b", "value–b"},
		{"$a\xff", "value\xff"},
		{"", ""},
	};
	check_cases(cases, ARRAY_LEN(cases), '\\');
}

TEST(quotes_and_escapes_are_those_of_a_shell)
{
	static const struct expand_case cases[] = {
		{"'$a'", "$a"},
		{"\"$a\"", "value"},
		{"\"'$a'\"", "'value'"},
		{"'\"$a\"'", "\"$a\""},
		{"\\$a", "$a"},
		{"\\\\$a", "\\value"},
		{"a\\b", "ab"},
		{"'a\\b'", "a\\b"},
		{"\"a\\b\"", "a\\b"},
		{"\"a\\\"b\\$c\\\\d\"", "a\"b$c\\d"},
		{"end\\", "end"},
		{"\"end\\", "!a double quote is not closed"},
		{"''", ""},
		{"'a", "!a single quote is not closed"},
		{"\"a", "!a double quote is not closed"},
		{"\"${a", "!a '}' is missing"},
	};
	check_cases(cases, ARRAY_LEN(cases), '\\');
}

TEST(the_escape_character_may_be_another)
{
	static const struct expand_case cases[] = {
		{"`$a", "$a"},
		{"c:\\$a", "c:\\value"},
		{"\"`\"`a\"", "\"`a"},
	};
	check_cases(cases, ARRAY_LEN(cases), '`');
}

TEST(modifiers_look_at_set_and_at_empty)
{
	static const struct expand_case cases[] = {
		{"${a:-w}", "value"},
		{"${a-w}", "value"},
		{"${empty:-w}", "w"},
		{"${empty-w}", ""},
		{"${none:-w}", "w"},
		{"${none-w}", "w"},
		{"${none:-}", ""},
		{"${a:+w}", "w"},
		{"${a+w}", "w"},
		{"${empty:+w}", ""},
		{"${empty+w}", "w"},
		{"${none:+w}", ""},
		{"${none+w}", ""},
		{"${a:?w}", "value"},
		{"${a?}", "value"},
		{"${empty?w}", ""},
		{"${none:-$a}", "value"},
		{"${none:-${none:-x}}", "x"},
		{"${none:-'}'}", "}"},
		{"${none:-\\}}", "}"},
		{"${none:-\"$a b\"}", "value b"},
		{"${a:=w}", "!an unknown modifier in ${…}"},
		{"${a=w}", "!an unknown modifier in ${…}"},
		{"${a:#w}", "!an unknown modifier in ${…}"},
		{"${a:%w}", "!an unknown modifier in ${…}"},
		{"${a b}", "!an unknown modifier in ${…}"},
		{"${#a}", "!an unknown modifier in ${…}"},
		{"${}", "!a variable's name is missing in ${…}"},
		{"${:-x}", "!a variable's name is missing in ${…}"},
		{"${{x}}", "!a variable's name is missing in ${…}"},
		{"${ a}", "!a variable's name is missing in ${…}"},
		{"${", "!a '}' is missing"},
		{"${a", "!a '}' is missing"},
		{"${a:", "!a '}' is missing"},
		{"${a:-b", "!a '}' is missing"},
	};
	check_cases(cases, ARRAY_LEN(cases), '\\');
}

TEST(patterns_cut_and_replace)
{
	static const struct expand_case cases[] = {
		{"${path#*/}", "usr/lib/libc.so.6"},
		{"${path##*/}", "libc.so.6"},
		{"${path%.*}", "/usr/lib/libc.so"},
		{"${path%%.*}", "/usr/lib/libc"},
		{"${path#usr}", "/usr/lib/libc.so.6"},
		{"${path%?}", "/usr/lib/libc.so."},
		{"${accents#?}", "öü"},
		{"${accents%??}", "ä"},
		{"${star#a\\*}", "b*c"},
		{"${star%\\**}", "a*b"},
		{"${star%%\\**}", "a"},
		{"${a/l/L}", "vaLue"},
		{"${path/\\/usr/}", "/lib/libc.so.6"},
		{"${path//l/L}", "/usr/Lib/Libc.so.6"},
		{"${path/*\\//}", "libc.so.6"},
		{"${path//./_}", "/usr/lib/libc_so_6"},
		{"${aaa//aa/b}", "bb"},
		{"${aaa/none/b}", "aaaa"},
		{"${a/$a/x}", "x"},
		{"${a/v/$a}", "valuealue"},
		{"${a/v/\\}}", "}alue"},
		{"${none#x}", ""},
		{"${none/x/y}", ""},
		{"${a//x}", "!a second '/' is missing in ${…/…/…}"},
		{"${a/x/y", "!a '}' is missing"},
		{"${a#\\n}", "!a pattern has an escape before something other than *, ? or \\"},
		{"${a/\\n/}", "!a pattern has an escape before something other than *, ? or \\"},
	};
	check_cases(cases, ARRAY_LEN(cases), '\\');
}

static void check_error(const char *word, enum err_kind kind, const char *message)
{
	struct dockerfile dockerfile = {.escape = '\\'};
	struct instruction instruction = {.kind = INSTRUCTION_USER, .pos = {"f", 3, 1}};
	autoerr struct err err = {0};
	char *text = NULL;

	CHECK(dockerfile_expand(&dockerfile, &instruction, word, get, NULL, &text, &err) == -1);
	CHECK(!text);
	CHECK_INT(err.kind, kind);
	if (message)
		CHECK_STR(err_text(&err), message);
}

TEST(a_variable_may_be_demanded)
{
	check_error("${none?}", ERR_INPUT, "f:3:1: the variable 'none' is not set");
	check_error("${none:?}", ERR_INPUT, "f:3:1: the variable 'none' is not set");
	check_error("${empty:?}", ERR_INPUT, "f:3:1: the variable 'empty' is empty");
	check_error("${none?give $a}", ERR_INPUT, "f:3:1: none: give value");
}

static const char *get_much(const char *name, void *arg)
{
	(void)name;
	return arg;
}

TEST(depth_and_size_are_bounded)
{
	struct dockerfile dockerfile = {.escape = '\\'};
	struct instruction instruction = {.kind = INSTRUCTION_USER, .pos = {"f", 3, 1}};
	autobuf struct buf deep = {0};
	autoerr struct err err = {0};
	autofree char *much = xcalloc(LIMIT_EXPANDED_BYTES, 1);
	char *text = NULL;

	for (size_t i = 0; i <= LIMIT_EXPAND_DEPTH; i++)
		buf_puts(&deep, "${none:-");
	check_error(buf_text(&deep), ERR_LIMIT, NULL);
	memset(much, 'x', LIMIT_EXPANDED_BYTES - 1);
	CHECK(dockerfile_expand(&dockerfile, &instruction, "$x$x", get_much, much, &text, &err) ==
	      -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_STR(err_text(&err), "an expanded word: larger than 1048576 bytes");
}

TEST(a_long_pattern_is_refused)
{
	autobuf struct buf word = {0};

	buf_puts(&word, "${a#");
	for (size_t i = 0; i <= LIMIT_PATTERN_BYTES; i++)
		buf_putc(&word, '*');
	buf_putc(&word, '}');
	check_error(buf_text(&word), ERR_LIMIT, NULL);
}

TEST(a_heredoc_keeps_its_quotes)
{
	struct dockerfile dockerfile = {.escape = '\\'};
	struct instruction instruction = {.kind = INSTRUCTION_COPY};
	autoerr struct err err = {0};
	autofree char *text = NULL;

	CHECK_OK(dockerfile_expand_body(&dockerfile, &instruction,
					"it's \"$a\"\n'${none:-'x'}' \\$a \\\\\n", get, NULL, &text,
					&err),
		 &err);
	CHECK_STR(text, "it's \"value\"\n''x'' $a \\\n");
}

TEST(each_kind_expands_its_words_in_its_own_way)
{
	static const struct {
		const char *line, *words; /* joined by | */
	} cases[] = {
		{"ENV k=$a \"q r\"='$a' s=\"$a t\"", "k=value|q r=$a|s=value t"},
		{"ENV old $a  'kept  apart'", "old=value  kept  apart"},
		{"LABEL $a=$words", "value=one two  three"},
		{"ARG x y=$a", "x|y=value"},
		{"EXPOSE $words \"$words\"", "one|two|three|one two  three"},
		{"EXPOSE 80 $none$none ''", "80|"},
		{"VOLUME [\"$words\", \"/a b\"]", "one|two|three|/a|b"},
		{"COPY $words dst", "one two  three|dst"},
		{"USER $a:$1", "value:first"},
		{"WORKDIR /x/$a", "/x/value"},
		{"STOPSIGNAL SIG$a", "SIGvalue"},
		{"FROM $a AS b", "value|b"},
		{"RUN echo $a '$b'", "echo $a '$b'"},
		{"CMD [\"$a\"]", "$a"},
		{"ONBUILD ENV a=$a", "ENV a=$a"},
		{"HEALTHCHECK CMD $a", "CMD-SHELL|$a"},
		{"MAINTAINER $a", "$a"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
		autostrlist struct strlist words = {0};
		autoerr struct err err = {0};
		CHECK_OK(dockerfile_parse_one("t", cases[i].line, &dockerfile, &err), &err);
		CHECK_OK(dockerfile_expand_words(&dockerfile, &dockerfile.items[0], get, NULL,
						 &words, &err),
			 &err);
		autofree char *joined = strlist_join(&words, "|");
		CHECK_STR(joined, cases[i].words);
	}
}

TEST(a_name_that_expands_to_nothing_is_refused)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
	struct strlist words = {0};
	autoerr struct err err = {0};

	CHECK_OK(dockerfile_parse_one("t", "ENV $none=1", &dockerfile, &err), &err);
	CHECK(dockerfile_expand_words(&dockerfile, &dockerfile.items[0], get, NULL, &words, &err) ==
	      -1);
	CHECK_STR(err_text(&err), "t:1:1: '$none=1': the name expands to nothing");
	CHECK(!words.items);
}
