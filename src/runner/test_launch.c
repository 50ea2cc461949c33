/* test_launch.c - the words of a launch and the project of a launcher.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/launch.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(words_are_those_of_salt)
{
	static const struct {
		const char *word;
		bool ssh_config, re_configure;
	} good[] = {
		{"ssh_config=True", true, false},  {"ssh_config=yes", true, false},
		{"ssh_config=1", true, false},     {"ssh_config=False", false, false},
		{"ssh_config=off", false, false},  {"re_configure=TRUE", false, true},
		{"re_configure=on", false, true},  {"re_configure=0", false, false},
		{"re_configure=no", false, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct launch_options options = {0};
		autoerr struct err err = {0};
		CHECK_OK(launch_word(good[i].word, &options, &err), &err);
		CHECK_INT(options.ssh_config, good[i].ssh_config);
		CHECK_INT(options.re_configure, good[i].re_configure);
	}
	struct launch_options options = {0};
	autoerr struct err err = {0};
	CHECK_OK(launch_word("name=a=b", &options, &err), &err);
	CHECK_STR(options.name, "a=b");
	CHECK_OK(launch_word("project=/p", &options, &err), &err);
	CHECK_STR(options.project, "/p");
}

TEST(other_words_are_refused)
{
	static const char *const bad[] = {
		"",      "ssh_config", "ssh_config=", "re_configure=maybe", "reconfigure=True",
		"--x=1", "=True"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct launch_options options = {0};
		autoerr struct err err = {0};
		CHECK_INT(launch_word(bad[i], &options, &err), -1);
		CHECK_INT(err.kind, ERR_INPUT);
	}
}

TEST(a_launcher_tells_its_project)
{
	const char *path;
	int dir = test_dir(&path);
	autoerr struct err err = {0};
	CHECK_OK(dir_make_all(dir, "p/project/bin", 0755, &err), &err);
	CHECK_OK(dir_make_all(dir, "usr/sbin", 0755, &err), &err);
	CHECK_OK(file_write_at(dir, "usr/sbin/hull-init", "", 0, 0755, FILE_NO_SYNC, &err), &err);
	autofree char *program = path_join(path, "usr/sbin/hull-init");
	CHECK(!symlinkat(program, dir, "p/project/bin/launch.sh"));
	CHECK(!symlinkat("p/project/bin/launch.sh", dir, "launch"));
	CHECK(!symlinkat("../launch", dir, "usr/launch.sh"));
	CHECK(!symlinkat("launch.sh", dir, "usr/other"));
	CHECK(!symlinkat("circle", dir, "circle"));
	CHECK(!symlinkat("bin", dir, "p/project/sbin"));
	static const struct {
		const char *launcher;
		bool found;
	} cases[] = {
		{"p/project/bin/launch.sh", true}, {"launch", true},
		{"usr/launch.sh", true},           {"p/project/sbin/launch.sh", true},
		{"usr/sbin/hull-init", false},     {"circle", false},
		{"nowhere/bin/launch.sh", false},
	};
	autofree char *project = path_join(path, "p/project");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *launcher = path_join(path, cases[i].launcher);
		autofree char *got = launch_project_of(launcher);
		if (!text_eq(got, cases[i].found ? project : NULL))
			test_fail(__FILE__, __LINE__, "%s: %s", cases[i].launcher,
				  got ? got : "none");
	}
}
