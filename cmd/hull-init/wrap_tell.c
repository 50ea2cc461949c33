/* wrap_tell.c - the options of the wrapper: their help, and what was wrong with them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/str.h"
#include "init/wrap_words.h"

#include "cmd.h"

#include "base/banned.h"

#define OPTIONS_MAX 32

const struct opt *wrap_opts(struct opt *rows, size_t n)
{
	const struct wrap_option *option = wrap_options[WRAP_NATIVE];
	size_t i = 0;

	for (; option->letter && i + 1 < n; option++)
		rows[i++] = (struct opt){.letter = option->letter,
					 .name = option->name,
					 .type = option->arg ? OPT_STRING : OPT_FLAG,
					 .arg = option->arg,
					 .help = option->help};
	rows[i] = (struct opt){0};
	return rows;
}

static int unknown_option(const char *word, struct err *err)
{
	const char *names[OPTIONS_MAX] = {NULL}, *nearest = NULL;
	size_t n = 0;

	if (word[0] != '-')
		return err_set(err, ERR_INPUT, "unknown option '-%c'", word[0]);
	for (const struct wrap_option *option = wrap_options[WRAP_NATIVE];
	     option->letter && n + 1 < OPTIONS_MAX; option++)
		names[n++] = option->name;
	nearest = str_nearest(word + 2, names);
	if (nearest)
		return err_set(err, ERR_INPUT, "unknown option '%s' (did you mean '--%s'?)", word,
			       nearest);
	return err_set(err, ERR_INPUT, "unknown option '%s'", word);
}

int wrap_tell(int argc, char **argv, bool *ret_wants_help, struct buf *help, struct err *err)
{
	struct wrap wrap;
	struct wrap_wrong wrong;

	switch (wrap_parse(WRAP_NATIVE, argc, argv, environ, &wrap, &wrong)) {
	case WRAP_HELP: *ret_wants_help = true; return 0;
	case WRAP_VERSION: buf_printf(help, "hull-init version " HULL_VERSION "\n"); return 0;
	case WRAP_UNKNOWN: return unknown_option(wrong.word, err);
	case WRAP_NO_VALUE:
		return err_set(err, ERR_INPUT, "option '--%s' needs %s", wrong.option->name,
			       wrong.option->arg);
	case WRAP_BAD_VALUE:
		if (!wrong.option || !wrong.option->arg)
			return err_set(err, ERR_INPUT, "option '%s' takes no value", wrong.word);
		return err_set(err, ERR_INPUT, "option '--%s': '%s' is no %s", wrong.option->name,
			       wrong.word, wrong.option->arg);
	case WRAP_NO_PROGRAM: return err_set(err, ERR_INPUT, "no program behind the options");
	case WRAP_RUN:
	case WRAP_LICENSE:
	case WRAP_NOT_OURS: break;
	}
	return 0;
}
