/* test_file_edits.c - the states that change a text: what was there, what is there then.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "states/file_states.h"
#include "states/test_world.h"

#include "base/banned.h"

struct edit_case {
	const struct state_def *def;
	const char *before, *args, *after;
	const char *comment; /* with the result in front */
};

/* Each: in a test run nothing changes and the result is None; then it is done, told with a diff;
 * then there is nothing to be done. */
static void check_edit(struct trial *t, const struct edit_case *edit)
{
	trial_write(t, "f", edit->before, 0644);
	t->is_test = true;
	trial_run(t, edit->def, "/f", edit->args);
	CHECK_INT(t->outcome.result, RESULT_NONE);
	CHECK_STR(trial_read(t, "f"), edit->before);
	t->is_test = false;
	trial_run(t, edit->def, "/f", edit->args);
	CHECK_STR(trial_read(t, "f"), edit->after);
	const char *said = trial_said(t);
	CHECK_STR(heap_printf(&t->heap, "%.*s", (int)strlen(edit->comment), said), edit->comment);
	/* What append tells is made of lines without their ends. */
	/* What keyvalue tells is no unified difference. */
	const char *diff = edit->def == &state_file_keyvalue ? "'diff': '"
			   : edit->def == &state_file_append ? "'diff': '--- \\n\\n+++ \\n\\n@@"
							     : "'diff': '--- \\n+++ \\n@@";
	CHECK(strstr(said, diff) != NULL);
	trial_again(t, edit->def, "/f", edit->args);
	CHECK_STR(trial_read(t, "f"), edit->after);
}

TEST(edits_are_done_once_and_told)
{
	static const struct state_def *const
		append = &state_file_append,
		*const prepend = &state_file_prepend, *const replace = &state_file_replace,
		*const block = &state_file_blockreplace, *const comment = &state_file_comment,
		*const uncomment = &state_file_uncomment, *const line = &state_file_line,
		*const keyvalue = &state_file_keyvalue;
	const struct edit_case cases[] = {
		{append, "a\n", "{text: b}", "a\nb\n", "True|Appended 1 lines"},
		{append, "a", "{text: [b, a, 'c  d']}", "a\nb\nc  d\n", "True|Appended 2 lines"},
		{append, "x {\n}\n", "{text: \"y {\\n}\"}", "x {\n}\ny {\n}\n",
		 "True|Appended 2 lines"},
		{append, "a  b\n", "{text: 'a b', ignore_whitespace: false}", "a  b\na b\n",
		 "True|Appended 1 lines"},
		{append, "aa\n", "{text: a}", "aa\na\n", "True|Appended 1 lines"},
		{prepend, "a\n", "{text: [b, c]}", "b\nc\na\n", "True|Prepended 2 lines"},
		{prepend, "a\nb\n", "{text: b, header: true}", "b\na\nb\n",
		 "True|Prepended 1 lines"},
		{replace, "port = 1\n", "{pattern: 'port = \\d+', repl: 'port = 2'}", "port = 2\n",
		 "True|Changes were made"},
		{replace, "a1\nb1\n", "{pattern: '^(a)1$', repl: '\\g<1>2', count: 1}", "a2\nb1\n",
		 "True|Changes were made"},
		{replace, "a\n", "{pattern: 'zz.*', repl: 'zz=1', append_if_not_found: true}",
		 "a\nzz=1\n", "True|Changes were made"},
		{replace, "a\n", "{pattern: 'zz.*', repl: 'zz=1', prepend_if_not_found: true}",
		 "zz=1\na\n", "True|Changes were made"},
		{replace, "a\n",
		 "{pattern: 'q', repl: x, append_if_not_found: true, not_found_content: n}",
		 "a\nn\n", "True|Changes were made"},
		{replace, "A\n", "{pattern: 'a', repl: b, flags: [IGNORECASE]}", "b\n",
		 "True|Changes were made"},
		{block, "x\n#-- start managed zone --\nold\n#-- end managed zone --\ny\n",
		 "{content: \"new\\nmore\"}",
		 "x\n#-- start managed zone --\nnew\nmore\n#-- end managed zone --\ny\n",
		 "True|Changes were made"},
		{block, "x",
		 "{content: new, append_if_not_found: true, marker_start: '# <', "
		 "marker_end: '# >'}",
		 "x\n# <\nnew\n# >\n", "True|Changes were made"},
		{block, "x\n",
		 "{content: \"new\\n\", prepend_if_not_found: true, marker_start: "
		 "'# <', marker_end: '# >'}",
		 "# <\nnew\n# >\nx\n", "True|Changes were made"},
		{block, "x\ny\n",
		 "{content: n, insert_before_match: '^y', marker_start: '# <', "
		 "marker_end: '# >'}",
		 "x\n# <\nn\n# >\ny\n", "True|Changes were made"},
		{block, "x\ny\n",
		 "{content: n, insert_after_match: '^x', marker_start: '# <', "
		 "marker_end: '# >'}",
		 "x\n# <\nn\n# >\ny\n", "True|Changes were made"},
		{comment, "a\nbind x\n", "{regex: ^bind}", "a\n#bind x\n",
		 "True|Commented lines successfully"},
		{comment, "a\n", "{regex: a, char: '; '}", "; a\n",
		 "True|Commented lines successfully"},
		{uncomment, "a\n#bind x\n", "{regex: ^bind}", "a\nbind x\n",
		 "True|Uncommented lines successfully"},
		{uncomment, "  # bind x\n", "{regex: bind}", "   bind x\n",
		 "True|Uncommented lines successfully"},
		{line, "a\nb\n", "{content: b, mode: delete}", "a\n", "True|Changes were made"},
		{line, "a\n  b=1\n", "{content: 'b=2', match: 'b=', mode: replace}", "a\n  b=2\n",
		 "True|Changes were made"},
		{line, "a\nc\n", "{content: b, mode: ensure, after: a}", "a\nb\nc\n",
		 "True|Changes were made"},
		{line, "a\nc\n", "{content: b, mode: ensure, after: a, before: c}", "a\nb\nc\n",
		 "True|Changes were made"},
		{line, "a\n\tc\n", "{content: b, mode: insert, before: c}", "a\n\tb\n\tc\n",
		 "True|Changes were made"},
		{line, "a\n", "{content: b, mode: insert, location: end}", "a\nb\n",
		 "True|Changes were made"},
		{line, "a\n", "{content: b, mode: insert, location: start}", "b\na\n",
		 "True|Changes were made"},
		{keyvalue, "a = 1\nb=2\n", "{key: a, value: 5, separator: ' = '}", "a = 5\nb=2\n",
		 "True|Changed 1 lines"},
		{keyvalue, "#a=1\n", "{key: a, value: 5, uncomment: '#'}", "a=5\n",
		 "True|Changed 1 lines"},
		{keyvalue, "a 1\n",
		 "{key_values: {a: 2, b: 3}, separator: ' ', "
		 "append_if_not_found: true}",
		 "a 2\nb 3\n", "True|Changed 2 lines"},
	};

	autotrial t;
	trial_begin(&t);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_edit(&t, &cases[i]);
}

TEST(keyvalue_tells_its_own_difference)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "#a=0\na=1\na=1\nb=x", 0644);
	trial_run(&t, &state_file_keyvalue, "/f",
		  "{key_values: {a: 1, c: y, d: z}, uncomment: '#', prepend_if_not_found: true}");
	CHECK_STR(trial_said(&t),
		  "True|Changed 5 lines|{'diff': '  <SOF>\\n+ d=z\\n+ c=y\\n- #a=0\\n"
		  "+ a=1 (from int type)\\n- a=1\\n- a=1\\n'}");
	CHECK_STR(trial_read(&t, "f"), "d=z\nc=y\na=1\nb=x");
	t.is_test = true;
	trial_run(&t, &state_file_keyvalue, "/f", "{key: e, value: q, append_if_not_found: true}");
	CHECK_STR(trial_said(&t),
		  "None|File /f is set to be changed (1 lines)\nPredicted diff:\n\r\t\t- <EOF>\n"
		  "\r\t\t+ e=q\n\r\t\t+ <EOF>\n|{'diff': '- <EOF>\\n+ e=q\\n+ <EOF>\\n'}");
	t.is_test = false;
	trial_run(&t, &state_file_keyvalue, "/f", "{key: e, value: q, append_if_not_found: true}");
	CHECK_STR(trial_read(&t, "f"), "d=z\nc=y\na=1\nb=x\ne=q\n");
	trial_run(&t, &state_file_keyvalue, "/no", "{key: a, value: b}");
	CHECK_STR(trial_said(&t), "False|unable to open /no|");
	trial_run(&t, &state_file_keyvalue, "/no", "{key: a, value: b, ignore_if_missing: true}");
	CHECK_STR(trial_said(&t), "True|unable to open /no|");
	trial_run(&t, &state_file_keyvalue, "/f", "{key: a}");
	CHECK_STR(trial_said(&t),
		  "False|file.keyvalue key and value not supplied and key_values is empty|");
}

TEST(edits_take_bytes_as_they_are)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "caf\xe9 a\n", 0644);
	trial_run(&t, &state_file_replace, "/f", "{pattern: 'f. a', repl: 'f b', backup: '~'}");
	CHECK_INT(t.outcome.result, RESULT_TRUE);
	CHECK_STR(trial_read(&t, "f"), "caf b\n");
	CHECK_STR(trial_read(&t, "f~"), "caf\xe9 a\n");
	/* Of a link, the file behind it is kept, and a link to that. */
	CHECK(symlinkat("f", t.rootfd, "l") == 0);
	trial_run(&t, &state_file_replace, "/l", "{pattern: b, repl: c, show_changes: false}");
	CHECK_STR(trial_said(&t), "True|Changes were made|{'diff': True}");
	CHECK_STR(trial_read(&t, "f.bak"), "caf b\n");
	struct stat st;
	CHECK(fstatat(t.rootfd, "l.bak", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode));
	/* A line that is added ends as the reference ends it. */
	trial_write(&t, "f", "a\r\n", 0644);
	trial_run(&t, &state_file_replace, "/f",
		  "{pattern: zz, repl: b, append_if_not_found: true, backup: false}");
	CHECK_STR(trial_read(&t, "f"), "a\r\nb\n");
}

TEST(edits_that_cannot_be_done_say_why_and_change_nothing)
{
	static const struct {
		const struct state_def *def;
		const char *args, *said;
	} cases[] = {
		{&state_file_replace, "{pattern: '(', repl: x}", NULL},
		{&state_file_blockreplace, "{content: x}",
		 "False|Encountered error managing block: Cannot edit marked block. Markers were "
		 "not found in file.. See the log for details.|"},
		{&state_file_blockreplace, "{content: x, marker_start: 'a', marker_end: 'zz'}",
		 "False|Encountered error managing block: Unterminated marked block. End of file "
		 "reached before marker_end.. See the log for details.|"},
		{&state_file_blockreplace,
		 "{content: x, append_if_not_found: true, prepend_if_not_found: true}",
		 "False|Encountered error managing block: Only one of append_if_not_found, prepend_if_not_found, "
		 "insert_before_match, and insert_after_match is permitted. See the log for details.|"},
		{&state_file_comment, "{regex: nowhere}", "False|nowhere: Pattern not found|"},
		{&state_file_comment, "{regex: nowhere, ignore_missing: true}",
		 "True|Pattern not found and ignore_missing set to True|"},
		{&state_file_line, "{content: x, mode: ensure}",
		 "False|Wrong conditions? Unable to ensure line without knowing where to put it "
		 "before and/or after.|"},
		{&state_file_line, "{content: x, mode: fold}", "False|Unknown mode: fold|"},
		{&state_file_keyvalue, "{key: zz, value: 1}", "True||"},
	};
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "a\n", 0644);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial_run(&t, cases[i].def, "/f", cases[i].args);
		if (cases[i].said)
			CHECK_STR(trial_said(&t), cases[i].said);
		else
			CHECK_INT(t.outcome.result, RESULT_FALSE);
		CHECK_STR(trial_read(&t, "f"), "a\n");
		trial_run(&t, cases[i].def, "/no", cases[i].args);
		CHECK_STR(trial_read(&t, "no"), "(none)");
	}
	trial_run(&t, &state_file_replace, "/no", "{pattern: a, repl: b}");
	CHECK_STR(trial_said(&t), "False|/no: file not found|");
	trial_run(&t, &state_file_replace, "/no", "{pattern: a, repl: b, ignore_if_missing: true}");
	CHECK_STR(trial_said(&t), "True|No changes needed to be made|");
}

TEST(line_takes_the_place_that_is_found)
{
	static const struct {
		const char *before, *args, *after;
	} cases[] = {
		{"a\nb\n", "{mode: ensure, content: x, after: a, before: no}", "a\nx\nb\n"},
		{"a\nb\n", "{mode: ensure, content: x, after: no, before: b}", "a\nx\nb\n"},
		{"a\nb\n", "{mode: insert, content: x, after: a, before: no}", "a\nx\nb\n"},
		{"a\nb\n", "{mode: insert, content: x, after: a, before: b}", "a\nx\nb\n"},
		{"a\nb", "{mode: insert, content: x, after: a}", "a\nx\nb"},
		{"a\nb", "{mode: insert, content: x, after: b}", "a\nb\nx\n"},
		{"a\nb", "{mode: insert, content: x, location: start}", "x\na\nb"},
		{"a\nb", "{mode: replace, content: x, match: b}", "a\nx"},
		{"a\nb", "{mode: replace, content: x, match: no}", "a\nb"},
		{"a\nb", "{mode: delete, match: a}", "b"},
		{"a\nb", "{mode: delete, match: b}", "a\n"},
		{"a\nb\n", "{mode: delete, content: a, after: b}", "a\nb\n"},
		{"a\nb\n", "{mode: delete, content: a}", "b\n"},
		{"x1\nx2\nx1\n", "{mode: replace, content: y, match: x}", "y\nx2\nx1\n"},
		{"x1\nx2\nx1\n", "{mode: delete, match: x}", "x2\n"},
	};
	autotrial t;
	trial_begin(&t);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial_write(&t, "f", cases[i].before, 0644);
		trial_run(&t, &state_file_line, "/f", cases[i].args);
		CHECK_STR(trial_read(&t, "f"), cases[i].after);
	}
	trial_write(&t, "f", "a\nb\n", 0644);
	trial_run(&t, &state_file_line, "/f", "{mode: insert, content: x, after: no}");
	CHECK_STR(trial_said(&t), "False|Neither before or after was found in file|");
	trial_run(&t, &state_file_line, "/f", "{content: x, after: b}");
	CHECK_STR(trial_said(&t), "False|Mode was not defined. How to process the file?|");
	trial_run(&t, &state_file_line, "/f",
		  "{mode: ensure, content: x, after: b, show_changes: false}");
	CHECK_STR(trial_said(&t), "True|Changes were made|{'diff': True}");
}

TEST(edits_keep_a_copy_beside_when_asked)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "a\n", 0640);
	trial_run(&t, &state_file_replace, "/f", "{pattern: a, repl: b}");
	CHECK_STR(trial_read(&t, "f.bak"), "a\n");
	CHECK_INT(trial_mode(&t, "f.bak"), 0640);
	CHECK_INT(trial_mode(&t, "f"), 0640);
	trial_write(&t, "g", "a\n", 0644);
	trial_run(&t, &state_file_replace, "/g", "{pattern: a, repl: b, backup: false}");
	CHECK_STR(trial_read(&t, "g.bak"), "(none)");
}

TEST(append_makes_the_file_when_its_directory_is_there)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, &state_file_append, "/f", "{text: a}");
	CHECK_STR(trial_read(&t, "f"), "a\n");
	trial_run(&t, &state_file_append, "/d/f", "{text: a}");
	CHECK_STR(trial_said(&t), "False|/d/f: file not found|");
	trial_run(&t, &state_file_append, "/d/f", "{text: a, makedirs: true}");
	CHECK_STR(trial_read(&t, "d/f"), "a\n");
	trial_again(&t, &state_file_append, "/d/f", "{text: a, makedirs: true}");
	CHECK_STR(trial_said(&t), "True|File /d/f is in correct state|");
}

TEST(accumulated_texts_end_in_a_block)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "# <\n# >\n", 0644);
	trial_run(&t, &state_file_accumulated, "acc", "{filename: /f, text: [one, two]}");
	CHECK_STR(trial_said(&t), "True|Accumulator acc for file /f was charged by text|");
	trial_run(&t, &state_file_accumulated, "acc", "{filename: /f, text: two}");
	CHECK_STR(trial_said(&t), "True||");
	const char *args = "{marker_start: '# <', marker_end: '# >'}";
	trial_run(&t, &state_file_blockreplace, "/f", args);
	CHECK_STR(trial_read(&t, "f"), "# <\none\ntwo\n# >\n");
	trial_again(&t, &state_file_blockreplace, "/f", args);
}
