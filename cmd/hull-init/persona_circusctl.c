/* persona_circusctl.c - called as circusctl: its options, its texts, its prompt.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/reader.h"
#include "base/str.h"
#include "ini/parse.h"

#include "cmd.h"
#include "ctl.h"

#include "base/banned.h"

#define CIRCUSCTL_VERSION "circusctl " HULL_VERSION " (hull-init)"
#define CIRCUSCTL_USAGE   "usage: circusctl [options] command [args]"
#define EXIT_FAILED       1 /* no answer, a wrong number of arguments */
#define EXIT_USAGE        2
#define EXIT_REFUSED      3 /* the answer is an error */

struct circusctl_opts {
	const char *endpoint, *ssh, *ssh_keyfile;
	int64_t timeout_s;
	bool has_timeout, help, json, prettify, version;
};

static const struct opt circusctl_opts[] = {
	{0, "endpoint", OPT_STRING, offsetof(struct circusctl_opts, endpoint), "ENDPOINT",
	 "connection endpoint"},
	{0, "help", OPT_FLAG, offsetof(struct circusctl_opts, help), NULL, "Show help and exit"},
	{0, "json", OPT_FLAG, offsetof(struct circusctl_opts, json), NULL, "output to JSON"},
	{0, "prettify", OPT_FLAG, offsetof(struct circusctl_opts, prettify), NULL,
	 "prettify output"},
	{0, "ssh", OPT_STRING, offsetof(struct circusctl_opts, ssh), "SSH",
	 "not here: run circusctl there"},
	{0, "ssh_keyfile", OPT_STRING, offsetof(struct circusctl_opts, ssh_keyfile), "SSH_KEYFILE",
	 "not here"},
	{0, "timeout", OPT_INT, offsetof(struct circusctl_opts, timeout_s), "TIMEOUT",
	 "connection timeout", offsetof(struct circusctl_opts, has_timeout)},
	{0, "version", OPT_FLAG, offsetof(struct circusctl_opts, version), NULL,
	 "display version and exit"},
	{0},
};

static void tell_help(void)
{
	autobuf struct buf text = {0};
	const struct ctl_verb *verb;
	buf_puts(&text, CIRCUSCTL_USAGE "\n\nControls a Circus daemon\n\nCommands:\n");
	for (size_t i = 0; (verb = ctl_verb_get(i)); i++)
		if (!verb->is_ours)
			buf_printf(&text, "\t%-13s\t%s\n", verb->name, verb->summary);
	buf_putc(&text, '\n');
	opt_usage(circusctl_opts, &text);
	fputs(buf_text(&text), stdout);
}

/* The original writes to a TCP port; nothing listens there. */
static const char *usable_endpoint(const char *endpoint)
{
	if (!endpoint || !text_starts(endpoint, "tcp://"))
		return endpoint;
	fprintf(stderr, "circusctl: nothing listens at %s: asking the control socket\n", endpoint);
	return NULL;
}

static int tell_timeout(struct err *err)
{
	fprintf(stderr,
		"%s\n\n"
		"Either the daemon is not there (see --endpoint), or it takes longer\n"
		"(see --timeout, with --waiting above all).\n",
		err_text(err));
	return EXIT_FAILED;
}

static int run_words(const struct ctl_session *session, int argc, char *const *argv)
{
	autoerr struct err err = {0};
	struct ctl_call call;
	bool is_error = false;
	if (text_eq(argv[0], "ipython")) {
		fputs("circusctl: 'ipython' is not supported: there is no Python in the daemon\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (!ctl_verb_find(argv[0], false)) {
		fputs(CIRCUSCTL_USAGE "\ncircusctl: error: unrecognized arguments:", stderr);
		for (int i = 0; i < argc; i++)
			fprintf(stderr, " %s", argv[i]);
		fputc('\n', stderr);
		return EXIT_USAGE;
	}
	if (ctl_read(argc, argv, false, &call, &err)) {
		bool is_usage = text_starts(err_text(&err), "unrecognized") ||
				text_starts(err_text(&err), "argument --");
		if (is_usage)
			fputs(CIRCUSCTL_USAGE "\ncircusctl: error: ", stderr);
		fprintf(stderr, "%s\n", err_text(&err));
		return is_usage ? EXIT_USAGE : EXIT_FAILED;
	}
	int status = EXIT_FAILED;
	if (call.given & CTL_HELP) {
		printf("%s\n\n    $ circusctl %s %s\n", call.verb->summary, call.verb->name,
		       call.verb->args);
		status = 0;
	} else if (ctl_ask(session, &call, &is_error, &err) == 0) {
		status = is_error ? EXIT_REFUSED : 0;
	} else if (err.kind == ERR_LIMIT) {
		status = tell_timeout(&err);
	} else {
		fprintf(stderr, "%s\n", err_text(&err));
	}
	fflush(stdout);
	ctl_call_done(&call);
	return status;
}

/* ---- the prompt ---- */

static void tell_commands(void)
{
	const struct ctl_verb *verb;
	puts("\nDocumented commands (type help <topic>):\n"
	     "========================================");
	for (size_t i = 0; (verb = ctl_verb_get(i)); i++)
		if (!verb->is_ours)
			printf("%s  ", verb->name);
	puts("help\n");
}

static void run_line(const struct ctl_session *session, const char *line)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct text_list words = {0};
	char help[] = "--help";
	if (parse_words(&arena, line, &words, &err)) {
		fprintf(stderr, "%s\n", err_text(&err));
		return;
	}
	if (!words.n)
		return;
	if (text_eq(words.items[0], "help") || text_eq(words.items[0], "?")) {
		const char *topic = words.n > 1 ? words.items[1] : NULL;
		char *about[] = {(char *)topic, help, NULL}; /* NOLINT(bugprone-casting) */
		if (!topic)
			tell_commands();
		else if (ctl_verb_find(topic, false))
			run_words(session, 2, about);
		else
			printf("*** No help on %s\n", topic);
		return;
	}
	if (!ctl_verb_find(words.items[0], false)) {
		printf("*** Unknown syntax: %s\n", line);
		return;
	}
	run_words(session, (int)words.n, (char *const *)words.items);
}

/* false: there are no more. */
static bool read_line(struct buf *line)
{
	int c;
	buf_truncate(line, 0);
	while ((c = getchar()) != EOF && c != '\n')
		buf_putc(line, (char)c);
	if (line->len && line->ptr[line->len - 1] == '\r')
		buf_truncate(line, line->len - 1);
	return c != EOF || line->len;
}

static int run_prompt(const struct ctl_session *session)
{
	char status[] = "status", *first[] = {status, NULL};
	autobuf struct buf line = {0};
	puts(CIRCUSCTL_VERSION);
	run_words(session, 1, first);
	for (;;) {
		fputs("(circusctl) ", stdout);
		fflush(stdout);
		if (!read_line(&line) || text_eq(buf_text(&line), "EOF"))
			break;
		run_line(session, buf_text(&line));
	}
	putchar('\n');
	return 0;
}

int persona_circusctl(struct init_context *context, int argc, char **argv)
{
	struct circusctl_opts opts = {0};
	autoerr struct err err = {0};
	int n_used = 0;
	entry_leave(&context->entry);
	if (opt_parse(circusctl_opts, OPT_STOP_AT_ARG, argc - 1, argv + 1, &opts, &n_used, &err)) {
		fprintf(stderr, CIRCUSCTL_USAGE "\ncircusctl: error: %s\n", err_text(&err));
		return EXIT_USAGE;
	}
	argc -= n_used + 1;
	argv += n_used + 1;
	if (opts.version) {
		puts(CIRCUSCTL_VERSION);
		return 0;
	}
	if (opts.help && !argc) {
		tell_help();
		return 0;
	}
	if (opts.ssh || opts.ssh_keyfile) {
		fprintf(stderr,
			"circusctl: --ssh%s is not supported: run circusctl on that machine\n",
			opts.ssh ? "" : "_keyfile");
		return EXIT_USAGE;
	}
	const char *endpoint = opts.endpoint ? opts.endpoint : getenv("CIRCUSCTL_ENDPOINT");
	struct ctl_session session = {
		.endpoint = usable_endpoint(endpoint),
		.timeout_ns = (opts.has_timeout ? opts.timeout_s : 5) * NS_PER_SEC,
		.as_json = opts.json,
		.pretty = opts.prettify,
	};
	return argc ? run_words(&session, argc, argv) : run_prompt(&session);
}
