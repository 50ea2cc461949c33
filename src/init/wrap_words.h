/* wrap_words.h - the options in front of a wrapped program, in three dialects.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/wrap.h"

enum wrap_option_kind {
	WRAP_OPTION_DEATH,
	WRAP_OPTION_GROUP,
	WRAP_OPTION_HELP,
	WRAP_OPTION_KEEP_FDS,
	WRAP_OPTION_LICENSE,
	WRAP_OPTION_REST,
	WRAP_OPTION_REWRITE,
	WRAP_OPTION_SESSION,
	WRAP_OPTION_SINGLE,
	WRAP_OPTION_SUBREAPER,
	WRAP_OPTION_VERBOSE,
	WRAP_OPTION_VERSION,
	WRAP_OPTION_WARN,
	WRAP_OPTION_ZERO,
};

struct wrap_option {
	char letter;
	enum wrap_option_kind kind;
	const char *name; /* NULL: the letter alone */
	const char *arg;  /* NULL: takes none */
	const char *help;
};
/* By dialect; ends with {0}. */
extern const struct wrap_option *const wrap_options[WRAP_DIALECT_COUNT];

enum wrap_answer {
	WRAP_RUN,
	WRAP_HELP,
	WRAP_VERSION,
	WRAP_LICENSE,
	WRAP_UNKNOWN,    /* option: `word` */
	WRAP_NO_VALUE,   /* `option` at the end of the words, or `word` */
	WRAP_BAD_VALUE,  /* `word` for `option` */
	WRAP_NO_PROGRAM, /* behind the options */
	WRAP_NOT_OURS,   /* no option in front */
};
struct wrap_wrong {
	const struct wrap_option *option;
	const char *word; /* borrowed from argv */
};
/* Options (and for the personas the environment) into *ret_wrap. ret_wrong: what it is about. */
enum wrap_answer wrap_parse(enum wrap_dialect dialect, int argc, char **argv, char **env,
			    struct wrap *ret_wrap, struct wrap_wrong *ret_wrong);
enum wrap_dialect wrap_dialect_of(const char *program); /* argv[0]; NULL: native */
