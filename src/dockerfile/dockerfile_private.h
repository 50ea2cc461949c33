/* dockerfile_private.h - what the files of the parser share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/str.h"
#include "dockerfile/dockerfile.h"
#include "dockerfile/limits.h"

/* ---- lines.c ---- */
struct line_piece { /* from `offset` of the joined text on: this place of the file */
	size_t offset;
	uint32_t line, column;
};
struct line { /* one logical line: physical ones joined, comments dropped */
	const char *file;
	struct buf text;
	struct {
		struct line_piece *items;
		size_t n, cap;
	} pieces;
};
void line_done(struct line *line);
/* Where the byte at `ptr` (in, or one behind, the line's text) stands in the file. */
struct src_pos line_at(const struct line *line, const char *ptr);

struct lines { /* reads a file downwards */
	const char *file;
	struct str rest;
	uint32_t number; /* of the line read last */
	char escape;
	char *syntax; /* owned */
};
/* Checks the size, skips a byte order mark, reads the directives. */
int lines_begin(struct lines *lines, const char *file, struct str text, struct err *err) must_check;
/* The next line that says something; false at the end. `line` is replaced. */
int lines_next(struct lines *lines, struct line *line, bool *ret_found, struct err *err) must_check;
/* The next physical line as it is, its terminator included; false at the end. */
bool lines_next_raw(struct lines *lines, struct str *ret_raw);
struct str line_content(struct str raw); /* without its terminator */

/* ---- words.c ---- */
/* Does `byte` open quotes, or close those that are open (*quote: which; NUL: none)? Then *quote
 * follows. */
bool quote_turns(char *quote, char byte);
bool byte_is_space(char byte); /* as Go's unicode.IsSpace, ASCII */
struct str str_skip_space(struct str text);
/* Cuts what stands before the first run of spaces, tabs, \v, \f, \r; the rest without that run. */
struct str cut_word(struct str *rest);
/* Cuts the leading "--…" words: quotes and escapes in them removed. A bare "--" ends them. */
struct flag_word {
	const char *at; /* in the line */
	char *text;     /* owned, without the dashes */
};
bool cut_flag(struct str *rest, char escape, struct flag_word *ret_flag);
/* Cuts the next word that quotes and escapes may hold together; they stay in it. "" at the end. */
struct str cut_quoted_word(struct str *rest, char escape);

/* ---- heredoc.c ---- */
struct heredoc_list {
	struct heredoc *items;
	size_t n, cap;
};
void heredoc_clear(struct heredoc *heredoc);
/* Is this one word a heredoc's? Fills name and expand, and whether tabs are stripped. */
bool heredoc_parse_word(struct str word, struct heredoc *ret_heredoc, bool *ret_strip_tabs);
/* Finds the heredocs that `text` (in `line`) opens and reads their bodies, in order. */
int heredocs_read(struct lines *lines, const struct line *line, struct str text,
		  struct heredoc_list *list, struct err *err) must_check;

/* ---- flags.c ---- */
/* Cuts the flags that stand at the front of *rest, a part of `line`, into the instruction. */
int flags_parse(const struct line *line, char escape, struct str *rest,
		struct instruction *instruction, struct err *err) must_check;

/* ---- instruction.c ---- */
/* Reads the instruction at `text`, a part of `line`; bodies of heredocs follow in `lines`. */
int instruction_parse(struct lines *lines, const struct line *line, struct str text,
		      struct instruction *ret_instruction, struct err *err) must_check;
void instruction_done(struct instruction *instruction);

/* ---- expand.c ---- */
struct variables {
	char escape;
	variable_fn get;
	void *arg;
	struct src_pos pos; /* for errors, as is the whole word */
	const char *word;
};
/* keep_quotes: quotes are plain characters. */
int expand_text(const struct variables *variables, struct str text, bool keep_quotes,
		char **ret_text, struct err *err) must_check;
/* Appends the words that the text expands to; also some when it fails. */
int expand_split(const struct variables *variables, struct str text, struct strlist *words,
		 struct err *err) must_check;

/* ---- expand_pattern.c ---- */
struct pattern_token {
	enum { TOKEN_BYTE, TOKEN_ANY, TOKEN_STAR } kind;
	char byte;
};
struct pattern {
	struct pattern_token tokens[LIMIT_PATTERN_BYTES];
	size_t n;
};
/* `*` any run, `?` any character; \*, \?, \\, \/ and \} are those bytes. false: another escape. The
 * text is at most LIMIT_PATTERN_BYTES long. */
bool pattern_parse(struct str text, struct pattern *ret_pattern);
/* What is left of `value` without the shortest (greedy: longest) match at its front or end. */
struct str pattern_trim_front(const struct pattern *pattern, struct str value, bool is_greedy);
struct str pattern_trim_end(const struct pattern *pattern, struct str value, bool is_greedy);
/* The value with the first match, or all, replaced; matches are leftmost and longest. */
void pattern_replace(const struct pattern *pattern, struct str value, struct str replacement,
		     bool all, struct buf *out);
