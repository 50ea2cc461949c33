/* args.c - one text to words.
 * SPDX-License-Identifier: Apache-2.0
 * Source: POSIX shell command language, 2.2 "Quoting". */
#include "stage/args.h"

#include "base/buf.h"
#include "doc/json.h"

#include "base/banned.h"

struct splitter {
	const char *rest;
	char quote;      /* the one that is open */
	bool is_in_word; /* "" and '' are words too */
	struct buf word;
};

/* Within double quotes a backslash is itself unless it stands before one of these. */
static bool escapes(const struct splitter *s)
{
	char next = s->rest[1];
	return next && s->quote != '\'' && (!s->quote || strchr("$`\"\\\n", next));
}

static void end_word(struct splitter *s, struct strlist *words)
{
	if (s->is_in_word)
		strlist_add(words, buf_text(&s->word));
	buf_truncate(&s->word, 0);
	s->is_in_word = false;
}

/* One byte, or two with its backslash. */
static void split_next(struct splitter *s, struct strlist *words)
{
	char c = *s->rest;

	if (!s->quote && strchr(" \t\r\n", c)) {
		end_word(s, words);
	} else if (c == '\\' && escapes(s)) {
		s->rest++;
		if (*s->rest != '\n') { /* a line goes on */
			s->is_in_word = true;
			buf_putc(&s->word, *s->rest);
		}
	} else {
		bool is_quote = s->quote ? c == s->quote : c == '\'' || c == '"';
		s->is_in_word = true;
		if (is_quote)
			s->quote = (char)(s->quote ? '\0' : c);
		else
			buf_putc(&s->word, c);
	}
	s->rest++;
}

int args_split(const char *text, const char *what, struct strlist *ret_words, struct err *err)
{
	struct splitter s = {.rest = text};
	autostrlist struct strlist words = {0};

	while (*s.rest)
		split_next(&s, &words);
	end_word(&s, &words);
	int failed = buf_check(&s.word, what, err);
	if (!failed && s.quote)
		failed = err_set(err, ERR_INPUT, "%s: a quote (%c) is not closed", what, s.quote);
	buf_done(&s.word);
	if (!failed)
		strlist_add_all(ret_words, &words);
	return failed;
}

/* ["/bin/sh", "-c", "true"] */
static int split_json(const char *text, const char *what, struct strlist *words, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *root = NULL;

	if (json_parse(&arena, what, str_of(text), &root, err))
		return -1;
	node_foreach(word, root) {
		if (!node_text(word))
			return err_at(err, word->pos, "a command is a list of texts, not %s",
				      node_kind_name(word->kind));
		strlist_add(words, node_text(word));
	}
	return 0;
}

int args_of_command(const char *text, const char *what, struct strlist *ret_words, struct err *err)
{
	autostrlist struct strlist words = {0};
	bool is_json = text[strspn(text, " \t\r\n")] == '[';

	if (is_json ? split_json(text, what, &words, err) : args_split(text, what, &words, err))
		return -1;
	if (!words.n || !words.items[0][0])
		return err_set(err, ERR_INPUT, "%s: '%s' names no program", what, text);
	strlist_add_all(ret_words, &words);
	return 0;
}
