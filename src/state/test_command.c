/* test_command.c - shell commands: who, where, how long, how much.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "state/limits.h"
#include "state/test_sls_scene.h"
#include "testing/test.h"

#include "base/banned.h"

static void check_said(const char *command, const struct command_options *options, const char *out,
		       int retcode)
{
	struct sls_scene scene;
	cleanup(command_outcome_done) struct command_outcome outcome = {0};
	autoerr struct err err = {0};

	sls_scene_begin(&scene);
	CHECK_OK(command_run(&scene.world, command, options, &outcome, &err), &err);
	CHECK_STR(buf_text(&outcome.out), out);
	CHECK_INT(outcome.retcode, retcode);
	CHECK(outcome.pid > 0);
	sls_scene_end(&scene);
}

TEST(a_command_has_a_shell_a_directory_and_an_environment)
{
	check_said("echo a; exit 3", &(struct command_options){.timeout_ms = -1}, "a", 3);
	check_said("pwd", &(struct command_options){.cwd = "/proc", .timeout_ms = -1}, "/proc", 0);
	check_said("echo $LC_CTYPE$LANGUAGE", &(struct command_options){.timeout_ms = -1}, "CC", 0);
	check_said("cat", &(struct command_options){.input = STR("in\n\n"), .timeout_ms = -1}, "in",
		   0);
	check_said("echo a >&2", &(struct command_options){.merge_stderr = true, .timeout_ms = -1},
		   "a", 0);
	check_said("umask", &(struct command_options){.umask_text = "027", .timeout_ms = -1},
		   "0027", 0);
	check_said("printf 'a\\377b'", &(struct command_options){.timeout_ms = -1},
		   "a\xef\xbf\xbd"
		   "b",
		   0);
}

TEST(the_locale_is_c_unless_the_command_has_its_own)
{
	struct sls_scene scene;
	cleanup(command_outcome_done) struct command_outcome outcome = {0};
	autoerr struct err err = {0};

	sls_scene_begin(&scene);
	struct dict *env = dict_new(scene.world.heap);
	dict_set(scene.world.heap, env, "LC_TIME", value_literal("x"));
	const struct command_options options = {.env = env, .timeout_ms = -1};
	CHECK_OK(command_run(&scene.world, "echo $LC_TIME $LC_NAME", &options, &outcome, &err),
		 &err);
	CHECK_STR(buf_text(&outcome.out), "x C");
	const struct command_options kept = {
		.env = env, .clean_env = true, .keep_locale = true, .timeout_ms = -1};
	CHECK_OK(command_run(&scene.world, "echo \"$LC_NAME$HOME\"; echo", &kept, &outcome, &err),
		 &err);
	CHECK_STR(buf_text(&outcome.out), "");
	sls_scene_end(&scene);
}

TEST(a_signal_is_told_as_a_negative_status)
{
	check_said("kill -9 $$", &(struct command_options){.timeout_ms = -1}, "", -9);
	check_said("exit 137", &(struct command_options){.timeout_ms = -1}, "", 137);
	check_said("echo a; echo",
		   &(struct command_options){.keep_newlines = true, .timeout_ms = -1}, "a\n\n", 0);
}

TEST(a_command_that_takes_too_long_is_killed_with_its_children)
{
	struct sls_scene scene;
	cleanup(command_outcome_done) struct command_outcome outcome = {0};
	autoerr struct err err = {0};
	const struct command_options options = {.timeout_ms = 100};

	sls_scene_begin(&scene);
	CHECK_OK(command_run(&scene.world, "sleep 60 & sleep 60", &options, &outcome, &err), &err);
	CHECK(outcome.timed_out);
	CHECK_INT(outcome.retcode, 1);
	sls_scene_end(&scene);
}

TEST(output_is_bounded_and_says_so)
{
	struct sls_scene scene;
	cleanup(command_outcome_done) struct command_outcome outcome = {0};
	autoerr struct err err = {0};
	const struct command_options options = {.timeout_ms = -1};

	sls_scene_begin(&scene);
	CHECK_OK(command_run(&scene.world, "head -c 2000000 /dev/zero | tr '\\0' x", &options,
			     &outcome, &err),
		 &err);
	CHECK(outcome.out.len < LIMIT_COMMAND_OUTPUT + 100);
	CHECK(text_ends(buf_text(&outcome.out), "the rest was dropped]"));
	sls_scene_end(&scene);
}

TEST(what_cannot_begin_says_why)
{
	static const struct {
		struct command_options options;
		const char *text;
	} cases[] = {
		{{.cwd = "/no/such"}, "Desired working directory \"/no/such\" is not available"},
		{{.cwd = "here"}, "Specified cwd 'here' either not absolute or does not exist"},
		{{.runas = "nobody-by-that-name"}, "User 'nobody-by-that-name' is not available"},
		{{.umask_text = "9"}, "Invalid umask: '9'"},
		{{.shell = "/no/shell"}, "The shell /no/shell is not available"},
		{{.group = "no-such-group"}, "Group 'no-such-group' is not available"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sls_scene scene;
		cleanup(command_outcome_done) struct command_outcome outcome = {0};
		autoerr struct err err = {0};
		sls_scene_begin(&scene);
		CHECK_INT(command_run(&scene.world, "true", &cases[i].options, &outcome, &err), -1);
		if (!strcasestr(err_text(&err), cases[i].text))
			CHECK_STR(err_text(&err), cases[i].text);
		sls_scene_end(&scene);
	}
}

TEST(root_becomes_somebody_else_with_home_and_groups)
{
	if (geteuid() != 0)
		test_skip("needs root");
	check_said("id -un; echo $HOME $USER $LOGNAME",
		   &(struct command_options){.runas = "daemon", .timeout_ms = -1},
		   "daemon\n/usr/sbin daemon daemon", 0);
	/* A directory that daemon itself could not enter. */
	const char *dir;
	test_dir(&dir);
	autofree char *closed = path_join(dir, "closed");
	CHECK_INT(mkdir(closed, 0700), 0);
	check_said("id -gn; pwd >/dev/null && echo in",
		   &(struct command_options){
			   .runas = "daemon", .group = "tty", .cwd = closed, .timeout_ms = -1},
		   "tty\nin", 0);
}
