/* persona_dumb_init.c - called as dumb-init: what it tells when it does not run a program.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "init/wrap_words.h"

#include "cmd.h"

#include "base/banned.h"

#define VERSION "dumb-init v1.2.5\n"

static void print_usage(const char *name)
{
	fprintf(stderr,
		VERSION
		"Usage: %s [option] command [[arg] ...]\n"
		"\n"
		"dumb-init is a simple process supervisor that forwards signals to children.\n"
		"It is designed to run as PID1 in minimal container environments.\n"
		"\n"
		"Optional arguments:\n"
		"   -c, --single-child   Run in single-child mode.\n"
		"                        In this mode, signals are only proxied to the\n"
		"                        direct child and not any of its descendants.\n"
		"   -r, --rewrite s:r    Rewrite received signal s to new signal r before "
		"proxying.\n"
		"                        To ignore (not proxy) a signal, rewrite it to 0.\n"
		"                        This option can be specified multiple times.\n"
		"   -v, --verbose        Print debugging information to stderr.\n"
		"   -h, --help           Print this help message and exit.\n"
		"   -V, --version        Print the current version and exit.\n"
		"\n"
		"Full help is available online at https://github.com/Yelp/dumb-init\n",
		name);
}

static void print_rewrite_usage(void)
{
	fputs("Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.\n"
	      "This option can be specified multiple times.\n"
	      "Use --help for full usage.\n",
	      stderr);
}

int persona_dumb_init(struct init_context *context, int argc, char **argv)
{
	struct wrap wrap;
	struct wrap_wrong wrong;

	(void)context;
	switch (wrap_parse(WRAP_DUMB_INIT, argc, argv, environ, &wrap, &wrong)) {
	case WRAP_HELP: print_usage(argv[0]); return 0;
	case WRAP_VERSION: fputs(VERSION, stderr); return 0;
	case WRAP_BAD_VALUE:
		if (wrong.option && wrong.option->kind == WRAP_OPTION_REWRITE)
			print_rewrite_usage();
		else
			fprintf(stderr, "%s: option '%s' doesn't allow an argument\n", argv[0],
				wrong.word);
		return 1;
	case WRAP_NO_VALUE:
		fprintf(stderr, "%s: option requires an argument -- '%c'\n", argv[0],
			wrong.option->letter);
		return 1;
	case WRAP_UNKNOWN:
		if (wrong.word[0] == '-' && wrong.word[1] == '-')
			fprintf(stderr, "%s: unrecognized option '%s'\n", argv[0], wrong.word);
		else
			fprintf(stderr, "%s: invalid option -- '%c'\n", argv[0], *wrong.word);
		return 1;
	case WRAP_RUN:
	case WRAP_LICENSE:
	case WRAP_NO_PROGRAM:
	case WRAP_NOT_OURS: break;
	}
	fprintf(stderr,
		"Usage: %s [option] program [args]\n"
		"Try %s --help for full usage.\n",
		argv[0], argv[0]);
	return 1;
}
