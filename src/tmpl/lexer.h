/* lexer.h - the text of a template to tokens, one at a time and without allocation.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   text   = {bytes | block | variable | comment | raw | line statement | line comment}
 *   block  = "{%" ["-" | "+"] {token} ("%}" | "-%}" | "+%}")
 *
 * What ends a tag is looked for only where brackets are balanced. White space is Unicode's. */
#pragma once

#include "tmpl/limits.h"
#include "tmpl/parse.h"
#include "tmpl/words.h"

enum token_kind {
	TOKEN_END, /* of the template */
	TOKEN_TEXT,
	TOKEN_BLOCK_BEGIN,
	TOKEN_BLOCK_END,
	TOKEN_VARIABLE_BEGIN,
	TOKEN_VARIABLE_END,
	TOKEN_NAME,
	TOKEN_STRING,
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_ADD,
	TOKEN_SUB,
	TOKEN_DIV,
	TOKEN_FLOORDIV,
	TOKEN_MUL,
	TOKEN_MOD,
	TOKEN_POW,
	TOKEN_TILDE,
	TOKEN_LBRACKET,
	TOKEN_RBRACKET,
	TOKEN_LPAREN,
	TOKEN_RPAREN,
	TOKEN_LBRACE,
	TOKEN_RBRACE,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_ASSIGN,
	TOKEN_DOT,
	TOKEN_COLON,
	TOKEN_PIPE,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	N_TOKENS,
};

struct token {
	enum token_kind kind;
	enum word word;   /* of TOKEN_NAME: WORD_NONE when it is nobody's */
	uint32_t offset;  /* in the text */
	struct mark mark; /* where it begins */
	union {
		struct str text;    /* TOKEN_TEXT: what is left of it between marks */
		const char *name;   /* TOKEN_NAME: interned */
		struct value value; /* TOKEN_STRING, TOKEN_INT, TOKEN_FLOAT */
	};
};

enum opening { /* of what follows a run of text */
	       OPENS_NOTHING,
	       OPENS_BLOCK,
	       OPENS_VARIABLE,
	       OPENS_COMMENT,
	       OPENS_RAW,
	       OPENS_LINE_STATEMENT,
	       OPENS_LINE_COMMENT,
};

struct delimiter {
	enum opening opening;
	struct str text;
};
#define MAX_DELIMITERS 5

struct lexer {
	struct heap *heap;
	struct names *names;
	const struct syntax *syntax;
	const char *file;
	struct diag *diag;
	struct str text; /* NUL-terminated, with '\n' as line ends */
	size_t pos;

	struct delimiter starts[MAX_DELIMITERS]; /* the longest first */
	size_t n_starts;
	struct str block_start, block_end, variable_end, comment_end;
	bool is_first[256]; /* bytes that one of `starts` begins with */
	int only_first;     /* the byte, when there is but one; else -1 */

	enum opening open; /* read, its text given out, not yet entered */
	size_t open_at;    /* where its sign stands */
	enum opening in;   /* the tag that we are in */

	char brackets[LIMIT_NESTING]; /* the closing ones that are awaited */
	size_t n_brackets;

	uint32_t line;                /* of line_start */
	size_t line_start, next_line; /* next_line: SIZE_MAX when there is none */
};

/* `text` as struct template has it. */
void lexer_begin(struct lexer *lexer, struct str text);
int lexer_next(struct lexer *lexer, struct token *ret_token) must_check;

/* The place of a byte; offsets must not go back before the line of the last call's. */
struct mark lexer_mark(struct lexer *lexer, size_t offset, size_t span);
int lexer_fail(struct lexer *lexer, enum err_kind kind, struct mark mark, const char *fmt, ...)
	printf_like(4, 5);
/* The token in a tag, at lexer->pos, which is no white space and no end of a tag. */
int lexer_tag_token(struct lexer *lexer, struct token *token) must_check;
/* How a message calls it: "end of statement block", "integer", "("; a name is called by itself. */
const char *token_describe(const struct token *token);
const char *token_kind_describe(enum token_kind kind);

/* literal.c: the value of what stands between quotes, and of digits. */
int literal_string(struct lexer *lexer, struct mark mark, struct str body,
		   struct value *ret_value) must_check;
/* Whether a number begins at `text` (NUL-terminated); its length. after_dot: no float then. */
size_t literal_number_length(const char *text, bool after_dot, bool *ret_is_float);
int literal_number(struct lexer *lexer, struct mark mark, struct str digits, bool is_float,
		   struct value *ret_value) must_check;
