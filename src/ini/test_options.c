/* test_options.c - asking for, setting, comparing and dumping what was loaded.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include <unistd.h>

#include "base/io.h"
#include "ini/loader_private.h"
#include "testing/test.h"

#include "base/banned.h"

static const char *const env[] = {"PATH=/bin", "API_TOKEN=t0ps3cret", NULL};

static struct model *load(const char *text)
{
	struct load_options options = {.env = env};
	struct ini_text file = {"f", str_of(text)};
	autoerr struct err err = {0};
	struct model *model = NULL;
	CHECK_OK(model_load_texts(&options, &file, 1, &model, &err), &err);
	return model;
}
DEFINE_FREEP(struct model, model_free)
#define automodel cleanup(model_freep)

TEST(options_are_told_as_circus_tells_them)
{
	automodel struct model *model = load("[watcher:w]\ncmd = x 'a b'\ngraceful_timeout = 3\n"
					     "uid = www\nfree = 1\nworking_dir = /w\n"
					     "stdout_stream.class = FileStream\n"
					     "stdout_stream.filename = /o\n"
					     "stdout_stream.max_bytes = 50\n"
					     "[env:w]\nA = 1\nMY_KEY = 2\n");
	static const struct {
		const char *key;
		int kind;
		const char *text;
	} want[] = {
		{"cmd", OPTION_TEXT, "x 'a b'"},
		{"args", OPTION_TEXT, ""},
		{"graceful_timeout", OPTION_NUMBER, "3.0"},
		{"warmup_delay", OPTION_NUMBER, "0"},
		{"uid", OPTION_TEXT, "www"},
		{"user", OPTION_TEXT, "www"},
		{"gid", OPTION_NONE, "None"},
		{"free", OPTION_TEXT, "1"},
		{"numprocesses", OPTION_NUMBER, "1"},
		{"max_retry", OPTION_NUMBER, "5"},
		{"stop_signal", OPTION_NUMBER, "15"},
		{"respawn", OPTION_FLAG, "True"},
		{"send_hup", OPTION_FLAG, "False"},
		{"close_child_stdin", OPTION_FLAG, "True"},
		{"working_dir", OPTION_TEXT, "/w"},
		{"env", OPTION_TEXT, "A=1,MY_KEY=***"},
	};
	const struct service_spec *spec = &model->services[0];
	struct option option;
	autoarena struct arena arena = {0};
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		CHECK(service_option(model, spec, want[i].key, &arena, &option));
		CHECK_STR(option.text, want[i].text);
		CHECK_INT(option.kind, want[i].kind);
	}
	CHECK(!service_option(model, spec, "none", &arena, &option));
	/* circus takes the class away before it tells them */
	CHECK_STR(service_stream_option(spec, "stdout_stream_conf", 0), "stdout_stream.filename");
	CHECK_STR(service_stream_option(spec, "stdout_stream_conf", 1), "stdout_stream.max_bytes");
	CHECK_STR(service_stream_option(spec, "stdout_stream_conf", 2), NULL);
	CHECK_STR(service_stream_option(spec, "stderr_stream_conf", 0), NULL);
}

TEST(a_directory_that_is_not_given_is_ours)
{
	automodel struct model *model =
		load("[watcher:w]\ncmd = x $(circus.working_dir) "
		     "$(circus.uid) $(circus.shell) $(circus.stop_signal)\n");
	const struct text_list *words = &model->services[0].words;
	autofree char *here = getcwd(NULL, 0);
	CHECK_STR(words->items[1], here);
	CHECK_STR(words->items[2], "None");
	CHECK_STR(words->items[3], "False");
	CHECK_STR(words->items[4], "15");
}

TEST(every_option_has_a_value)
{
	static const struct {
		const char *text;
		size_t min;
	} cases[] = {{"[watcher:w]\ncmd = x\nfree = 1\n", 30}, {"[service:w]\ncommand = x\n", 60}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		automodel struct model *model = load(cases[i].text);
		const struct service_spec *spec = &model->services[0];
		autoarena struct arena arena = {0};
		struct option option;
		size_t n = 0;
		for (const char *name; (name = service_option_name(model, spec, n)); n++)
			CHECK(text_ends(name, "_conf") ||
			      service_option(model, spec, name, &arena, &option));
		CHECK(n >= cases[i].min);
	}
}

TEST(setting_a_key_is_as_in_the_file)
{
	automodel struct model *model = load("[service:w]\ncommand = x\nargs = y\n");
	struct service_spec *spec = &model->services[0];
	static const char *const sets[][2] = {
		{"numprocesses", "3"},
		{"graceful_timeout", "2s"},
		{"command", "z ${API_TOKEN}"},
		{"groups", "a b"},
		{"groups", "c"},
		{"env", "A=1,B=2 C=3"},
	};
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		autoerr struct err err = {0};
		CHECK_OK(service_set_option(model, spec, sets[i][0], sets[i][1], &err), &err);
	}
	CHECK_INT(spec->copies, 3);
	CHECK_INT(spec->stop_timeout, 2000000000);
	CHECK_INT((long long)spec->words.n, 3);
	CHECK_STR(spec->words.items[0], "z");
	CHECK_STR(spec->words.items[1], "t0ps3cret");
	CHECK_STR(spec->words.items[2], "y");
	CHECK_INT((long long)spec->groups.n, 1);
	CHECK_STR(spec->env[4], "C=3");
	CHECK_STR(spec->env[5], NULL);
}

TEST(a_wrong_setting_changes_nothing)
{
	automodel struct model *model = load("[service:w]\ncommand = x\nsingleton = yes\n");
	struct service_spec *spec = &model->services[0], before = *spec;
	static const char *const sets[][3] = {
		{"numprocesses", "x", "numprocesses: 'x' is no whole number"},
		{"numprocesses", "2", "numprocesses: a singleton has one copy"},
		{"command", "'a", "command: the quote ' of byte 1 is never closed"},
		{"command", "", "command: there is no command to run"},
		{"needs", "a", "'needs' is changed in the file alone"},
		{"comand", "a", "unknown key 'comand', nearest 'command'"},
		{"schedule", "@daily", "'schedule' is no key of this kind of service"},
		{"env", "A", "'A' is no NAME=value"},
		{"cwd", "${NONE}",
		 "cwd: variable 'NONE' is not set; ${NONE:-text} would give a default"},
	};
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		autoerr struct err err = {0};
		CHECK(service_set_option(model, spec, sets[i][0], sets[i][1], &err));
		CHECK_STR(err_text(&err), sets[i][2]);
		CHECK(memcmp(&before, spec, sizeof(before)) == 0);
	}
}

TEST(differences_are_seen_by_value)
{
	static const struct {
		const char *old, *new;
		bool differs, only_copies;
	} cases[] = {
		{"command=x", "command=x", false, false},
		{"command=x", "# moved\ncommand = x", false, false},
		{"command=x", "command=y", true, false},
		{"command=x", "command=x\nnumprocesses=2", true, true},
		{"command=x", "command=y\nnumprocesses=2", true, false},
		{"command=x", "command=x\ngraceful_timeout=1s", true, false},
		{"command=x\ngraceful_timeout=60s", "command=x\ngraceful_timeout=1m", false, false},
		{"command=x", "command=x\n[env]\nA=1", true, false},
		{"command=x", "command=x\n[service:other]\ncommand=x", false, false},
		{"command=x", "command=x\nlog_format=json", true, false},
		{"command=x", "command=x\nstderr=null", true, false},
		{"command=x", "command=x\nneeds=o\n[service:o]\ncommand=x", true, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *a = xasprintf("[service:x]\n%s\n", cases[i].old);
		autofree char *b = xasprintf("[service:x]\n%s\n", cases[i].new);
		automodel struct model *old = load(a);
		automodel struct model *new = load(b);
		bool only_copies;
		CHECK_INT(service_differs(&old->services[0], &new->services[0], &only_copies),
			  cases[i].differs);
		CHECK_INT(only_copies, cases[i].only_copies);
	}
}

TEST(secret_names_are_known_in_any_case)
{
	static const char *const secret[] = {"DB_PASSWORD", "passwd", "Api_Token", "KEY",
					     "MY_SECRET_X"};
	for (size_t i = 0; i < ARRAY_LEN(secret); i++)
		CHECK(is_secret_name(secret[i]));
	CHECK(!is_secret_name("PATH"));
	CHECK(!is_secret_name(""));
}

TEST(the_dump_is_as_it_was)
{
	autobuf struct buf text = {0}, got = {0}, want = {0};
	autoerr struct err err = {0};
	CHECK_OK(file_read_at(AT_FDCWD, "testdata/good-all.ini", 0, &text, &err), &err);
	automodel struct model *model = load(buf_text(&text));
	model_dump(model, &got);
	if (file_read_at(AT_FDCWD, "testdata/good-all.json", 0, &want, &err))
		err_clear(&err);
	CHECK_STR(buf_text(&got), buf_text(&want));
}

TEST(no_secret_leaves_with_a_dump)
{
	automodel struct model *model = load(
		"[env]\nDB_PASS = hunter22\n[service:x]\ncommand = x --p=${DB_PASS} ${API_TOKEN}\n"
		"health = http://a/?t=${API_TOKEN}\nenv = P_KEY=privatekey\n");
	autobuf struct buf text = {0};
	model_dump(model, &text);
	CHECK(!strstr(buf_text(&text), "hunter22"));
	CHECK(!strstr(buf_text(&text), "t0ps3cret"));
	CHECK(!strstr(buf_text(&text), "privatekey"));
	CHECK(strstr(buf_text(&text), "--p=***"));
}
