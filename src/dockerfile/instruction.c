/* instruction.c - one instruction: its words, by the rules of its kind.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/vec.h"
#include "doc/json.h"

#include "base/banned.h"

/* What is being read, and where. */
struct reading {
	const struct line *line;
	char escape;
	struct instruction *instruction;
};
typedef int (*rest_fn)(struct reading *reading, struct str rest, struct err *err);
struct rule {
	const char *name;
	rest_fn parse;
	bool takes_heredocs;
};
static const struct rule rules[N_INSTRUCTIONS];

const char *instruction_name(enum instruction_kind kind)
{
	return rules[kind].name;
}

static int err_here(struct err *err, const struct reading *reading, const char *at,
		    const char *message)
{
	return err_at(err, line_at(reading->line, at), "%s %s",
		      instruction_name(reading->instruction->kind), message);
}

/* ---- the JSON form ---- */

/* Strict JSON, else it is no JSON form at all: `["a", 'b']` is a text for the shell. A list of
 * something else than strings is a mistake. */
static int try_json(struct reading *reading, struct str rest, bool *ret_is_json, struct err *err)
{
	autoarena struct arena arena = {0};
	autoerr struct err not_json = {0};
	struct node *list;

	*ret_is_json = false;
	if (!str_starts(rest, STR("[")) || json_parse(&arena, "", rest, &list, &not_json))
		return 0;
	node_foreach(item, list) {
		if (item->kind != NODE_STRING)
			return err_here(err, reading, rest.ptr,
					"takes a list of strings and of nothing else");
	}
	node_foreach(item, list)
		strlist_add_str(&reading->instruction->words, item->text);
	reading->instruction->is_json = *ret_is_json = true;
	return 0;
}

/* ---- the rest of the line, by kind ---- */

static int parse_text(struct reading *reading, struct str rest, struct err *err)
{
	if (!rest.len)
		return err_here(err, reading, rest.ptr, "needs an argument");
	strlist_add_str(&reading->instruction->words, rest);
	return 0;
}

static int parse_optional_command(struct reading *reading, struct str rest, struct err *err)
{
	bool is_json;
	if (try_json(reading, rest, &is_json, err))
		return -1;
	if (!is_json && rest.len)
		strlist_add_str(&reading->instruction->words, rest);
	return 0;
}

static int parse_command(struct reading *reading, struct str rest, struct err *err)
{
	if (parse_optional_command(reading, rest, err))
		return -1;
	if (!reading->instruction->words.n)
		return err_here(err, reading, rest.ptr, "needs a command");
	return 0;
}

static int parse_shell(struct reading *reading, struct str rest, struct err *err)
{
	bool is_json;
	if (try_json(reading, rest, &is_json, err))
		return -1;
	if (!is_json)
		return err_here(err, reading, rest.ptr,
				"takes the JSON form only, as in SHELL [\"/bin/sh\", \"-c\"]");
	if (!reading->instruction->words.n)
		return err_here(err, reading, rest.ptr, "needs a command");
	return 0;
}

static int parse_list(struct reading *reading, struct str rest, struct err *err)
{
	const char *at = rest.ptr;
	bool is_json = false;

	if (reading->instruction->kind == INSTRUCTION_VOLUME &&
	    try_json(reading, rest, &is_json, err))
		return -1;
	while (!is_json && rest.len)
		strlist_add_str(&reading->instruction->words, cut_word(&rest));
	if (!reading->instruction->words.n)
		return err_here(err, reading, at, "needs an argument");
	for (size_t i = 0; i < reading->instruction->words.n; i++)
		if (!reading->instruction->words.items[i][0])
			return err_here(err, reading, at, "has an empty argument");
	return 0;
}

/* Sources and a destination. The words of heredocs leave: their bodies are sources as well. */
static int parse_copy(struct reading *reading, struct str rest, struct err *err)
{
	struct strlist *words = &reading->instruction->words;
	const char *at = rest.ptr;
	size_t n_heredocs = 0;
	bool is_json, ends_with_heredoc = false;

	if (try_json(reading, rest, &is_json, err))
		return -1;
	while (!is_json && rest.len) {
		struct heredoc heredoc = {0};
		struct str word = cut_word(&rest);
		bool strip_tabs;
		ends_with_heredoc = heredoc_parse_word(word, &heredoc, &strip_tabs);
		heredoc_clear(&heredoc);
		if (ends_with_heredoc)
			n_heredocs++;
		else
			strlist_add_str(words, word);
	}
	if (ends_with_heredoc && n_heredocs + words->n > 1)
		return err_here(err, reading, at, "has a heredoc where its destination should be");
	if (n_heredocs + words->n < 2)
		return err_here(err, reading, at, "needs a source and a destination");
	return 0;
}

static bool is_stage_name(const char *name)
{
	if (!islower((unsigned char)name[0]))
		return false;
	for (; *name; name++)
		if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) &&
		    !strchr("-_.", *name))
			return false;
	return true;
}

static int parse_from(struct reading *reading, struct str rest, struct err *err)
{
	struct strlist *words = &reading->instruction->words;
	const char *at = rest.ptr;

	while (rest.len)
		strlist_add_str(words, cut_word(&rest));
	if (words->n != 1 && (words->n != 3 || strcasecmp(words->items[1], "as") != 0))
		return err_here(err, reading, at, "takes an image, or: an image AS a name");
	if (words->n == 1)
		return 0;
	char *name = words->items[2];
	for (char *byte = name; *byte; byte++)
		*byte = (char)tolower((unsigned char)*byte);
	if (!is_stage_name(name))
		return err_at(
			err, line_at(reading->line, at),
			"a stage cannot be named '%s': a letter, then letters, digits and -_.",
			name);
	strlist_remove_at(words, 1);
	return 0;
}

static int add_pair(struct reading *reading, struct str word, struct err *err)
{
	struct str value = word;
	struct str key = str_cut(&value, '=');
	if (!value.ptr)
		return err_at(err, line_at(reading->line, word.ptr),
			      "'%.*s' has no '=': %s takes KEY=VALUE", STR_ARG(word),
			      instruction_name(reading->instruction->kind));
	if (!key.len)
		return err_at(err, line_at(reading->line, word.ptr),
			      "nothing stands before the '='");
	strlist_add_str(&reading->instruction->words, word);
	return 0;
}

/* ENV and LABEL: "a=b c=d", or the old form "a rest of the line". */
static int parse_pairs(struct reading *reading, struct str rest, struct err *err)
{
	struct str behind = rest;
	struct str first = cut_quoted_word(&behind, reading->escape);

	if (!first.len)
		return err_here(err, reading, rest.ptr, "needs KEY=VALUE");
	if (!memchr(first.ptr, '=', first.len)) {
		struct str value = rest;
		struct str key = cut_word(&value);
		if (!value.len)
			return err_here(err, reading, rest.ptr, "has a key and no value");
		strlist_addf(&reading->instruction->words, "%.*s=%.*s", STR_ARG(key),
			     STR_ARG(value));
		return 0;
	}
	while (rest.len)
		if (add_pair(reading, cut_quoted_word(&rest, reading->escape), err))
			return -1;
	return 0;
}

static int parse_names(struct reading *reading, struct str rest, struct err *err)
{
	if (!rest.len)
		return err_here(err, reading, rest.ptr, "needs a name");
	while (rest.len) {
		struct str word = cut_quoted_word(&rest, reading->escape);
		if (word.ptr[0] == '=')
			return err_at(err, line_at(reading->line, word.ptr),
				      "nothing stands before the '='");
		strlist_add_str(&reading->instruction->words, word);
	}
	return 0;
}

static int parse_healthcheck(struct reading *reading, struct str rest, struct err *err)
{
	struct strlist *words = &reading->instruction->words;
	const char *at = rest.ptr;
	struct str kind = cut_word(&rest);
	bool is_json;

	if (kind.len == 4 && !strncasecmp(kind.ptr, "NONE", 4)) {
		if (rest.len)
			return err_here(err, reading, rest.ptr, "NONE takes no arguments");
		strlist_add(words, "NONE");
		return 0;
	}
	if (kind.len != 3 || strncasecmp(kind.ptr, "CMD", 3) != 0)
		return err_here(err, reading, at, "takes NONE, or CMD and a command");
	strlist_add(words, "CMD");
	if (try_json(reading, rest, &is_json, err))
		return -1;
	if (!is_json && rest.len) {
		strlist_remove_at(words, 0);
		strlist_add(words, "CMD-SHELL");
		strlist_add_str(words, rest);
	}
	if (words->n < 2)
		return err_here(err, reading, rest.ptr, "CMD needs a command");
	return 0;
}

/* Keeps the text; instruction_parse() reads what is in it, for its mistakes and its heredocs. */
static int parse_onbuild(struct reading *reading, struct str rest, struct err *err)
{
	static const enum instruction_kind refused[] = {INSTRUCTION_ONBUILD, INSTRUCTION_FROM,
							INSTRUCTION_MAINTAINER};
	struct str behind = rest;
	struct str word = cut_word(&behind);

	if (!rest.len)
		return err_here(err, reading, rest.ptr, "needs an instruction");
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		const char *name = instruction_name(refused[i]);
		if (strlen(name) == word.len && !strncasecmp(name, word.ptr, word.len))
			return err_at(err, line_at(reading->line, rest.ptr),
				      "ONBUILD does not take %s", name);
	}
	return 0;
}

static const struct rule rules[N_INSTRUCTIONS] = {
	[INSTRUCTION_ADD] = {"ADD", parse_copy, true},
	[INSTRUCTION_ARG] = {"ARG", parse_names},
	[INSTRUCTION_CMD] = {"CMD", parse_optional_command},
	[INSTRUCTION_COPY] = {"COPY", parse_copy, true},
	[INSTRUCTION_ENTRYPOINT] = {"ENTRYPOINT", parse_optional_command},
	[INSTRUCTION_ENV] = {"ENV", parse_pairs},
	[INSTRUCTION_EXPOSE] = {"EXPOSE", parse_list},
	[INSTRUCTION_FROM] = {"FROM", parse_from},
	[INSTRUCTION_HEALTHCHECK] = {"HEALTHCHECK", parse_healthcheck},
	[INSTRUCTION_LABEL] = {"LABEL", parse_pairs},
	[INSTRUCTION_MAINTAINER] = {"MAINTAINER", parse_text},
	[INSTRUCTION_ONBUILD] = {"ONBUILD", parse_onbuild},
	[INSTRUCTION_RUN] = {"RUN", parse_command, true},
	[INSTRUCTION_SHELL] = {"SHELL", parse_shell},
	[INSTRUCTION_STOPSIGNAL] = {"STOPSIGNAL", parse_text},
	[INSTRUCTION_USER] = {"USER", parse_text},
	[INSTRUCTION_VOLUME] = {"VOLUME", parse_list},
	[INSTRUCTION_WORKDIR] = {"WORKDIR", parse_text},
};

/* ---- the whole ---- */

static int find_kind(const struct line *line, struct str word, enum instruction_kind *ret_kind,
		     struct err *err)
{
	const char *names[N_INSTRUCTIONS + 1] = {0};
	autofree char *upper = str_dup(word);

	for (char *byte = upper; *byte; byte++)
		*byte = (char)toupper((unsigned char)*byte);
	for (size_t i = 0; i < N_INSTRUCTIONS; i++) {
		names[i] = rules[i].name;
		if (strcmp(upper, names[i]) != 0)
			continue;
		*ret_kind = (enum instruction_kind)i;
		return 0;
	}
	const char *nearest = str_nearest(upper, names);
	if (nearest)
		return err_at(err, line_at(line, word.ptr),
			      "unknown instruction '%.*s', did you mean '%s'?", STR_ARG(word),
			      nearest);
	return err_at(err, line_at(line, word.ptr), "unknown instruction '%.*s'", STR_ARG(word));
}

void instruction_done(struct instruction *instruction)
{
	strlist_done(&instruction->flags);
	strlist_done(&instruction->words);
	free(instruction->original);
	for (size_t i = 0; i < instruction->n_heredocs; i++)
		heredoc_clear(&instruction->heredocs[i]);
	free(instruction->heredocs);
	*instruction = (struct instruction){0};
}

/* What ONBUILD keeps is read as well: for its mistakes, and for the bodies of its heredocs. */
static int parse_trigger(struct lines *lines, const struct line *line, struct str rest,
			 struct instruction *onbuild, struct err *err)
{
	struct instruction trigger;
	autofree char *text = str_dup(rest);

	if (instruction_parse(lines, line, rest, &trigger, err))
		return -1;
	strlist_take(&onbuild->words, instruction_join_heredocs(&trigger, text));
	instruction_done(&trigger);
	return 0;
}

static int parse_heredocs(struct lines *lines, const struct line *line, struct str rest,
			  struct instruction *instruction, struct err *err)
{
	struct heredoc_list list = {0};
	int result = heredocs_read(lines, line, rest, &list, err);
	instruction->heredocs = list.items;
	instruction->n_heredocs = list.n;
	cut_quoted_word(&rest, '\\');
	instruction->is_script = instruction->kind == INSTRUCTION_RUN && list.n == 1 && !rest.len;
	return result;
}

static int parse_parts(struct lines *lines, const struct line *line, struct str rest,
		       struct instruction *instruction, struct err *err)
{
	struct reading reading = {line, lines->escape, instruction};
	const struct rule *rule = &rules[instruction->kind];

	if (flags_parse(line, lines->escape, &rest, instruction, err) ||
	    rule->parse(&reading, rest, err))
		return -1;
	if (instruction->kind == INSTRUCTION_ONBUILD)
		return parse_trigger(lines, line, rest, instruction, err);
	if (rule->takes_heredocs && !instruction->is_json)
		return parse_heredocs(lines, line, rest, instruction, err);
	return 0;
}

int instruction_parse(struct lines *lines, const struct line *line, struct str text,
		      struct instruction *ret_instruction, struct err *err)
{
	struct instruction instruction = {0};
	struct str rest = str_trim(text);
	struct str word = cut_word(&rest);

	if (find_kind(line, word, &instruction.kind, err))
		return -1;
	instruction.pos = line_at(line, word.ptr);
	instruction.original = xasprintf("%s%s%.*s", instruction_name(instruction.kind),
					 rest.len ? " " : "", STR_ARG(rest));
	if (parse_parts(lines, line, rest, &instruction, err)) {
		instruction_done(&instruction);
		return -1;
	}
	*ret_instruction = instruction;
	return 0;
}

char *instruction_join_heredocs(const struct instruction *instruction, const char *text)
{
	struct buf joined = {.max = SIZE_MAX / 2};

	buf_puts(&joined, text);
	for (size_t i = 0; i < instruction->n_heredocs; i++)
		buf_printf(&joined, "\n%s%s", instruction->heredocs[i].body,
			   instruction->heredocs[i].name);
	return buf_steal(&joined);
}
