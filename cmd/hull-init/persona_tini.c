/* persona_tini.c - called as tini: what it tells when it does not run a program.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "init/wrap_words.h"

#include "cmd.h"

#include "base/banned.h"

#define VERSION "tini version 0.19.0 (hull-init " HULL_VERSION ")"

static void print_usage(FILE *file, const char *name)
{
	fprintf(file, "%s (" VERSION ")\n", name);
	fprintf(file, "Usage: %s [OPTIONS] PROGRAM -- [ARGS] | --version\n\n", name);
	fprintf(file, "Execute a program under the supervision of a valid init process (%s)\n\n",
		name);
	fputs("Command line options:\n\n  --version: Show version and exit.\n", file);
	for (const struct wrap_option *option = wrap_options[WRAP_TINI]; option->letter; option++)
		fprintf(file, "  -%c%s%s: %s\n", option->letter, option->arg ? " " : "",
			option->arg ? option->arg : "", option->help);
	fputs("\nEnvironment variables:\n\n"
	      "  TINI_SUBREAPER: Register as a process subreaper (requires Linux >= 3.4).\n"
	      "  TINI_VERBOSITY: Set the verbosity level (default: 1).\n"
	      "  TINI_KILL_PROCESS_GROUP: Send signals to the child's process group.\n\n",
	      file);
}

int persona_tini(struct init_context *context, int argc, char **argv)
{
	const char *name = path_base(argv[0]);
	struct wrap wrap;
	struct wrap_wrong wrong;

	(void)context;
	switch (wrap_parse(WRAP_TINI, argc, argv, environ, &wrap, &wrong)) {
	case WRAP_HELP: print_usage(stdout, name); return 0;
	case WRAP_VERSION: puts(VERSION); return 0;
	case WRAP_LICENSE: puts("hull-init " HULL_VERSION ": Apache-2.0"); return 0;
	case WRAP_BAD_VALUE:
		fprintf(stderr, "[FATAL tini (%d)] Not a valid option for -%c: %s\n", (int)getpid(),
			wrong.option->letter, wrong.word);
		return 1;
	case WRAP_NO_VALUE:
		fprintf(stderr, "%s: option requires an argument -- '%c'\n", argv[0],
			wrong.option->letter);
		break;
	case WRAP_UNKNOWN:
		fprintf(stderr, "%s: invalid option -- '%c'\n", argv[0], *wrong.word);
		break;
	case WRAP_RUN:
	case WRAP_NO_PROGRAM:
	case WRAP_NOT_OURS: break;
	}
	print_usage(stderr, name);
	return 1;
}
