/* test_wrap_words.c - the options in front of a program, in each dialect.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/wrap_words.h"

#include <signal.h>

#include "base/mem.h"
#include "testing/test.h"

#include "base/banned.h"

#define WORDS_MAX 8

static int count(const char *const *words)
{
	int n = 0;

	while (words[n])
		n++;
	return n;
}

/* main's words are not const; nobody writes to them. */
static enum wrap_answer parse(enum wrap_dialect dialect, const char *const *words,
			      const char *const *env, struct wrap *ret_wrap,
			      struct wrap_wrong *ret_wrong)
{
	return wrap_parse(dialect, count(words), (char **)words, (char **)env, ret_wrap, ret_wrong);
}

TEST(wrap_words_of_each_dialect_come_to_what_they_say)
{
	static const struct {
		enum wrap_dialect dialect;
		const char *words[WORDS_MAX];
		enum wrap_answer answer;
		const char *about; /* the program that is run, or the word that is wrong */
	} cases[] = {
		{WRAP_NATIVE, {"x", "--", "a", "-g"}, WRAP_RUN, "a"},
		{WRAP_NATIVE, {"x", "-g", "a", "--", "b"}, WRAP_RUN, "a"},
		{WRAP_NATIVE, {"x", "-gr", "TERM:QUIT", "-e143", "--", "a"}, WRAP_RUN, "a"},
		{WRAP_NATIVE, {"x", "--rewrite=1:0", "--wait", "500ms", "-", "b"}, WRAP_RUN, "-"},
		{WRAP_NATIVE, {"x"}, WRAP_NOT_OURS, NULL},
		{WRAP_NATIVE, {"x", "start", "-g"}, WRAP_NOT_OURS, NULL},
		{WRAP_NATIVE, {"x", "-g"}, WRAP_NO_PROGRAM, NULL},
		{WRAP_NATIVE, {"x", "--"}, WRAP_NO_PROGRAM, NULL},
		{WRAP_NATIVE, {"x", "-gh"}, WRAP_HELP, NULL},
		{WRAP_NATIVE, {"x", "--version"}, WRAP_VERSION, NULL},
		{WRAP_NATIVE, {"x", "-s", "a"}, WRAP_UNKNOWN, "s"},
		{WRAP_NATIVE, {"x", "--grou", "a"}, WRAP_UNKNOWN, "--grou"},
		{WRAP_NATIVE, {"x", "--group=1", "a"}, WRAP_BAD_VALUE, "--group=1"},
		{WRAP_NATIVE, {"x", "-r"}, WRAP_NO_VALUE, NULL},
		{WRAP_NATIVE, {"x", "-r", "TERM", "a"}, WRAP_BAD_VALUE, "TERM"},
		{WRAP_NATIVE, {"x", "-r", "0:1", "a"}, WRAP_BAD_VALUE, "0:1"},
		{WRAP_NATIVE, {"x", "-r", "1:65", "a"}, WRAP_BAD_VALUE, "1:65"},
		{WRAP_NATIVE, {"x", "-r", "TERM:QUIET", "a"}, WRAP_BAD_VALUE, "TERM:QUIET"},
		{WRAP_NATIVE, {"x", "-e", "256", "a"}, WRAP_BAD_VALUE, "256"},
		{WRAP_NATIVE, {"x", "-e", "", "a"}, WRAP_BAD_VALUE, ""},
		{WRAP_NATIVE, {"x", "-w", "5x", "a"}, WRAP_BAD_VALUE, "5x"},
		{WRAP_NATIVE, {"x", "-w", "99999999", "a"}, WRAP_BAD_VALUE, "99999999"},
		{WRAP_TINI, {"tini", "a", "-v"}, WRAP_RUN, "a"},
		{WRAP_TINI, {"tini", "-sgvvw", "-p", "SIGKILL", "-e", "1", "a"}, WRAP_RUN, "a"},
		{WRAP_TINI, {"tini", "--version"}, WRAP_VERSION, NULL},
		{WRAP_TINI, {"tini", "-l"}, WRAP_LICENSE, NULL},
		{WRAP_TINI, {"tini", "-h"}, WRAP_HELP, NULL},
		{WRAP_TINI, {"tini"}, WRAP_NO_PROGRAM, NULL},
		{WRAP_TINI, {"tini", "-p", "NONE", "a"}, WRAP_BAD_VALUE, "NONE"},
		{WRAP_TINI, {"tini", "-r", "1:2", "a"}, WRAP_UNKNOWN, "r"},
		{WRAP_DUMB_INIT, {"dumb-init", "-c", "a"}, WRAP_RUN, "a"},
		{WRAP_DUMB_INIT, {"dumb-init", "--rewrite", "15:3", "a"}, WRAP_RUN, "a"},
		{WRAP_DUMB_INIT, {"dumb-init", "-r", "15:32", "a"}, WRAP_BAD_VALUE, "15:32"},
		{WRAP_DUMB_INIT, {"dumb-init", "-V"}, WRAP_VERSION, NULL},
		{WRAP_DUMB_INIT, {"dumb-init"}, WRAP_NO_PROGRAM, NULL},
	};
	const char *env[] = {NULL};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *const *words = cases[i].words;
		struct wrap wrap;
		struct wrap_wrong wrong;

		CHECK_INT(parse(cases[i].dialect, words, env, &wrap, &wrong), cases[i].answer);
		if (cases[i].about)
			CHECK_STR(cases[i].answer == WRAP_RUN ? wrap.argv[0] : wrong.word,
				  cases[i].about);
	}
}

static struct wrap parsed(enum wrap_dialect dialect, const char *const *words,
			  const char *const *env)
{
	struct wrap wrap;
	struct wrap_wrong wrong;

	CHECK_INT(parse(dialect, words, env, &wrap, &wrong), WRAP_RUN);
	return wrap;
}

TEST(wrap_words_set_what_they_name)
{
	const char *words[] = {"x",  "-gtkcv", "-p", "HUP", "-r", "TERM:RTMIN+3",
			       "-r", "INT:0",  "-e", "143", "-e", "7",
			       "-w", "2m",     "--", "a",   NULL},
		   *env[] = {NULL};
	struct wrap wrap = parsed(WRAP_NATIVE, words, env);

	CHECK(wrap.to_group && wrap.new_session && wrap.keep_fds && wrap.single_child);
	CHECK_INT(wrap.verbosity, 1);
	CHECK_INT(wrap.death_signal, SIGHUP);
	CHECK_INT(wrap.rewrite[SIGTERM], 37);
	CHECK_INT(wrap.rewrite[SIGINT], 0);
	CHECK_INT(wrap.rewrite[SIGQUIT], SIGQUIT);
	CHECK_INT(wrap.rewrite[64], 64);
	CHECK(wrap.zero_exits[2] == UINT64_C(1) << (143 - 128) && wrap.zero_exits[0] == 1 << 7);
	CHECK_INT(wrap.rest_ns, INT64_C(120000000000));
}

TEST(wrap_words_of_the_environment_are_those_of_tini)
{
	const char *words[] = {"tini", "a", NULL};
	const char *none[] = {"TINI_SUBREAPER_X=1", NULL};
	const char *all[] = {"TINI_SUBREAPER=", "TINI_VERBOSITY=3", "TINI_KILL_PROCESS_GROUP=1",
			     NULL};
	struct wrap wrap = parsed(WRAP_TINI, words, none);

	CHECK(!wrap.subreaper && !wrap.to_group && wrap.keep_fds);
	CHECK_INT(wrap.verbosity, 1);
	wrap = parsed(WRAP_TINI, words, all);
	CHECK(wrap.subreaper && wrap.to_group);
	CHECK_INT(wrap.verbosity, 3);
}

TEST(wrap_words_of_the_environment_are_those_of_dumb_init)
{
	const char *words[] = {"dumb-init", "-r", "TTIN:TERM", "a", NULL};
	const char *none[] = {"DUMB_INIT_SETSID=", "DUMB_INIT_DEBUG=0", NULL};
	const char *all[] = {"DUMB_INIT_SETSID=0", "DUMB_INIT_DEBUG=1", NULL};
	struct wrap wrap = parsed(WRAP_DUMB_INIT, words, none);

	CHECK(wrap.new_session && wrap.to_group && !wrap.single_child && wrap.suspends);
	CHECK_INT(wrap.rewrite[SIGTSTP], SIGSTOP);
	CHECK_INT(wrap.rewrite[SIGTTIN], SIGTERM);
	CHECK_INT(wrap.verbosity, 0);
	wrap = parsed(WRAP_DUMB_INIT, words, all);
	CHECK(!wrap.new_session && !wrap.to_group && wrap.single_child);
	CHECK_INT(wrap.rewrite[SIGTSTP], SIGTSTP);
	CHECK_INT(wrap.verbosity, 1);
}

TEST(wrap_words_know_their_dialect_by_the_name_of_the_program)
{
	CHECK_INT(wrap_dialect_of("/sbin/tini"), WRAP_TINI);
	CHECK_INT(wrap_dialect_of("tini-static"), WRAP_TINI);
	CHECK_INT(wrap_dialect_of("./dumb-init"), WRAP_DUMB_INIT);
	CHECK_INT(wrap_dialect_of("/tini/hull-init"), WRAP_NATIVE);
	CHECK_INT(wrap_dialect_of("tini2"), WRAP_NATIVE);
	CHECK_INT(wrap_dialect_of(NULL), WRAP_NATIVE);
}
