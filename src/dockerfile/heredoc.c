/* heredoc.c - "<<NAME" words and the lines that follow for them.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   heredoc = [digits] "<<" ["-"] name       any quote in the name: no expansion
 *
 * In all of these words the escape character is the shell's, whatever the directive says. */
#include "dockerfile/dockerfile_private.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/vec.h"

#include "base/banned.h"

void heredoc_clear(struct heredoc *heredoc)
{
	free(heredoc->name);
	free(heredoc->body);
	*heredoc = (struct heredoc){0};
}

/* Removes quotes and escapes as a shell does; false when a quote stays open. */
static bool unquote_name(struct str word, struct buf *out, bool *ret_quoted)
{
	char quote = 0;
	bool is_quoted = false;

	for (size_t i = 0; i < word.len; i++) {
		char byte = word.ptr[i];
		bool escapes_next =
			quote == '"' && i + 1 < word.len && strchr("\"$\\", word.ptr[i + 1]);
		if (byte == '\\' && (!quote || escapes_next)) {
			is_quoted = true;
			if (++i < word.len)
				buf_putc(out, word.ptr[i]);
		} else if (quote_turns(&quote, byte)) {
			is_quoted = true;
		} else {
			buf_putc(out, byte);
		}
	}
	*ret_quoted = is_quoted;
	return !quote;
}

bool heredoc_parse_word(struct str word, struct heredoc *ret_heredoc, bool *ret_strip_tabs)
{
	while (word.len && isdigit((unsigned char)word.ptr[0]))
		word = (struct str){word.ptr + 1, word.len - 1};
	if (!str_starts(word, STR("<<")))
		return false;
	word = (struct str){word.ptr + 2, word.len - 2};
	bool strip_tabs = str_starts(word, STR("-"));
	if (strip_tabs)
		word = (struct str){word.ptr + 1, word.len - 1};
	if (!word.len || memchr(word.ptr, '<', word.len))
		return false;
	autobuf struct buf name = {.max = LIMIT_DOCKERFILE_BYTES};
	bool is_quoted;
	if (!unquote_name(word, &name, &is_quoted) || !name.len)
		return false;
	*ret_heredoc = (struct heredoc){.name = buf_steal(&name), .expand = !is_quoted};
	*ret_strip_tabs = strip_tabs;
	return true;
}

static struct str skip_tabs(struct str text)
{
	while (text.len && text.ptr[0] == '\t')
		text = (struct str){text.ptr + 1, text.len - 1};
	return text;
}

/* false: the file ends before the body does. */
static bool read_body(struct lines *lines, struct heredoc *heredoc, bool strip_tabs)
{
	struct buf body = {.max = LIMIT_DOCKERFILE_BYTES};
	bool is_ended = false;
	struct str raw;

	while (!is_ended && lines_next_raw(lines, &raw)) {
		if (strip_tabs)
			raw = skip_tabs(raw);
		is_ended = str_is(line_content(raw), heredoc->name);
		if (!is_ended)
			buf_append_str(&body, raw);
	}
	heredoc->body = xstrdup(buf_text(&body));
	buf_done(&body);
	return is_ended;
}

static bool quotes_are_closed(struct str text)
{
	autobuf struct buf unused = {.max = LIMIT_DOCKERFILE_BYTES};
	bool is_quoted;
	return unquote_name(text, &unused, &is_quoted);
}

/* The body of what `word` opens, when it is a heredoc at all. */
static int read_word(struct lines *lines, const struct line *line, struct str word,
		     struct heredoc_list *list, struct err *err)
{
	bool strip_tabs;
	struct heredoc heredoc;

	if (!heredoc_parse_word(word, &heredoc, &strip_tabs))
		return 0;
	bool is_ended = read_body(lines, &heredoc, strip_tabs);
	vec_push(list, heredoc);
	if (is_ended)
		return 0;
	return err_at(err, line_at(line, word.ptr), "the heredoc is not ended by a line '%s'",
		      heredoc.name);
}

int heredocs_read(struct lines *lines, const struct line *line, struct str text,
		  struct heredoc_list *list, struct err *err)
{
	if (!quotes_are_closed(text))
		return 0; /* "it's <<this": no shell would see words here */
	while (text.len)
		if (read_word(lines, line, cut_quoted_word(&text, '\\'), list, err))
			return -1;
	return 0;
}
