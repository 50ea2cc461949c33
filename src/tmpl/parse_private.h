/* parse_private.h - the parser: one token in hand, one looked at, the tree grows as they come.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   template  = {text | "{{" tuple "}}" | "{%" statement "%}"}
 *   tuple     = expr {"," expr} [","]
 *   expr      = or ["if" or ["else" expr]]…
 *   or        = and {"or" and};  and = not {"and" not};  not = "not" not | compare
 *   compare   = sum {("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") sum}
 *   sum       = concat {("+" | "-") concat};   concat = product {"~" product}
 *   product   = power {("*" | "/" | "//" | "%") power};   power = unary {"**" unary}
 *   unary     = ("-" | "+") unary | primary {postfix} {filter | test | call}
 *   postfix   = "." name | "." integer | "[" subscript "]" | call
 *
 * Words are special in their place only: where a value is expected, any of them is a name. */
#pragma once

#include "tmpl/lexer.h"
#include "tmpl/limits.h"

enum mention { /* names that a macro's or a loop's body may ask for */
	       MENTION_LOOP = 1,
	       MENTION_CALLER = 2,
	       MENTION_KWARGS = 4,
	       MENTION_VARARGS = 8,
};

struct mentions { /* of a body that is being parsed; assigning to a name ends asking for it */
	struct mentions *outer;
	unsigned open, found;
};

struct end_tags { /* what a body ends with */
	uint64_t words;
	const char *looking_for; /* "'endfor' or 'else'" */
};

struct open_tag { /* of a statement that is being parsed */
	struct open_tag *outer;
	const char *name;
	struct mark mark;
};

struct open_body {
	struct open_body *outer;
	const struct end_tags *ends;
};

struct parser {
	struct lexer lexer;
	struct heap *heap;
	struct token token, next; /* in hand, and looked at */
	bool has_next;
	struct mark last; /* of the token before */
	size_t last_end;  /* the offset where it ended, white space aside */
	unsigned depth;

	struct open_tag *tags;
	struct open_body *bodies;
	struct mentions *mentions;
	bool is_target;           /* names are assigned to, not asked for */
	bool is_in_loop;          /* break and continue have something to end */
	unsigned n_scopes;        /* around: extends stands in none */
	unsigned n_loops;         /* around: none of them lets `loop` be assigned to */
	unsigned n_scoped_blocks; /* so far */
	struct block_ref **blocks_end;
	struct diag late;
};

/* ---- tokens ---- */

int parser_advance(struct parser *parser) must_check;
int parser_advance_two(struct parser *parser) must_check;
int parser_look(struct parser *parser) must_check; /* fills `next` */
int parser_expect(struct parser *parser, enum token_kind kind) must_check;
int parser_expect_word(struct parser *parser, enum word word) must_check;
int parser_expect_name(struct parser *parser, const char **ret_name,
		       struct mark *ret_mark) must_check;
static inline bool parser_at(const struct parser *parser, enum token_kind kind)
{
	return parser->token.kind == kind;
}
/* The token is that word. Others than names have none. */
static inline bool parser_at_word(const struct parser *parser, enum word word)
{
	return parser->token.word == word;
}
/* *ret_was: it stood there and is behind us. */
int parser_skip(struct parser *parser, enum token_kind kind, bool *ret_was) must_check;
int parser_skip_word(struct parser *parser, enum word word, bool *ret_was) must_check;

int parser_fail(struct parser *parser, struct mark mark, const char *fmt, ...) printf_like(3, 4);
/* What only a template that can be read is told: the first of such faults, after all of it. */
void parser_fail_late(struct parser *parser, struct mark mark, const char *fmt, ...)
	printf_like(3, 4);
/* Into something nested, and out of it: `parser->depth--`. ERR_LIMIT. */
int parser_enter(struct parser *parser) must_check;
/* From `start` to the end of the last token, when that is on one line; else the start's own. */
struct mark parser_span(const struct parser *parser, struct mark start);

/* ---- expressions ---- */

struct expr *expr_new(struct parser *parser, enum expr_kind kind, struct mark mark);
/* expr->depth becomes one more than what hangs below. ERR_LIMIT. */
int expr_deepen(struct parser *parser, struct expr *expr, uint32_t below) must_check;

enum tuple_flags {
	TUPLE_NO_CONDITION = 1, /* `if` ends it */
	TUPLE_PARENTHESES = 2,  /* () is one */
};
int parse_expr(struct parser *parser, struct expr **ret_expr) must_check;
int parse_expr_no_condition(struct parser *parser, struct expr **ret_expr) must_check;
/* An expression, or several with commas, up to what closes a tag or a parenthesis. */
int parse_tuple(struct parser *parser, unsigned flags, struct expr **ret_expr) must_check;
bool parser_at_tuple_end(const struct parser *parser);
int parse_primary(struct parser *parser, struct expr **ret_expr) must_check;
int parse_unary(struct parser *parser, struct expr **ret_expr) must_check;
int parse_postfix(struct parser *parser, struct expr **expr) must_check;
int parse_args(struct parser *parser, struct args *ret_args, uint32_t *depth) must_check;
/* "f|g(1)" of *expr; is_first: no bar before the first. */
int parse_filters(struct parser *parser, bool is_first, struct expr **expr) must_check;

/* ---- targets ---- */

/* takes_attributes: ns.x too. */
int parse_target(struct parser *parser, bool takes_attributes,
		 struct target **ret_target) must_check;
/* A name alone: of a macro, a parameter, an import. */
int parse_target_name(struct parser *parser, const char **ret_name,
		      struct mark *ret_mark) must_check;
int parse_signature(struct parser *parser, struct macro_def *macro) must_check;
/* A name is asked for, or assigned to, in all bodies around. */
void mention_word(struct parser *parser, enum word word);
void mention_end(struct parser *parser, enum word word);

/* ---- statements ---- */

struct stmt_list {
	struct stmt **end;
};
static inline void stmt_append(struct stmt_list *list, struct stmt *stmt)
{
	*list->end = stmt;
	list->end = &stmt->next;
}
struct stmt *stmt_new(struct parser *parser, enum stmt_kind kind, struct mark mark);
/* The statement whose tag name is in hand; some give several, or none. */
typedef int stmt_parse_fn(struct parser *parser, struct mark mark, struct stmt_list *list);
int parse_statement(struct parser *parser, struct stmt_list *list) must_check;
/* From the end of an opening tag to one of `ends`, which is in hand then; is_last: and past it. */
int parse_body(struct parser *parser, const struct end_tags *ends, bool is_last,
	       struct stmt **ret_body) must_check;
/* A body that is a scope of its own, whose tag is the last. */
int parse_scope(struct parser *parser, const struct end_tags *ends,
		struct stmt **ret_body) must_check;

stmt_parse_fn parse_for, parse_if, parse_set, parse_with, parse_filter_block, parse_autoescape,
	parse_macro, parse_call_block, parse_block, parse_extends, parse_print, parse_do,
	parse_loop_control, parse_import, parse_from, parse_include, parse_load, parse_load_import,
	parse_profile;
