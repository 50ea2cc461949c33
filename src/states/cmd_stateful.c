/* cmd_stateful.c - commands that say themselves whether they changed something.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   output = JSON object | { any line, "\n" } NAME=VALUE { blanks NAME=VALUE }
 *
 * Words of the last line are divided and quoted as sh(1) has them. */
#include "states/cmd_run.h"

#include "value/json.h"

#include "base/banned.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word without its quotes; 0: no more; -1: a quote stays open. */
static int next_word(struct str *rest, struct buf *word)
{
	size_t i = 0;
	char quote = 0;
	bool has_word = false;

	buf_truncate(word, 0);
	while (i < rest->len && is_blank(rest->ptr[i]))
		i++;
	for (; i < rest->len && (quote || !is_blank(rest->ptr[i])); i++) {
		char c = rest->ptr[i];
		has_word = true;
		if (quote ? c == quote : c == '\'' || c == '"') {
			if (quote)
				quote = '\0';
			else
				quote = c;
			continue;
		}
		if (c == '\\' && quote != '\'' && i + 1 < rest->len &&
		    (!quote || strchr("\"\\", rest->ptr[i + 1])))
			c = rest->ptr[++i];
		buf_putc(word, c);
	}
	*rest = (struct str){rest->ptr + i, rest->len - i};
	return quote ? -1 : has_word;
}

/* false: it is no line of name=value words. */
static bool parse_line(struct heap *heap, struct str line, struct dict *words)
{
	autobuf struct buf word = {0};
	int found;

	while ((found = next_word(&line, &word)) > 0) {
		struct str value = buf_str(&word), name = str_cut(&value, '=');
		if (!value.ptr || memchr(value.ptr, '=', value.len))
			return false;
		dict_put(heap, words, value_text(heap, name), value_text(heap, value));
	}
	return found == 0;
}

/* true/yes/1 and false/no/0, in any case, also as JSON's own; -1: neither. */
static int truth_of(struct heap *heap, const struct value *v)
{
	static const struct {
		const char *name;
		int truth;
	} words[] = {{"true", 1}, {"yes", 1}, {"1", 1}, {"false", 0}, {"no", 0}, {"0", 0}};
	autoerr struct err err = {0};
	struct value text;

	if (!v)
		return 0;
	if (value_str(heap, *v, &text, &err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is_nocase(value_bytes(text), words[i].name))
			return words[i].truth;
	return -1;
}

static struct str text_in(const struct dict *dict, const char *key)
{
	const struct value *v = dict_get(dict, key);

	return v && v->kind == VALUE_STRING ? value_bytes(*v) : (struct str){0};
}

static void clear(struct outcome *outcome)
{
	outcome->changes = (struct value){0};
	buf_truncate(&outcome->comment, 0);
}

/* The words (an object, or the last line); NULL: told that there are none. *ret_before: what stands
 * in front of them. */
static struct dict *read_words(struct state_call *call, struct str out, struct value ran,
			       struct str *ret_before, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct value json;

	*ret_before = (struct str){"", 0};
	if (!value_from_json(call->heap, out, &json, &err)) {
		if (json.kind == VALUE_DICT)
			return json.dict;
		outcome_fail(outcome, "script JSON output must be a JSON object (e.g., {})!");
		return NULL;
	}
	struct str line = str_trim(out);
	const char *end = memrchr(line.ptr, '\n', line.len);
	if (end) {
		*ret_before = (struct str){out.ptr, (size_t)(end - out.ptr)};
		line = (struct str){end + 1, (size_t)(line.ptr + line.len - end - 1)};
	}
	struct dict *words = dict_new(call->heap);
	if (parse_line(call->heap, line, words))
		return words;
	outcome_fail(outcome, "Failed parsing script output! Stdout must be JSON or a line of "
			      "name=value pairs.");
	outcome->changes = ran;
	return NULL;
}

void cmd_reinterpret(struct state_call *call, struct outcome *outcome)
{
	struct value ran = outcome->changes;
	struct str out = text_in(ran.dict, "stdout"), before;

	clear(outcome);
	if (!out.len) {
		struct str errors = text_in(ran.dict, "stderr");
		if (errors.len)
			outcome_say(outcome, "%.*s", STR_ARG(errors));
		return;
	}
	struct dict *words = read_words(call, out, ran, &before, outcome);
	if (!words)
		return;
	int changed = truth_of(call->heap, dict_get(words, "changed"));
	if (changed < 0) {
		outcome_fail(outcome, "Failed parsing boolean value: changed is yes or no");
		outcome->changes = ran;
		return;
	}
	struct value comment;
	autoerr struct err err = {0};
	if (dict_remove(words, value_literal("comment"), &comment) &&
	    !value_str(call->heap, comment, &comment, &err))
		outcome_say(outcome, "%.*s", STR_ARG(value_bytes(comment)));
	if (!changed)
		return;
	dict_foreach(entry, ran.dict) if (!dict_find(words, entry->key))
		dict_put(call->heap, words, entry->key, entry->value);
	dict_set(call->heap, words, "stdout", value_text(call->heap, before));
	outcome->changes = value_of_dict(words);
}
