/* parse_expr.c - operators, from the loosest to the tightest.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include "base/banned.h"

enum precedence {
	PRECEDENCE_NONE,
	PRECEDENCE_OR,
	PRECEDENCE_AND,
	PRECEDENCE_NOT,
	PRECEDENCE_COMPARE,
	PRECEDENCE_SUM,
	PRECEDENCE_CONCAT,
	PRECEDENCE_PRODUCT,
	PRECEDENCE_POWER,
};

static const struct infix {
	enum precedence precedence;
	enum expr_kind kind;
	int op; /* enum value_op or enum compare_op */
} infixes[N_TOKENS] = {
	[TOKEN_EQ] = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_EQ},
	[TOKEN_NE] = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_NE},
	[TOKEN_LT] = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_LT},
	[TOKEN_LE] = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_LE},
	[TOKEN_GT] = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_GT},
	[TOKEN_GE] = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_GE},
	[TOKEN_ADD] = {PRECEDENCE_SUM, EXPR_BINARY, OP_ADD},
	[TOKEN_SUB] = {PRECEDENCE_SUM, EXPR_BINARY, OP_SUB},
	[TOKEN_TILDE] = {PRECEDENCE_CONCAT, EXPR_CONCAT, 0},
	[TOKEN_MUL] = {PRECEDENCE_PRODUCT, EXPR_BINARY, OP_MUL},
	[TOKEN_DIV] = {PRECEDENCE_PRODUCT, EXPR_BINARY, OP_DIV},
	[TOKEN_FLOORDIV] = {PRECEDENCE_PRODUCT, EXPR_BINARY, OP_FLOORDIV},
	[TOKEN_MOD] = {PRECEDENCE_PRODUCT, EXPR_BINARY, OP_MOD},
	[TOKEN_POW] = {PRECEDENCE_POWER, EXPR_BINARY, OP_POW},
};
static const struct infix infix_or = {PRECEDENCE_OR, EXPR_OR, 0};
static const struct infix infix_and = {PRECEDENCE_AND, EXPR_AND, 0};
static const struct infix infix_in = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_IN};
static const struct infix infix_not_in = {PRECEDENCE_COMPARE, EXPR_COMPARE, CMP_NOT_IN};

struct expr *expr_new(struct parser *parser, enum expr_kind kind, struct mark mark)
{
	struct expr *expr = heap_alloc(parser->heap, sizeof(*expr));

	expr->kind = kind;
	expr->mark = mark;
	return expr;
}

int expr_deepen(struct parser *parser, struct expr *expr, uint32_t below)
{
	if (below >= LIMIT_EXPR_DEPTH)
		return lexer_fail(&parser->lexer, ERR_LIMIT, expr->mark,
				  "an expression of more than %d steps", LIMIT_EXPR_DEPTH);
	expr->depth = below + 1;
	return 0;
}

static uint32_t deeper(const struct expr *a, const struct expr *b)
{
	return a->depth > b->depth ? a->depth : b->depth;
}

/* The operator in hand, when it binds at least as tight as `least`; NULL: there is none. */
static int infix_find(struct parser *parser, enum precedence least, const struct infix **ret_infix)
{
	const struct infix *infix = &infixes[parser->token.kind];

	if (parser_at_word(parser, WORD_OR))
		infix = &infix_or;
	else if (parser_at_word(parser, WORD_AND))
		infix = &infix_and;
	else if (parser_at_word(parser, WORD_IN))
		infix = &infix_in;
	else if (parser_at_word(parser, WORD_NOT) && least <= PRECEDENCE_COMPARE) {
		if (parser_look(parser))
			return -1;
		if (parser->next.word == WORD_IN)
			infix = &infix_not_in;
	}
	*ret_infix = infix->precedence >= least && infix->precedence ? infix : NULL;
	return 0;
}

static int parse_infix(struct parser *parser, enum precedence least, struct expr **ret_expr);

/* a < b <= c: one node with all of them. */
static int parse_compares(struct parser *parser, const struct infix *infix, struct expr **left)
{
	struct expr *expr = expr_new(parser, EXPR_COMPARE, parser->token.mark);
	struct compare **end = &expr->compares;
	uint32_t below = (*left)->depth;

	expr->of = *left;
	while (infix) {
		struct compare *compare = heap_alloc(parser->heap, sizeof(*compare));

		compare->op = (enum compare_op)infix->op;
		if ((infix == &infix_not_in && parser_advance(parser)) || parser_advance(parser) ||
		    parse_infix(parser, PRECEDENCE_SUM, &compare->right))
			return -1;
		if (compare->right->depth > below)
			below = compare->right->depth;
		*end = compare;
		end = &compare->next;
		if (infix_find(parser, PRECEDENCE_COMPARE, &infix))
			return -1;
	}
	*left = expr;
	return expr_deepen(parser, expr, below);
}

/* a ~ b ~ c */
static int parse_concat(struct parser *parser, struct expr **left)
{
	struct expr *expr = expr_new(parser, EXPR_CONCAT, parser->token.mark);
	struct expr **end = &(*left)->next;
	uint32_t below = (*left)->depth;

	expr->items = *left;
	expr->n_items = 1;
	while (parser_at(parser, TOKEN_TILDE)) {
		struct expr *item = NULL;

		if (parser_advance(parser) || parse_infix(parser, PRECEDENCE_PRODUCT, &item))
			return -1;
		if (item->depth > below)
			below = item->depth;
		*end = item;
		end = &item->next;
		expr->n_items++;
	}
	*left = expr;
	return expr_deepen(parser, expr, below);
}

static int parse_two_sided(struct parser *parser, const struct infix *infix, struct expr **left)
{
	struct expr *expr = expr_new(parser, infix->kind, parser->token.mark);

	expr->op = (enum value_op)infix->op;
	expr->left = *left;
	*left = expr;
	if (parser_advance(parser) || parse_infix(parser, infix->precedence + 1, &expr->right))
		return -1;
	return expr_deepen(parser, expr, deeper(expr->left, expr->right));
}

static int parse_not(struct parser *parser, struct expr **ret_expr)
{
	struct expr *expr = expr_new(parser, EXPR_NOT, parser->token.mark);

	if (parser_enter(parser) || parser_advance(parser) ||
	    parse_infix(parser, PRECEDENCE_NOT, &expr->of))
		return -1;
	parser->depth--;
	*ret_expr = expr;
	return expr_deepen(parser, expr, expr->of->depth);
}

/* Operators that bind at least as tight as `least`; all of them are read from the left. */
static int parse_infix(struct parser *parser, enum precedence least, struct expr **ret_expr)
{
	const struct infix *infix = NULL;
	struct expr *left = NULL;
	bool is_not = least <= PRECEDENCE_NOT && parser_at_word(parser, WORD_NOT);

	if (is_not ? parse_not(parser, &left) : parse_unary(parser, &left))
		return -1;
	for (int failed = 0;;) {
		if (infix_find(parser, least, &infix))
			return -1;
		if (!infix)
			break;
		if (infix->kind == EXPR_COMPARE)
			failed = parse_compares(parser, infix, &left);
		else if (infix->kind == EXPR_CONCAT)
			failed = parse_concat(parser, &left);
		else
			failed = parse_two_sided(parser, infix, &left);
		if (failed)
			return -1;
	}
	*ret_expr = left;
	return 0;
}

int parse_expr_no_condition(struct parser *parser, struct expr **ret_expr)
{
	if (parser_enter(parser) || parse_infix(parser, PRECEDENCE_OR, ret_expr))
		return -1;
	parser->depth--;
	return 0;
}

/* THEN "if" TEST ["else" OTHERWISE] */
static int parse_condition(struct parser *parser, struct expr **then)
{
	struct expr *expr = expr_new(parser, EXPR_CONDITION, parser->token.mark);
	bool has_else = false;

	expr->then = *then;
	if (parser_advance(parser) || parse_infix(parser, PRECEDENCE_OR, &expr->test) ||
	    parser_skip_word(parser, WORD_ELSE, &has_else) ||
	    (has_else && parse_expr(parser, &expr->otherwise)))
		return -1;
	uint32_t below = deeper(expr->then, expr->test);
	if (has_else && expr->otherwise->depth > below)
		below = expr->otherwise->depth;
	*then = expr;
	return expr_deepen(parser, expr, below);
}

int parse_expr(struct parser *parser, struct expr **ret_expr)
{
	struct expr *expr = NULL;

	if (parser_enter(parser) || parse_infix(parser, PRECEDENCE_OR, &expr))
		return -1;
	while (parser_at_word(parser, WORD_IF))
		if (parse_condition(parser, &expr))
			return -1;
	parser->depth--;
	*ret_expr = expr;
	return 0;
}

bool parser_at_tuple_end(const struct parser *parser)
{
	return parser_at(parser, TOKEN_VARIABLE_END) || parser_at(parser, TOKEN_BLOCK_END) ||
	       parser_at(parser, TOKEN_RPAREN);
}

static int parse_tuple_item(struct parser *parser, unsigned flags, struct expr **ret_expr)
{
	return flags & TUPLE_NO_CONDITION ? parse_expr_no_condition(parser, ret_expr)
					  : parse_expr(parser, ret_expr);
}

int parse_tuple(struct parser *parser, unsigned flags, struct expr **ret_expr)
{
	struct mark mark = parser->token.mark;
	struct expr *items = NULL, **items_end = &items;
	uint32_t n = 0, below = 0;
	bool is_tuple = false;

	while (!parser_at_tuple_end(parser)) {
		if (parse_tuple_item(parser, flags, items_end))
			return -1;
		if ((*items_end)->depth > below)
			below = (*items_end)->depth;
		items_end = &(*items_end)->next;
		n++;
		if (!parser_at(parser, TOKEN_COMMA))
			break;
		is_tuple = true;
		if (parser_advance(parser))
			return -1;
	}
	if (!is_tuple && n) {
		*ret_expr = items;
		return 0;
	}
	if (!is_tuple && !(flags & TUPLE_PARENTHESES))
		return parser_fail(parser, parser->token.mark, "Expected an expression, got '%s'",
				   token_describe(&parser->token));
	struct expr *tuple = expr_new(parser, EXPR_TUPLE, parser_span(parser, mark));
	tuple->items = items;
	tuple->n_items = n;
	*ret_expr = tuple;
	return expr_deepen(parser, tuple, below);
}
