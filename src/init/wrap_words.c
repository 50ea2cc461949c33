/* wrap_words.c - the options in front of a wrapped program, in three dialects.
 * SPDX-License-Identifier: Apache-2.0
 *
 * getopt(3)'s grammar, but what follows the first word that is no option is the program's. Runs
 * before libc is set up. */
#include "init/wrap_words.h"

#include <stddef.h>

#include "init/limits.h"
#include "init/raw.h"

#include "base/banned.h"

static const struct wrap_option native[] = {
	{'e', WRAP_OPTION_ZERO, "exit-zero", "STATUS",
	 "Exit with 0 instead of STATUS (repeatable)"},
	{'g', WRAP_OPTION_GROUP, "group", NULL, "Send signals to the program's whole group"},
	{'k', WRAP_OPTION_KEEP_FDS, "keep-fds", NULL,
	 "Leave descriptors open that were open (always: 0-2 and LISTEN_FDS)"},
	{'p', WRAP_OPTION_DEATH, "parent-death", "SIGNAL", "Get SIGNAL when our parent dies"},
	{'r', WRAP_OPTION_REWRITE, "rewrite", "FROM:TO",
	 "Send signal TO when FROM comes; TO 0: nothing (repeatable)"},
	{'c', WRAP_OPTION_SINGLE, "single-child", NULL, "No group of its own, no terminal"},
	{'t', WRAP_OPTION_SESSION, "session", NULL, "A session of its own, with the terminal"},
	{'w', WRAP_OPTION_REST, "wait", "TIME",
	 "For what is left when the program has ended (5s; 0: none)"},
	{'v', WRAP_OPTION_VERBOSE, "verbose", NULL, "Tell what is being done (repeatable)"},
	{'h', WRAP_OPTION_HELP, "help", NULL, "Print this help"},
	{'V', WRAP_OPTION_VERSION, "version", NULL, "Print the version"},
	{0},
};

static const struct wrap_option tini[] = {
	{'h', WRAP_OPTION_HELP, NULL, NULL, "Show this help message and exit."},
	{'s', WRAP_OPTION_SUBREAPER, NULL, NULL,
	 "Register as a process subreaper (requires Linux >= 3.4)."},
	{'p', WRAP_OPTION_DEATH, NULL, "SIGNAL",
	 "Trigger SIGNAL when parent dies, e.g. \"-p SIGKILL\"."},
	{'v', WRAP_OPTION_VERBOSE, NULL, NULL,
	 "Generate more verbose output. Repeat up to 3 times."},
	{'w', WRAP_OPTION_WARN, NULL, NULL, "Print a warning when processes are getting reaped."},
	{'g', WRAP_OPTION_GROUP, NULL, NULL, "Send signals to the child's process group."},
	{'e', WRAP_OPTION_ZERO, NULL, "EXIT_CODE",
	 "Remap EXIT_CODE (from 0 to 255) to 0 (can be repeated)."},
	{'l', WRAP_OPTION_LICENSE, NULL, NULL, "Show license and exit."},
	{0},
};

static const struct wrap_option dumb_init[] = {
	{'c', WRAP_OPTION_SINGLE, "single-child", NULL, NULL},
	{'r', WRAP_OPTION_REWRITE, "rewrite", "s:r", NULL},
	{'v', WRAP_OPTION_VERBOSE, "verbose", NULL, NULL},
	{'h', WRAP_OPTION_HELP, "help", NULL, NULL},
	{'V', WRAP_OPTION_VERSION, "version", NULL, NULL},
	{0},
};

const struct wrap_option *const wrap_options[WRAP_DIALECT_COUNT] = {
	[WRAP_NATIVE] = native,
	[WRAP_TINI] = tini,
	[WRAP_DUMB_INIT] = dumb_init,
};

/* The first `len` bytes of text are the whole of name. */
static bool is_word(const char *text, size_t len, const char *name)
{
	for (; len && *name && *text == *name; len--, text++, name++)
		;
	return !len && !*name;
}

static size_t length_to(const char *text, char end)
{
	size_t len = 0;

	while (text[len] && text[len] != end)
		len++;
	return len;
}

enum wrap_dialect wrap_dialect_of(const char *program)
{
	static const struct {
		char name[12];
		unsigned char dialect;
	} names[] = {
		{"tini", WRAP_TINI},
		{"tini-static", WRAP_TINI},
		{"dumb-init", WRAP_DUMB_INIT},
	};
	const char *base = program ? program : "";

	for (const char *c = base; *c; c++)
		if (*c == '/')
			base = c + 1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_word(base, length_to(base, '\0'), names[i].name))
			return names[i].dialect;
	return WRAP_NATIVE;
}

/* Digits up to `end`, at most `max`; -1: something else. */
static int number_of(const char *text, size_t len, int max)
{
	int value = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
		if (value > max)
			return -1;
	}
	return len ? value : -1;
}

/* dumb-init takes only numbers up to 31; names, which it does not know, may be any. */
static int rewrite_signal(const struct wrap *wrap, const char *text, size_t len)
{
	int number = number_of(text, len, SIGNAL_RTMAX);

	if (number > 31 && wrap->dialect == WRAP_DUMB_INIT)
		return -1;
	if (number >= 0)
		return number;
	number = signal_number(text, len);
	return number ? number : -1;
}

static bool set_rewrite(struct wrap *wrap, const char *text)
{
	size_t len = length_to(text, ':');
	int from = rewrite_signal(wrap, text, len), to;

	if (text[len] != ':' || from < 1)
		return false;
	text += len + 1;
	to = rewrite_signal(wrap, text, length_to(text, '\0'));
	if (to < 0)
		return false;
	wrap->rewrite[from] = (uint8_t)to;
	return true;
}

/* "5", "500ms", "5s", "1m" */
static bool set_rest(struct wrap *wrap, const char *text)
{
	static const struct {
		char name[3];
		uint32_t ms;
	} units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}};
	size_t len = 0;

	while (text[len] >= '0' && text[len] <= '9')
		len++;
	int value = number_of(text, len, LIMIT_WRAP_REST);
	for (size_t i = 0; value >= 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (is_word(text + len, length_to(text + len, '\0'), units[i].name)) {
			wrap->rest_ns = (int64_t)value * units[i].ms * 1000000;
			return true;
		}
	}
	return false;
}

static bool set_zero(struct wrap *wrap, const char *text)
{
	int status = number_of(text, length_to(text, '\0'), WRAP_EXIT_STATUSES - 1);

	if (status < 0)
		return false;
	wrap->zero_exits[status / 64] |= UINT64_C(1) << (status % 64);
	return true;
}

static bool set_death_signal(struct wrap *wrap, const char *text)
{
	wrap->death_signal = signal_number(text, length_to(text, '\0'));
	return wrap->death_signal != 0;
}

static enum wrap_answer apply(struct wrap *wrap, const struct wrap_option *option,
			      const char *value)
{
	bool good = true;

	switch (option->kind) {
	case WRAP_OPTION_HELP: return WRAP_HELP;
	case WRAP_OPTION_VERSION: return WRAP_VERSION;
	case WRAP_OPTION_LICENSE: return WRAP_LICENSE;
	case WRAP_OPTION_DEATH: good = set_death_signal(wrap, value); break;
	case WRAP_OPTION_REST: good = set_rest(wrap, value); break;
	case WRAP_OPTION_REWRITE: good = set_rewrite(wrap, value); break;
	case WRAP_OPTION_ZERO: good = set_zero(wrap, value); break;
	case WRAP_OPTION_GROUP: wrap->to_group = true; break;
	case WRAP_OPTION_KEEP_FDS: wrap->keep_fds = true; break;
	case WRAP_OPTION_SESSION: wrap->new_session = true; break;
	case WRAP_OPTION_SINGLE: wrap->single_child = true; break;
	case WRAP_OPTION_SUBREAPER: wrap->subreaper = true; break;
	case WRAP_OPTION_VERBOSE: wrap->verbosity++; break;
	case WRAP_OPTION_WARN: wrap->warn_reaped = true; break;
	}
	return good ? WRAP_RUN : WRAP_BAD_VALUE;
}

struct words {
	struct wrap *wrap;
	struct wrap_wrong *wrong;
	char **argv;
	int i, argc;
};

static enum wrap_answer take(struct words *words, const struct wrap_option *option,
			     const char *value)
{
	words->wrong->option = option;
	if (option->arg && !value) {
		if (words->i == words->argc)
			return WRAP_NO_VALUE;
		value = words->argv[words->i++];
	}
	enum wrap_answer answer = apply(words->wrap, option, value);
	if (answer == WRAP_BAD_VALUE)
		words->wrong->word = value;
	return answer;
}

static enum wrap_answer take_long(struct words *words, const char *word)
{
	size_t len = length_to(word + 2, '=');
	const char *value = word[2 + len] == '=' ? word + 2 + len + 1 : NULL;

	words->wrong->word = word;
	for (const struct wrap_option *option = wrap_options[words->wrap->dialect]; option->letter;
	     option++)
		if (option->name && is_word(word + 2, len, option->name))
			return value && !option->arg ? WRAP_BAD_VALUE : take(words, option, value);
	return WRAP_UNKNOWN;
}

static enum wrap_answer take_letters(struct words *words, const char *word)
{
	enum wrap_answer answer = WRAP_RUN;

	while (*++word && answer == WRAP_RUN) {
		const struct wrap_option *option = wrap_options[words->wrap->dialect];

		words->wrong->word = word;
		while (option->letter && option->letter != *word)
			option++;
		if (!option->letter)
			return WRAP_UNKNOWN;
		if (option->arg) /* the rest of the word is its value */
			return take(words, option, word[1] ? word + 1 : NULL);
		answer = take(words, option, NULL);
	}
	return answer;
}

static const char *env_value(char **env, const char *name)
{
	size_t len = length_to(name, '\0');

	for (; *env; env++)
		if (length_to(*env, '=') == len && is_word(*env, len, name) && (*env)[len])
			return *env + len + 1;
	return NULL;
}

static void read_tini_env(struct wrap *wrap, char **env)
{
	const char *verbosity = env_value(env, "TINI_VERBOSITY");

	wrap->subreaper |= env_value(env, "TINI_SUBREAPER") != NULL;
	wrap->to_group |= env_value(env, "TINI_KILL_PROCESS_GROUP") != NULL;
	if (verbosity) {
		int level = number_of(verbosity, length_to(verbosity, '\0'), 9);

		wrap->verbosity = level > 0 ? level : 0;
	}
}

static void read_dumb_init_env(struct wrap *wrap, char **env)
{
	const char *debug = env_value(env, "DUMB_INIT_DEBUG");
	const char *setsid = env_value(env, "DUMB_INIT_SETSID");

	if (debug && is_word("1", 1, debug))
		wrap->verbosity = 1;
	if (setsid && is_word("0", 1, setsid))
		wrap->single_child = true;
	wrap->new_session = wrap->to_group = !wrap->single_child;
	/* A session without a shell above it has nobody whom TSTP could concern. */
	for (int signal = SIGTSTP; signal <= SIGTTOU && wrap->new_session; signal++)
		if (wrap->rewrite[signal] == signal)
			wrap->rewrite[signal] = SIGSTOP;
}

enum wrap_answer wrap_parse(enum wrap_dialect dialect, int argc, char **argv, char **env,
			    struct wrap *ret_wrap, struct wrap_wrong *ret_wrong)
{
	struct words words = {
		.wrap = ret_wrap, .wrong = ret_wrong, .argv = argv, .i = 1, .argc = argc};
	enum wrap_answer answer = WRAP_RUN;

	wrap_defaults(ret_wrap, dialect);
	ret_wrong->option = NULL;
	ret_wrong->word = NULL;
	if (dialect == WRAP_NATIVE && (argc < 2 || argv[1][0] != '-'))
		return WRAP_NOT_OURS;
	if (dialect == WRAP_TINI && argc == 2 && is_word("--version", 9, argv[1]))
		return WRAP_VERSION;
	while (words.i < argc && answer == WRAP_RUN) {
		const char *word = argv[words.i];

		if (word[0] != '-' || !word[1])
			break;
		words.i++;
		if (word[1] == '-' && !word[2])
			break;
		answer = word[1] == '-' ? take_long(&words, word) : take_letters(&words, word);
	}
	if (answer != WRAP_RUN)
		return answer;
	if (words.i >= argc)
		return WRAP_NO_PROGRAM;
	if (dialect == WRAP_TINI)
		read_tini_env(ret_wrap, env);
	if (dialect == WRAP_DUMB_INIT)
		read_dumb_init_env(ret_wrap, env);
	ret_wrap->argv = (const char *const *)(argv + words.i);
	ret_wrap->env = env;
	return WRAP_RUN;
}

int wrap_call(int argc, char **argv, char **env)
{
	struct wrap wrap;
	struct wrap_wrong wrong;
	enum wrap_dialect dialect = wrap_dialect_of(argc ? argv[0] : NULL);

	if (wrap_parse(dialect, argc, argv, env, &wrap, &wrong) != WRAP_RUN)
		return -1;
	entry_take(&wrap.entry, wrap.subreaper);
	return wrap_run(&wrap);
}
