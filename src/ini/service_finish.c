/* service_finish.c - what follows from the keys of a service: its words, its environment, the rest.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "ini/expand.h"
#include "ini/limits.h"
#include "ini/loader_private.h"
#include "ini/parse.h"

#include "base/banned.h"

/* ---- defaults ---- */

static const struct {
	unsigned kinds; /* 0: all */
	enum vocabulary vocabulary;
	const char *key, *text;
} other_defaults[] = {
	/* A job that failed did not do its work; one that is done is done. */
	{KEY_JOB, VOCABULARY_NATIVE, "restart", "never"},
	/* circus' own. */
	{0, VOCABULARY_CIRCUS, "copy_env", "no"},
	{0, VOCABULARY_CIRCUS, "login_env", "no"},
	{0, VOCABULARY_CIRCUS, "max_retry", "5"},
	{0, VOCABULARY_CIRCUS, "graceful_timeout", "30s"},
	{0, VOCABULARY_CIRCUS, "reload", "overlap"},
	{0, VOCABULARY_CIRCUS, "stdout", "inherit"},
	{0, VOCABULARY_CIRCUS, "stderr", "inherit"},
	{0, VOCABULARY_CIRCUS, "log_format", "raw"},
	{0, VOCABULARY_CIRCUS, "log_keep", "0"},
};

static unsigned kind_flag(enum service_kind kind)
{
	return kind == SERVICE_JOB ? KEY_JOB : kind == SERVICE_CRON ? KEY_CRON : KEY_DAEMON;
}

static void standard_fill(struct model *model, struct service_spec *spec)
{
	keys_set_standard(service_keys, &model->arena, spec);
	for (size_t i = 0; i < ARRAY_LEN(other_defaults); i++) {
		if (other_defaults[i].vocabulary != model->vocabulary ||
		    (other_defaults[i].kinds && !(other_defaults[i].kinds & kind_flag(spec->kind))))
			continue;
		/* Some rows are not known there, yet their defaults are: look for our names. */
		const struct key *key =
			key_find(service_keys, other_defaults[i].key, VOCABULARY_NATIVE);
		struct value value = {.arena = &model->arena, .text = other_defaults[i].text};
		autoerr struct err err = {0};
		if (key_parse(key, &value, spec, &err))
			assert(!"a default of a service parses");
	}
	if (spec->kind == SERVICE_CRON)
		spec->restart = RESTART_NEVER;
}

void service_set_standard(struct model *model, struct service_spec *spec)
{
	if (!model->standards) {
		model->standards =
			arena_alloc(&model->arena, (SERVICE_CRON + 1) * sizeof(*model->standards));
		for (int kind = 0; kind <= SERVICE_CRON; kind++) {
			model->standards[kind].kind = (enum service_kind)kind;
			standard_fill(model, &model->standards[kind]);
		}
	}
	struct service_spec kept = *spec;
	*spec = model->standards[kept.kind];
	spec->name = kept.name;
	spec->pos = kept.pos;
}

/* ---- words ---- */

/* The text of a key, in seconds where circus has numbers. */
static bool option_write(const struct model *model, const struct service_spec *spec,
			 struct str name, struct buf *out)
{
	autofree char *key_text = str_dup(name);
	for (char *p = key_text; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	autoarena struct arena arena = {0};
	struct option value = {.text = spec->name};
	if (!text_eq(key_text, "name") && !service_option(model, spec, key_text, &arena, &value))
		return false;
	buf_puts(out, value.text);
	return true;
}

/* $(circus.OPTION): all but what only a running copy has. */
static void options_fill(const char *text, const struct model *model,
			 const struct service_spec *spec, struct buf *out)
{
	while (*text) {
		struct str name;
		const char *behind = placeholder_at(text, &name);
		if (behind && !str_is_nocase(name, "wid") &&
		    !(name.len > 8 && str_is_nocase((struct str){name.ptr, 8}, "sockets.")) &&
		    option_write(model, spec, name, out)) {
			text = behind;
			continue;
		}
		buf_putc(out, *text++);
	}
}

static int words_add(struct model *model, struct service_spec *spec, const char *text,
		     const struct variables *env, struct text_list *words, struct err *err)
{
	autobuf struct buf filled = {.max = LIMIT_INI_VALUE};
	struct key row = {.name = "words", .type = &type_words, .flags = KEY_APPENDS};
	struct value value = {.arena = &model->arena, .text = text, .env = env};
	if (!text)
		return 0;
	if (strchr(text, '(')) {
		options_fill(text, model, spec, &filled);
		if (buf_check(&filled, "the command", err))
			return -1;
		value.text = buf_text(&filled);
	}
	if (model->vocabulary == VOCABULARY_CIRCUS)
		value.env = NULL;
	return type_words.parse(&row, &value, words, err);
}

/* Words that a shell will read again as they are. */
static const char *words_quoted(struct arena *arena, const struct text_list *words)
{
	autobuf struct buf text = {.max = LIMIT_INI_VALUE};
	struct key row = {.type = &type_words};
	type_words.write(&row, words, &text);
	return arena_strdup(arena, buf_text(&text));
}

/* circus quotes each word, so that a shell sees no operators; ours gets the text as written. */
static int shell_words(struct model *model, struct service_spec *spec, const struct variables *env,
		       struct text_list *words, struct err *err)
{
	struct arena *arena = &model->arena;
	struct text_list program = {0};
	const char *script;
	if (model->vocabulary == VOCABULARY_CIRCUS) {
		if (words_add(model, spec, spec->command_text, env, &program, err) ||
		    words_add(model, spec, spec->args_text, env, &program, err))
			return -1;
		script = words_quoted(arena, &program);
	} else {
		script = spec->args_text
				 ? arena_printf(arena, "%s %s", spec->command_text, spec->args_text)
				 : spec->command_text;
	}
	text_list_add(arena, words, "/bin/sh");
	text_list_add(arena, words, "-c");
	text_list_add(arena, words, script);
	return words_add(model, spec, spec->shell_args, env, words, err);
}

static bool has_placeholder(const char *word)
{
	for (struct str name; *word; word++) {
		if (!placeholder_at(word, &name))
			continue;
		if (str_is_nocase(name, "wid") ||
		    (name.len > 8 && str_is_nocase((struct str){name.ptr, 8}, "sockets.")))
			return true;
	}
	return false;
}

int service_build_words(struct model *model, struct service_spec *spec, const struct variables *env,
			struct err *err)
{
	struct text_list words = {0};
	if (!spec->command_text)
		return err_set(err, ERR_INPUT, "there is no command to run");
	if (spec->shell) {
		if (shell_words(model, spec, env, &words, err))
			return -1;
	} else if (words_add(model, spec, spec->command_text, env, &words, err) ||
		   words_add(model, spec, spec->args_text, env, &words, err)) {
		return -1;
	}
	if (!words.n || !words.items[0][0])
		return err_set(err, ERR_INPUT, "the command is empty");
	spec->words = words;
	spec->has_placeholders = false;
	for (size_t i = 0; i < words.n; i++)
		spec->has_placeholders |= has_placeholder(words.items[i]);
	return 0;
}

/* ---- environment ---- */

struct variables variables_of(struct arena *arena, const char *const *array,
			      const struct src_pos *origins)
{
	struct variables env = {.arena = arena};
	for (size_t i = 0; array && array[i]; i++)
		variables_append(&env, array[i], origins ? origins[i] : (struct src_pos){0});
	return env;
}

void service_build_env(struct model *model, struct service_spec *spec)
{
	spec->env = spec->base_env;
	spec->env_origins = spec->base_env_origins;
	if (!spec->own_env.n)
		return;
	autoarena struct arena arena = {0};
	struct src_pos pos = origin_find(spec->origins, spec->n_origins, service_keys, "env");
	struct variables env =
		variables_of(&arena, (const char *const *)spec->base_env, spec->base_env_origins);
	for (size_t i = 0; i < spec->own_env.n; i++)
		variables_add(&env, spec->own_env.items[i], pos.line ? pos : spec->pos);
	spec->env = variables_array(&model->arena, &env, &spec->env_origins);
}

/* ---- what several keys decide together ---- */

static void stream_settle(struct log_spec *log, bool is_circus)
{
	if (!is_circus)
		return;
	log->below_max = true;
	/* A file name alone means a FileStream. */
	if (log->target == LOG_INHERIT && log->path)
		log->target = LOG_TO_FILE;
	if (log->color && !log->time_format)
		log->time_format = "%Y-%m-%d %H:%M:%S"; /* FancyStdoutStream's own */
	if (log->time_format)
		log->format = LOG_CIRCUS;
	if (log->target != LOG_TO_FILE)
		log->path = NULL;
}

static void format_settle(struct service_spec *spec)
{
	if ((int)spec->out.format == -1) {
		spec->log_format_auto = true;
		spec->out.format = LOG_RAW;
		if (spec->out.time_format)
			spec->out.format = LOG_CIRCUS;
		spec->errors.format = spec->out.format;
	}
}

void service_settle(struct service_spec *spec, enum vocabulary vocabulary)
{
	bool is_circus = vocabulary == VOCABULARY_CIRCUS;
	struct src_pos given = origin_find(spec->origins, spec->n_origins, service_keys, "restart");
	/* What ends the container with itself is not started again. */
	if (spec->main && !given.line)
		spec->restart = RESTART_NEVER;
	if (is_circus)
		spec->stdin_kind = spec->close_stdin ? STDIN_NULL : STDIN_INHERIT;
	if (spec->stdin_socket)
		spec->stdin_kind = STDIN_SOCKET;
	stream_settle(&spec->out, is_circus);
	stream_settle(&spec->errors, is_circus);
	format_settle(spec);
	if (spec->close_stdout)
		spec->out.target = LOG_TO_NULL;
	if (spec->close_stderr)
		spec->errors.target = LOG_TO_NULL;
}
