/* gotmpl_private.h - from text to tokens, from tokens to statements, from statements to output.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   text      = {bytes | "{{" action "}}"}
 *   action    = pipeline | "if" | "range" | "with" | "else" ["if" pipeline] | "end"
 *   pipeline  = [variable ["," variable] (":=" | "=")] command {"|" command}
 *   command   = operand {operand}            the first may be a function
 *   operand   = ("." | field | variable | literal | function | "(" pipeline ")") {field} */
#pragma once

#include "base/buf.h"
#include "doc/node.h"
#include "gotmpl/gotmpl.h"

enum token_kind {
	TOKEN_TEXT, /* outside of {{ }} */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_DOT,
	TOKEN_FIELD,    /* text: the name without its dot */
	TOKEN_VARIABLE, /* text: with its "$" */
	TOKEN_WORD,
	TOKEN_STRING, /* text: as written, with its quotes */
	TOKEN_CHARACTER,
	TOKEN_NUMBER,
	TOKEN_PIPE,
	TOKEN_COMMA,
	TOKEN_DECLARE, /* := */
	TOKEN_ASSIGN,  /* = */
	TOKEN_LEFT,
	TOKEN_RIGHT,
	TOKEN_END,
};
struct token {
	enum token_kind kind;
	struct src_pos pos;
	struct str text;
	bool is_spaced; /* white space stands before it */
};
struct tokens {
	struct token *items;
	size_t n, cap;
};
int tokens_read(const char *name, struct str text, struct tokens *ret_tokens,
		struct err *err) must_check;

enum operand_kind {
	OPERAND_DOT,
	OPERAND_VARIABLE,
	OPERAND_LITERAL,
	OPERAND_FUNCTION,
	OPERAND_PIPELINE,
};
struct link { /* one ".Name" behind an operand */
	struct link *next;
	struct src_pos pos;
	const char *name;
};
struct operand {
	struct operand *next;
	struct src_pos pos;
	enum operand_kind kind;
	struct link *links;
	union {
		size_t slot; /* of a variable */
		const struct node *literal;
		const struct function *function;
		const struct pipeline *pipeline;
	};
};
struct command {
	struct command *next;
	struct operand *operands;
	size_t n_operands;
};
struct pipeline {
	struct src_pos pos;
	struct command *commands;
	size_t slots[2]; /* variables that it sets: element, or index and element */
	size_t n_slots;
};
enum statement_kind {
	STATEMENT_TEXT,
	STATEMENT_PRINT,
	STATEMENT_IF,
	STATEMENT_RANGE,
	STATEMENT_WITH
};
struct statement {
	struct statement *next;
	enum statement_kind kind;
	struct str text;
	const struct pipeline *pipeline;
	struct statement *body, *otherwise;
};
struct gotmpl {
	struct arena arena; /* holds all of the above, and the name */
	struct statement *statements;
	size_t n_slots; /* variables that exist at once; the first is "$" */
};
int statements_parse(struct gotmpl *template, const struct tokens *tokens,
		     struct err *err) must_check;
/* Between the quotes of a Go string or character literal. */
int literal_unquote(struct arena *arena, const struct token *token, struct str *ret_text,
		    struct err *err) must_check;
int literal_parse(struct arena *arena, const struct token *token, struct node **ret_node,
		  struct err *err) must_check;

void rune_put(struct buf *buf, uint32_t rune); /* as UTF-8 */

struct call { /* of a function, arguments evaluated */
	struct arena *arena;
	const struct function *function;
	struct src_pos pos;
	const struct node *const *args;
	size_t n_args;
};
struct function {
	const char *name;
	size_t min_args, max_args; /* max SIZE_MAX: any number */
	int (*run)(const struct call *call, const struct node **ret_value, struct err *err);
	bool is_lazy, stops_on; /* and, or: end at the first argument that is false, true */
};
const struct function *function_find(struct str name);
const char *function_nearest(const char *name); /* NULL: none is near */
int function_printf(const struct call *call, const struct node **ret_value, struct err *err);

bool value_is_true(const struct node *value);
void value_print(struct buf *buf, const struct node *value); /* as Go's %v */
/* The item of a list, the value of a map, the byte of a string. */
int value_index(struct arena *arena, const struct node *value, const struct node *key,
		struct src_pos pos, const struct node **ret_value, struct err *err) must_check;
