/* test_opt.c - the grammar of options, one table of calls.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/opt.h"

#include <stdlib.h>

#include "base/clock.h"

#include "testing/test.h"

struct run_opts {
	bool detach, interactive, tty;
	const char *name;
	struct strlist env;
	int64_t weight;
	uint64_t memory;
	int64_t timeout;
	bool has_weight;
};

static const struct opt run_table[] = {
	{'d', "detach", OPT_FLAG, offsetof(struct run_opts, detach), NULL, "Run in background"},
	{'i', "interactive", OPT_FLAG, offsetof(struct run_opts, interactive), NULL,
	 "Keep stdin open"},
	{'t', "tty", OPT_FLAG, offsetof(struct run_opts, tty), NULL, "Allocate a terminal"},
	{0, "name", OPT_STRING, offsetof(struct run_opts, name), "NAME", "Name of the container"},
	{'e', "env", OPT_LIST, offsetof(struct run_opts, env), "KEY=VALUE", "Set a variable"},
	{0, "weight", OPT_INT, offsetof(struct run_opts, weight), "N", "Share of the disks",
	 offsetof(struct run_opts, has_weight)},
	{'m', "memory", OPT_SIZE, offsetof(struct run_opts, memory), "SIZE", "Memory limit"},
	{0, "timeout", OPT_DURATION, offsetof(struct run_opts, timeout), "TIME", "Time to wait"},
	{0, "cgroupns", OPT_UNSUPPORTED, 0, "MODE", "containers always have their own"},
	{'P', "publish-all", OPT_UNSUPPORTED, 0, NULL, NULL},
	{0},
};

#define WORDS_MAX 12

/* Everything an answer can show, as one text. */
static char *opts_text(const struct run_opts *opts, char **argv, int argc, int n_used)
{
	autobuf struct buf buf = {0};
	autofree char *env = strlist_join(&opts->env, "|");
	buf_printf(&buf, "%s%s%s", opts->detach ? "d" : "", opts->interactive ? "i" : "",
		   opts->tty ? "t" : "");
	if (opts->name)
		buf_printf(&buf, " name=%s", opts->name);
	if (opts->env.n)
		buf_printf(&buf, " env=%s", env);
	if (opts->has_weight)
		buf_printf(&buf, " weight=%lld", (long long)opts->weight);
	if (opts->memory)
		buf_printf(&buf, " memory=%llu", (unsigned long long)opts->memory);
	if (opts->timeout)
		buf_printf(&buf, " timeout=%lld", (long long)(opts->timeout / NS_PER_SEC));
	buf_puts(&buf, ";");
	for (int i = n_used; i < argc; i++)
		buf_printf(&buf, " %s", argv[i]);
	return buf_steal(&buf);
}

struct call {
	const char *words[WORDS_MAX];
	const char *text;
};

static void check_calls(const struct call *calls, size_t n_calls, unsigned flags)
{
	for (size_t i = 0; i < n_calls; i++) {
		autoerr struct err err = {0};
		struct run_opts opts = {0};
		char *argv[WORDS_MAX];
		int argc = 0, n_used = -1;
		for (; calls[i].words[argc]; argc++)
			argv[argc] = (char *)(uintptr_t)calls[i].words[argc];
		CHECK_OK(opt_parse(run_table, flags, argc, argv, &opts, &n_used, &err), &err);
		autofree char *text = opts_text(&opts, argv, argc, n_used);
		CHECK_STR(text, calls[i].text);
		opt_done(run_table, &opts);
		CHECK_INT(opts.env.n, 0);
	}
}

TEST(calls_that_are_right)
{
	static const struct call calls[] = {
		{{NULL}, ";"},
		{{"-d", NULL}, "d;"},
		{{"-dit", NULL}, "dit;"},
		{{"--detach", "--tty=false", NULL}, "d;"},
		{{"-d=false", "-it", NULL}, "it;"},
		{{"--name", "web", "a", NULL}, " name=web; a"},
		{{"--name=web", NULL}, " name=web;"},
		{{"--name=", NULL}, " name=;"},
		{{"--name", "-d", NULL}, " name=-d;"},
		{{"--name", "--", NULL}, " name=--;"},
		{{"--name=a", "--name=b", NULL}, " name=b;"},
		{{"-e", "A=1", "-eB=2", "-e=C=3", "--env=D=4", NULL}, " env=A=1|B=2|C=3|D=4;"},
		{{"-ditm", "64k", NULL}, "dit memory=65536;"},
		{{"-tm64k", NULL}, "t memory=65536;"},
		{{"--weight", "-3", NULL}, " weight=-3;"},
		{{"--timeout=1m30s", NULL}, " timeout=90;"},
		{{"--timeout", "10", NULL}, " timeout=10;"},
		{{"a", "-d", "b", "--name", "x", "c", NULL}, "d name=x; a b c"},
		{{"a", "--", "-d", "b", NULL}, "; a -d b"},
		{{"-d", "--", NULL}, "d;"},
		{{"-", "-d", NULL}, "d; -"},
		{{"", "-d", NULL}, "d; "},
	};
	check_calls(calls, ARRAY_LEN(calls), 0);
}

TEST(the_command_of_a_container_keeps_its_own_options)
{
	static const struct call calls[] = {
		{{"-d", "image", "ls", "-t", NULL}, "d; image ls -t"},
		{{"-d", "--", "image", "-t", NULL}, "d; image -t"},
		{{"image", "--", "-t", NULL}, "; image -- -t"},
		{{"-", "-t", NULL}, "; - -t"},
		{{"-e", "A=1", NULL}, " env=A=1;"},
	};
	check_calls(calls, ARRAY_LEN(calls), OPT_STOP_AT_ARG);
}

TEST(calls_that_are_wrong)
{
	static const struct call calls[] = {
		{{"--naem", "x", NULL}, "unknown option '--naem' (did you mean '--name'?)"},
		{{"--naem=x", NULL}, "unknown option '--naem' (did you mean '--name'?)"},
		{{"--zebra", NULL}, "unknown option '--zebra'"},
		{{"--=x", NULL}, "unknown option '--'"},
		{{"-x", NULL}, "unknown option '-x'"},
		{{"-dxt", NULL}, "unknown option '-x' in '-dxt'"},
		{{"--name", NULL}, "option '--name' needs a value"},
		{{"-de", NULL}, "option '-e' needs a value"},
		{{"--detach=maybe", NULL}, "option '--detach': 'maybe' is not true or false"},
		{{"--weight=x", NULL}, "option '--weight': 'x' is not a whole number"},
		{{"-m", "much", NULL}, "option '-m': 'much' is not a size like '512m'"},
		{{"--timeout=soon", NULL},
		 "option '--timeout': 'soon' is not a duration like '90s' or '1h30m'"},
		{{"--cgroupns=host", NULL},
		 "option '--cgroupns' is not supported: containers always have their own"},
		{{"-P", NULL}, "option '-P' is not supported"},
		{{"--cgroupn=host", NULL}, "unknown option '--cgroupn'"},
	};
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		autoerr struct err err = {0};
		struct run_opts opts = {0};
		char *argv[WORDS_MAX] = {(char *)(uintptr_t) "first", (char *)(uintptr_t) "-eA=1"};
		int argc = 2, n_used = -1;
		for (size_t word = 0; calls[i].words[word]; word++)
			argv[argc++] = (char *)(uintptr_t)calls[i].words[word];
		CHECK_INT(opt_parse(run_table, 0, argc, argv, &opts, &n_used, &err), -1);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_STR(err_text(&err), calls[i].text);
		autofree char *text = opts_text(&opts, NULL, 0, 0);
		CHECK_STR(text, ";");
		CHECK_INT(n_used, -1);
		CHECK_STR(argv[0], "first");
	}
}

TEST(usage_is_aligned_and_leaves_out_what_is_refused)
{
	autobuf struct buf buf = {0};
	opt_usage(run_table, &buf);
	CHECK_STR(buf_text(&buf), "Options:\n"
				  "  -d, --detach          Run in background\n"
				  "  -i, --interactive     Keep stdin open\n"
				  "  -t, --tty             Allocate a terminal\n"
				  "      --name NAME       Name of the container\n"
				  "  -e, --env KEY=VALUE   Set a variable\n"
				  "      --weight N        Share of the disks\n"
				  "  -m, --memory SIZE     Memory limit\n"
				  "      --timeout TIME    Time to wait\n");
}

TEST(a_table_without_options_has_no_block)
{
	static const struct opt nothing[] = {{0}};
	autobuf struct buf buf = {0};
	opt_usage(nothing, &buf);
	CHECK_STR(buf_text(&buf), "");
}
