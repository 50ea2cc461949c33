/* test_file_managed.c - file.managed rule by rule.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "states/file_states.h"
#include "states/test_world.h"

#include "base/banned.h"

static const struct state_def *const managed = &state_file_managed;

static void needs_root(void)
{
	if (geteuid() != 0)
		test_skip("needs root: owners are changed");
}

TEST(managed_makes_a_new_file_and_leaves_it_alone_the_second_time)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, managed, "/etc/motd", "{contents: hello, mode: '0640'}");
	CHECK_STR(trial_said(&t), "True|File /etc/motd updated|"
				  "{'diff': 'New file', 'mode': '0640'}");
	CHECK_STR(trial_read(&t, "etc/motd"), "hello\n");
	CHECK_INT(trial_mode(&t, "etc/motd"), 0640);
	trial_run(&t, managed, "/etc/motd", "{contents: hello, mode: '0640'}");
	CHECK_STR(trial_said(&t), "True|File /etc/motd is in the correct state|");
}

TEST(managed_contents_end_each_line_with_one_newline)
{
	static const struct {
		const char *args, *text;
	} cases[] = {
		{"{contents: a}", "a\n"},
		{"{contents: \"a\\n\"}", "a\n"},
		{"{contents: \"a\\n\\n\"}", "a\n\n"},
		{"{contents: \"a \\r\\nb\\r\\n\"}", "a \nb\n"},
		{"{contents: \"a\\n\\n\", contents_newline: false}", "a"},
		{"{contents: [a, 1, true, null, 'b c']}", "a\n1\nTrue\nNone\nb c\n"},
		{"{contents: ''}", ""},
		{"{contents: 17}", "17\n"},
		{"{contents: {a: 1}}", "{'a': 1}\n"},
		{"{contents: \"a\\fb\"}", "a\nb\n"},
	};
	autotrial t;
	trial_begin(&t);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial_run(&t, managed, "/f", cases[i].args);
		CHECK_STR(trial_read(&t, "f"), cases[i].text);
	}
}

TEST(managed_refuses_what_does_not_go_together)
{
	static const struct {
		const char *args, *said;
	} cases[] = {
		{"{source: 'salt://x', contents: a}",
		 "False|'source' cannot be used in combination with 'contents', "
		 "'contents_pillar', or 'contents_grains'|"},
		{"{contents: a, contents_pillar: b}",
		 "False|Only one of 'contents', 'contents_pillar', and 'contents_grains' is "
		 "permitted|"},
		{"{contents: a, mode: keep}",
		 "False|Mode preservation cannot be used in combination with 'contents', "
		 "'contents_pillar', or 'contents_grains'|"},
		{"{contents: a, context: [b]}", "False|Context must be formed as a dict|"},
		{"{contents: a, defaults: b}", "False|Defaults must be formed as a dict|"},
		{"{contents: a, template: mako}",
		 "False|Specified template format mako is not supported|"},
		{"{contents: '', allow_empty: false}",
		 "False|'contents' value would result in empty contents. Set allow_empty to True "
		 "to allow the managed file to be empty.|"},
		{"{contents: a, user: nobodyhere, group: nogroup}",
		 "False|User nobodyhere is not available Group nogroup is not available|"},
		{"{source: 'http://127.0.0.1:1/x'}",
		 "False|Unable to verify upstream hash of source file http://127.0.0.1:1/x, "
		 "please set source_hash or set skip_verify to True|"},
	};
	autotrial t;
	trial_begin(&t);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial_run(&t, managed, "/f", cases[i].args);
		CHECK_STR(trial_said(&t), cases[i].said);
		CHECK_STR(trial_read(&t, "f"), "(none)");
	}
	trial_run(&t, managed, "f", "{contents: a}");
	CHECK_STR(trial_said(&t), "False|Specified file f is not an absolute path|");
	trial_run(&t, managed, "/etc", "{contents: a}");
	CHECK_STR(trial_said(&t), "False|Specified target /etc is a directory|");
	trial_run(&t, managed, "/no/f", "{contents: a}");
	CHECK_STR(trial_said(&t), "False|Parent directory not present|");
}

TEST(managed_without_contents_makes_an_empty_file_or_sets_the_mode)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, managed, "/f", "{mode: '0600'}");
	CHECK_STR(trial_said(&t), "True|Empty file|{'new': 'file /f created'}");
	trial_run(&t, managed, "/f", "{mode: '0600'}");
	CHECK_STR(trial_said(&t), "True|File /f exists with proper permissions. No changes made.|");
	trial_write(&t, "f", "kept", 0600);
	trial_run(&t, managed, "/f", "{mode: '0644'}");
	CHECK_STR(trial_said(&t), "True|File /f updated|{'mode': '0644'}");
	CHECK_STR(trial_read(&t, "f"), "kept");
}

TEST(managed_makes_a_file_only_when_it_may)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, managed, "/f", "{contents: a, create: false}");
	CHECK_STR(trial_said(&t), "True|File /f is not present and is not set for creation|");
	trial_write(&t, "f", "old", 0644);
	trial_run(&t, managed, "/f", "{contents: a, replace: false, mode: '0600'}");
	CHECK_STR(trial_said(&t), "True|File /f updated|{'mode': '0600'}");
	CHECK_STR(trial_read(&t, "f"), "old");
}

TEST(managed_makes_parents_that_those_may_enter_who_may_use_the_file)
{
	static const struct {
		const char *args;
		unsigned mode;
	} cases[] = {
		{"{contents: a, makedirs: true, mode: '2640'}", 0750},
		{"{contents: a, makedirs: true, mode: '0600'}", 0700},
		{"{contents: a, makedirs: true, mode: '0644', dir_mode: '0711'}", 0711},
		{"{contents: a, makedirs: true}", 0755},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autotrial t;
		trial_begin(&t);
		trial_run(&t, managed, "/d/e/f", cases[i].args);
		CHECK_STR(trial_read(&t, "d/e/f"), "a\n");
		CHECK_INT(trial_mode(&t, "d"), cases[i].mode);
		CHECK_INT(trial_mode(&t, "d/e"), cases[i].mode);
	}
}

TEST(managed_sets_owners_by_name_and_by_number)
{
	autotrial t;
	trial_begin(&t);
	needs_root();

	trial_run(&t, managed, "/f", "{contents: a, user: www, group: 1000, mode: '4755'}");
	CHECK_STR(trial_said(&t), "True|File /f updated|{'diff': 'New file', 'user': 'www', "
				  "'group': 'app', 'mode': '4755'}");
	CHECK_STR(trial_owner(&t, "f"), "33:1000");
	CHECK_INT(trial_mode(&t, "f"), 04755);
	trial_again(&t, managed, "/f", "{contents: a, user: www, group: 1000, mode: '4755'}");
	trial_run(&t, managed, "/f", "{contents: a, user: app}");
	CHECK_STR(trial_said(&t), "True|File /f updated|{'user': 'app'}");
	CHECK_STR(trial_owner(&t, "f"), "1000:1000");
	CHECK_INT(trial_mode(&t, "f"), 0755); /* www's program is not made app's */
}

TEST(managed_keeps_owner_mode_and_attributes_that_nobody_names)
{
	autotrial t;
	trial_begin(&t);
	needs_root();

	trial_write(&t, "f", "old\n", 0604);
	CHECK(fchownat(t.rootfd, "f", 33, 33, 0) == 0);
	autofree char *path = xasprintf("%s/f", t.path);
	bool has_xattrs = setxattr(path, "user.note", "x", 1, 0) == 0;
	trial_run(&t, managed, "/f", "{contents: new}");
	CHECK_STR(trial_read(&t, "f"), "new\n");
	CHECK_STR(trial_owner(&t, "f"), "33:33");
	CHECK_INT(trial_mode(&t, "f"), 0604);
	char note[2];
	CHECK(!has_xattrs || getxattr(path, "user.note", note, sizeof(note)) == 1);
}

TEST(managed_writes_through_links_or_replaces_them)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "real", "old\n", 0644);
	CHECK(symlinkat("/real", t.rootfd, "link") == 0);
	trial_run(&t, managed, "/link", "{contents: a}");
	CHECK_STR(trial_read(&t, "real"), "a\n");
	CHECK_INT(trial_mode(&t, "link"), 0777);
	trial_run(&t, managed, "/link", "{contents: b, follow_symlinks: false}");
	CHECK_STR(trial_read(&t, "real"), "a\n");
	CHECK_STR(trial_read(&t, "link"), "b\n");
}

TEST(managed_never_leaves_the_root_by_a_link)
{
	autotrial t;
	trial_begin(&t);

	CHECK(symlinkat("../../../../../../../../tmp", t.rootfd, "out") == 0);
	trial_run(&t, managed, "/out/hull-test-escape", "{contents: a}");
	CHECK_STR(trial_read(&t, "tmp/hull-test-escape"), "a\n");
	CHECK(access("/tmp/hull-test-escape", F_OK) != 0);
}

TEST(managed_in_a_test_run_changes_nothing)
{
	autotrial t;
	trial_begin(&t);
	t.is_test = true;
	const char *note = "\nNote: No changes made, actual changes may\nbe different due to other "
			   "states.";

	trial_run(&t, managed, "/no/f", "{contents: a, user: stranger, mode: '0644'}");
	CHECK_STR(trial_said(&t), heap_printf(&t.heap,
					      "None|The file /no/f is set to be changed%s|"
					      "{'newfile': '/no/f'}",
					      note));
	trial_write(&t, "f", "a\n", 0644);
	trial_run(&t, managed, "/f", "{contents: a, mode: '0644'}");
	CHECK_STR(trial_said(&t), "True|The file /f is in the correct state|");
	trial_run(&t, managed, "/f", "{contents: a, mode: '0600'}");
	CHECK_STR(trial_said(&t), heap_printf(&t.heap,
					      "None|The file /f is set to be changed%s|"
					      "{'mode': '0600'}",
					      note));
	CHECK_INT(trial_mode(&t, "f"), 0644);
}

TEST(managed_reads_the_pillar)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, managed, "/f", "{contents_pillar: 'a:b'}");
	CHECK_STR(trial_said(&t), "False|Pillar a:b does not exist|");
	trial_run(&t, managed, "/f", "{contents_grains: 'a:b'}");
	CHECK_STR(trial_said(&t), "False|Grain a:b does not exist|");
}

TEST(managed_tells_text_from_binary)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "\x01\x02\xff\xfe\xfd\xfc", 0644);
	trial_run(&t, managed, "/f", "{contents: text}");
	CHECK_STR(trial_said(&t), "True|File /f updated|"
				  "{'diff': 'Replace binary file with text file'}");
}

TEST(managed_shows_no_changes_of_files_that_others_may_not_read)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "old\n", 0640);
	trial_run(&t, managed, "/f", "{contents: new}");
	CHECK_STR(trial_said(&t), "True|File /f updated|{'diff': '<show_changes=False>'}");
	trial_run(&t, managed, "/f", "{contents: newer, mode: '0644', show_changes: false}");
	CHECK_STR(trial_said(&t), "True|File /f updated|"
				  "{'diff': '<show_changes=False>', 'mode': '0644'}");
}
