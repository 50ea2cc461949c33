/* opt.c - walking argv along a table of options.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/opt.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/size.h"

#include "base/banned.h"

/* A value as its row's type wants it. */
union value {
	bool flag;
	int64_t number; /* or nanoseconds */
	uint64_t size;
};

static bool flag_parse(struct str text, union value *ret_value)
{
	/* Go's strconv.ParseBool. */
	static const struct {
		const char *text;
		bool flag;
	} words[] = {{"true", true},   {"True", true}, {"TRUE", true},   {"t", true},
		     {"T", true},      {"1", true},    {"false", false}, {"False", false},
		     {"FALSE", false}, {"f", false},   {"F", false},     {"0", false}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_is(text, words[i].text))
			continue;
		ret_value->flag = words[i].flag;
		return true;
	}
	return false;
}

static bool int_parse(struct str text, union value *ret_value)
{
	return str_to_i64(text, &ret_value->number);
}

static bool opt_size_parse(struct str text, union value *ret_value)
{
	return size_parse(text, &ret_value->size);
}

static bool duration_parse(struct str text, union value *ret_value)
{
	return clock_parse_duration(text, &ret_value->number);
}

static const struct {
	bool (*parse)(struct str text, union value *ret_value); /* NULL: any text will do */
	const char *wanted;                                     /* what a wrong value is not */
} types[] = {
	[OPT_FLAG] = {flag_parse, "true or false"},
	[OPT_STRING] = {NULL, NULL},
	[OPT_LIST] = {NULL, NULL},
	[OPT_INT] = {int_parse, "a whole number"},
	[OPT_SIZE] = {opt_size_parse, "a size like '512m'"},
	[OPT_DURATION] = {duration_parse, "a duration like '90s' or '1h30m'"},
	[OPT_UNSUPPORTED] = {NULL, NULL},
};

/* One walk along the words. The first only looks (opts is NULL): a wrong call changes nothing. */
struct walk {
	const struct opt *table;
	char **words; /* NULL-terminated or not: n_words counts */
	int n_words;
	int pos; /* of the word behind the current one */
	char *opts;
	struct err *err;
};

static bool is_end(const struct opt *opt)
{
	return !opt->name && !opt->letter;
}

static void value_store(char *opts, const struct opt *opt, const char *text, union value value)
{
	char *field = opts + opt->offset;
	switch (opt->type) {
	case OPT_FLAG: *(bool *)(void *)field = value.flag; break;
	case OPT_STRING: *(const char **)(void *)field = text; break;
	case OPT_LIST: strlist_add((struct strlist *)(void *)field, text); break;
	case OPT_INT:
	case OPT_DURATION: *(int64_t *)(void *)field = value.number; break;
	case OPT_SIZE: *(uint64_t *)(void *)field = value.size; break;
	case OPT_UNSUPPORTED: break;
	}
	if (opt->given)
		*(bool *)(void *)(opts + opt->given) = true;
}

/* `spelled`: the option as the user wrote it, without its value. `text` NULL: a flag alone. */
static int value_take(struct walk *walk, const struct opt *opt, const char *spelled,
		      const char *text)
{
	union value value = {.flag = true};
	if (opt->type == OPT_UNSUPPORTED)
		return err_set(walk->err, ERR_INPUT, "option '%s' is not supported%s%s", spelled,
			       opt->help ? ": " : "", opt->help ? opt->help : "");
	if (!text && opt->type != OPT_FLAG) {
		if (walk->pos == walk->n_words)
			return err_set(walk->err, ERR_INPUT, "option '%s' needs a value", spelled);
		text = walk->words[walk->pos++];
	}
	if (text && types[opt->type].parse && !types[opt->type].parse(str_of(text), &value))
		return err_set(walk->err, ERR_INPUT, "option '%s': '%s' is not %s", spelled, text,
			       types[opt->type].wanted);
	if (walk->opts)
		value_store(walk->opts, opt, text, value);
	return 0;
}

static int unknown_name(struct walk *walk, const char *name)
{
	autostrlist struct strlist names = {0};
	for (const struct opt *opt = walk->table; !is_end(opt); opt++) {
		if (opt->name && opt->type != OPT_UNSUPPORTED)
			strlist_add(&names, opt->name);
	}
	const char *nearest = str_nearest(name, (const char *const *)strlist_argv(&names));
	if (!nearest)
		return err_set(walk->err, ERR_INPUT, "unknown option '--%s'", name);
	return err_set(walk->err, ERR_INPUT, "unknown option '--%s' (did you mean '--%s'?)", name,
		       nearest);
}

/* "--name" or "--name=value" */
static int long_take(struct walk *walk, const char *word)
{
	struct str rest = str_of(word + 2);
	autofree char *name = str_dup(str_cut(&rest, '='));
	autofree char *spelled = xasprintf("--%s", name);
	for (const struct opt *opt = walk->table; !is_end(opt); opt++) {
		if (text_eq(opt->name, name))
			return value_take(walk, opt, spelled, rest.ptr);
	}
	return unknown_name(walk, name);
}

static const struct opt *letter_find(const struct opt *table, char letter)
{
	for (; !is_end(table); table++) {
		if (table->letter == letter)
			return table;
	}
	return NULL;
}

/* "-n", "-abc", "-nvalue", "-n=value" */
static int letters_take(struct walk *walk, const char *word)
{
	for (const char *at = word + 1; *at; at++) {
		const char spelled[] = {'-', *at, '\0'};
		const struct opt *opt = letter_find(walk->table, *at);
		if (!opt && word[2])
			return err_set(walk->err, ERR_INPUT, "unknown option '%s' in '%s'", spelled,
				       word);
		if (!opt)
			return err_set(walk->err, ERR_INPUT, "unknown option '%s'", spelled);
		if (at[1] == '=')
			return value_take(walk, opt, spelled, at + 2);
		bool takes_rest = opt->type != OPT_FLAG && at[1];
		if (value_take(walk, opt, spelled, takes_rest ? at + 1 : NULL))
			return -1;
		if (opt->type != OPT_FLAG)
			return 0;
	}
	return 0;
}

/* Walks to the end of the options. Words that were options, and the values they took, are moved to
 * the front once there is something to store; `sorted` has room for every word. */
static int walk_all(struct walk *walk, unsigned flags, char **sorted, int *ret_n_used)
{
	int n_used = 0, n_others = 0;
	char **others = sorted + walk->n_words;
	while (walk->pos < walk->n_words) {
		int start = walk->pos++;
		char *word = walk->words[start];
		bool is_option = word[0] == '-' && word[1];
		bool ends = text_eq(word, "--") || (!is_option && (flags & OPT_STOP_AT_ARG));
		if (!ends && !is_option) {
			others[n_others++] = word;
			continue;
		}
		if (!ends && (word[1] == '-' ? long_take(walk, word) : letters_take(walk, word)))
			return -1;
		if (ends && !is_option)
			walk->pos = start; /* the command's own word */
		for (int i = start; i < walk->pos; i++)
			sorted[n_used++] = walk->words[i];
		if (ends)
			break;
	}
	while (walk->pos < walk->n_words)
		others[n_others++] = walk->words[walk->pos++];
	memmove(sorted + n_used, others, (size_t)n_others * sizeof(*others));
	*ret_n_used = n_used;
	return 0;
}

int opt_parse(const struct opt *table, unsigned flags, int argc, char **argv, void *ret_opts,
	      int *ret_n_used, struct err *err)
{
	if (argc <= 0) {
		*ret_n_used = 0;
		return 0;
	}
	autofree char **sorted = xcalloc((size_t)argc * 2, sizeof(*sorted));
	int n_used;
	struct walk look = {.table = table, .words = argv, .n_words = argc, .err = err};
	if (walk_all(&look, flags, sorted, &n_used))
		return -1;
	struct walk store = look;
	store.pos = 0;
	store.opts = ret_opts;
	if (walk_all(&store, flags, sorted, &n_used))
		return -1;
	memcpy(argv, sorted, (size_t)argc * sizeof(*argv));
	*ret_n_used = n_used;
	return 0;
}

/* "  -n, --name ARG", as pflag writes it. */
static char *left_column(const struct opt *opt)
{
	autobuf struct buf left = {0};
	if (opt->letter)
		buf_printf(&left, "  -%c%s", opt->letter, opt->name ? ", " : "");
	else
		buf_puts(&left, "      ");
	if (opt->name)
		buf_printf(&left, "--%s", opt->name);
	if (opt->arg)
		buf_printf(&left, " %s", opt->arg);
	return buf_steal(&left);
}

void opt_usage(const struct opt *table, struct buf *buf)
{
	int width = 0;
	for (const struct opt *opt = table; !is_end(opt); opt++) {
		autofree char *left = left_column(opt);
		if (opt->type != OPT_UNSUPPORTED && (int)strlen(left) > width)
			width = (int)strlen(left);
	}
	if (width)
		buf_puts(buf, "Options:\n");
	for (const struct opt *opt = table; !is_end(opt); opt++) {
		autofree char *left = left_column(opt);
		if (opt->type != OPT_UNSUPPORTED)
			buf_printf(buf, "%-*s   %s\n", width, left, opt->help ? opt->help : "");
	}
}

void opt_done(const struct opt *table, void *opts)
{
	for (; !is_end(table); table++) {
		if (table->type == OPT_LIST)
			strlist_done((struct strlist *)(void *)((char *)opts + table->offset));
	}
}
