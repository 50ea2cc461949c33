/* test_template.c - each form of a tag, and what is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/template.h"

#include <stdlib.h>

#include "runner/limits.h"
#include "testing/test.h"

#include "base/banned.h"

struct pair {
	const char *name, *value;
};

static const struct pair pairs[] = {
	{"LOG_PATH", "/var/log/x"}, {"A", "1"},       {"B", "{{A}}"},  {"EMPTY", ""},
	{"LIST", "a,b,c"},          {"WORDS", "x y"}, {"_u9", "under"}};

static int get(void *arg, struct str name, const char **ret_value, struct err *err)
{
	(void)arg;
	if (str_is(name, "UNREADABLE"))
		return err_set(err, ERR_SYSTEM, "no such luck");
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (str_is(name, pairs[i].name))
			*ret_value = pairs[i].value;
	return 0;
}

static const char *nearest(void *arg, struct str name)
{
	(void)arg;
	return str_is(name, "LOG_PTH") ? "LOG_PATH" : NULL;
}

static const struct template_values values = {.get = get, .nearest = nearest};

static const struct {
	const char *name, *text, *want;
} good[] = {
	{"nothing", "", ""},
	{"plain", "a { b } c\n", "a { b } c\n"},
	{"the seed's example", "logging: file\nlog_path: {{LOG_PATH}}\n",
	 "logging: file\nlog_path: /var/log/x\n"},
	{"twice in a line", "{{A}}{{A}} {{A}}", "11 1"},
	{"no newline at the end", "x={{A}}", "x=1"},
	{"a value is not read again", "{{B}}", "{{A}}"},
	{"an empty value is a value", "[{{EMPTY}}]", "[]"},
	{"underscore and digits", "{{_u9}}", "under"},
	{"blanks make it text", "{{ A }} {{A }}", "{{ A }} {{A }}"},
	{"other languages", "{{ .Values.x }} {{.}} {{a.b}} {{1}} {{}}",
	 "{{ .Values.x }} {{.}} {{a.b}} {{1}} {{}}"},
	{"open to the end", "a {{A", "a {{A"},
	{"a stray opening before a value", "{{ x {{A}}", "{{ x 1"},
	{"a value in braces", "{{{A}}}", "{1}"},
	{"json", "{\"a\":{\"b\":{{A}}}}", "{\"a\":{\"b\":1}}"},
	{"escaped", "{{{{A}}}}", "{{A}}"},
	{"default of an unset one", "{{NO:-d e}}|{{NO-x}}", "d e|x"},
	{"default of an empty one", "[{{EMPTY:-d}}][{{EMPTY-d}}]", "[d][]"},
	{"default not needed", "{{A:-d}}{{A-d}}{{A:?m}}", "111"},
	{"an empty default", "[{{NO:-}}][{{NO-}}]", "[][]"},
	{"a default is not read again", "{{NO:-{{A}}", "{{A"},
	{"if", "{{#if A}}y{{else}}n{{/if}}{{#if NO}}y{{else}}n{{/if}}{{#if EMPTY}}y{{/if}}.",
	 "yn."},
	{"an untaken branch may miss", "{{#if NO}}{{NO}}{{/if}}ok", "ok"},
	{"nested", "{{#if A}}{{#if NO}}x{{else}}{{A}}{{/if}}{{/if}}", "1"},
	{"each", "{{#each LIST \",\"}}[{{.}}]{{/each}}", "[a][b][c]"},
	{"each of nothing", "{{#each EMPTY \",\"}}[{{.}}]{{/each}}.", "."},
	{"each of one", "{{#each A \",\"}}[{{.}}]{{/each}}", "[1]"},
	{"each in each", "{{#each LIST \",\"}}{{#each WORDS \" \"}}{{.}}{{/each}}{{.}};{{/each}}",
	 "xya;xyb;xyc;"},
	{"each in an untaken branch", "{{#if NO}}{{#each NO \",\"}}{{.}}{{/each}}{{/if}}.", "."},
	{"each with if", "{{#each LIST \",\"}}{{#if A}}{{.}}{{else}}-{{/if}}{{/each}}", "abc"},
	{"lines of their own vanish", "a\n  {{#if A}}\nb\n\t{{else}} \nc\n{{/if}}\nd\n",
	 "a\nb\nd\n"},
	{"each line by line", "{{#each LIST \",\"}}\nserver {{.}};\n{{/each}}\n",
	 "server a;\nserver b;\nserver c;\n"},
	{"lines that end as on windows", "{{#if A}}\r\nb\r\n{{/if}}\r\n", "b\r\n"},
	{"not alone on the line", "x {{#if A}} y {{/if}}\n", "x  y \n"},
	{"the last line without its end", "{{#if A}}\nb\n{{/if}}", "b\n"},
};

TEST(every_form_of_a_tag)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		autobuf struct buf out = {0};
		autoerr struct err err = {0};
		if (template_fill("t", str_of(good[i].text), &values, &out, &err))
			test_fail(__FILE__, __LINE__, "%s: %s", good[i].name, err_text(&err));
		if (!text_eq(buf_text(&out), good[i].want))
			test_fail(__FILE__, __LINE__, "%s: '%s'", good[i].name, buf_text(&out));
	}
}

static const struct {
	const char *text, *want;
} bad[] = {
	{"x\n y {{NO}}", "t:2:4: variable 'NO' is not set"},
	{"{{LOG_PTH}}", "t:1:1: variable 'LOG_PTH' is not set (did you mean 'LOG_PATH'?)"},
	{"{{NO:?give it}}", "t:1:1: variable 'NO': give it"},
	{"{{EMPTY:?give it}}", "t:1:1: variable 'EMPTY': give it"},
	{"a{{UNREADABLE}}", "t:1:2: no such luck"},
	{"{{#if UNREADABLE}}{{/if}}", "t:1:1: no such luck"},
	{"a\n{{#if A}}b", "t:2:1: {{#if}} without its end"},
	{"{{#each LIST \",\"}}b", "t:1:1: {{#each}} without its end"},
	{"{{#each NO \",\"}}{{/each}}", "t:1:1: variable 'NO' is not set"},
	{"{{#each LIST}}{{/each}}", "t:1:1: not of the form {{#each NAME \",\"}}"},
	{"{{#each LIST \"\"}}{{/each}}", "t:1:1: not of the form {{#each NAME \",\"}}"},
	{"{{#if 1}}{{/if}}", "t:1:1: not of the form {{#if NAME}}"},
	{"{{#if A B}}{{/if}}", "t:1:1: not of the form {{#if NAME}}"},
	{"x{{/if}}", "t:1:2: {{/if}} stands where no block of its kind is open"},
	{"{{else}}", "t:1:1: {{else}} stands where no block of its kind is open"},
	{"{{/each}}", "t:1:1: {{/each}} stands where no block of its kind is open"},
	{"{{#if A}}{{/each}}", "t:1:10: {{/each}} stands where no block of its kind is open"},
	{"{{#if A}}{{else}}{{else}}{{/if}}",
	 "t:1:18: {{else}} stands where no block of its kind is open"},
	{"{{#each LIST \",\"}}{{else}}{{/each}}",
	 "t:1:19: {{else}} stands where no block of its kind is open"},
};

TEST(every_error_names_its_place)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		autobuf struct buf out = {0};
		autoerr struct err err = {0};
		CHECK(template_fill("t", str_of(bad[i].text), &values, &out, &err) < 0);
		CHECK_STR(err_text(&err), bad[i].want);
	}
}

TEST(blocks_have_a_depth)
{
	autobuf struct buf text = {0}, out = {0};
	autoerr struct err err = {0};

	for (int i = 0; i <= LIMIT_TEMPLATE_DEPTH; i++)
		buf_puts(&text, "{{#if A}}");
	CHECK(template_fill("t", buf_str(&text), &values, &out, &err) < 0);
	CHECK(strstr(err_text(&err), "more than 32 blocks in one another"));
}

static int get_commas(void *arg, struct str name, const char **ret_value, struct err *err)
{
	(void)name, (void)err;
	*ret_value = arg;
	return 0;
}

TEST(repetitions_have_a_bound)
{
	autobuf struct buf commas = {0}, out = {0};
	autoerr struct err err = {0};

	for (int i = 0; i < 1000; i++)
		buf_putc(&commas, ',');
	struct template_values many = {.get = get_commas, .arg = commas.ptr};
	CHECK(template_fill("t", STR("{{#each A \",\"}}{{#each A \",\"}}{{/each}}{{/each}}"), &many,
			    &out, &err) < 0);
	CHECK(strstr(err_text(&err), "repetitions"));
}

TEST(what_does_not_fit_is_refused)
{
	autobuf struct buf out = {.max = 4};
	autoerr struct err err = {0};

	CHECK(template_fill("t", STR("{{LOG_PATH}}"), &values, &out, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
}
