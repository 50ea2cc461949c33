/* parse_target.c - names that get values: targets, parameters, and who asks for which name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include "base/banned.h"

/* What messages call an expression that nothing can be assigned to. */
static const char *const expr_names[] = {
	[EXPR_CONST] = "const",     [EXPR_NAME] = "name",
	[EXPR_LIST] = "list",       [EXPR_TUPLE] = "tuple",
	[EXPR_DICT] = "dict",       [EXPR_ATTRIBUTE] = "getattr",
	[EXPR_ITEM] = "getitem",    [EXPR_SLICE] = "getitem",
	[EXPR_CALL] = "call",       [EXPR_FILTER] = "filter",
	[EXPR_TEST] = "test",       [EXPR_NOT] = "not",
	[EXPR_NEGATE] = "neg",      [EXPR_PLUS] = "pos",
	[EXPR_BINARY] = "binexpr",  [EXPR_AND] = "and",
	[EXPR_OR] = "or",           [EXPR_CONCAT] = "concat",
	[EXPR_COMPARE] = "compare", [EXPR_CONDITION] = "condexpr",
};

static unsigned mention_of(enum word word)
{
	switch (word) {
	case WORD_LOOP: return MENTION_LOOP;
	case WORD_CALLER: return MENTION_CALLER;
	case WORD_KWARGS: return MENTION_KWARGS;
	case WORD_VARARGS: return MENTION_VARARGS;
	default: return 0;
	}
}

void mention_word(struct parser *parser, enum word word)
{
	unsigned mention = mention_of(word);

	if (!mention)
		return;
	for (struct mentions *m = parser->mentions; m; m = m->outer)
		m->found |= mention & m->open;
}

void mention_end(struct parser *parser, enum word word)
{
	unsigned mention = mention_of(word);

	if (!mention)
		return;
	for (struct mentions *m = parser->mentions; m; m = m->outer)
		m->open &= ~mention;
}

/* ---- targets ---- */

static bool is_constant_word(enum word word)
{
	return word == WORD_TRUE || word == WORD_TRUE_ || word == WORD_FALSE ||
	       word == WORD_FALSE_ || word == WORD_NONE || word == WORD_NONE_;
}

static struct target *target_new(struct parser *parser, enum target_kind kind, struct mark mark)
{
	struct target *target = heap_alloc(parser->heap, sizeof(*target));

	target->kind = kind;
	target->mark = mark;
	return target;
}

static void check_loop_target(struct parser *parser, enum word word, struct mark mark)
{
	if (word == WORD_LOOP && parser->n_loops)
		parser_fail_late(parser, mark,
				 "Can't assign to special loop variable in for-loop target");
}

/* What an expression in parentheses means as a target; NULL: nothing. Its depth is the parser's. */
static struct target *target_of(struct parser *parser, const struct expr *expr)
{
	struct target *target = NULL, **end = NULL;

	if (expr->kind == EXPR_NAME) {
		struct str name = str_of(expr->name);

		target = target_new(parser, TARGET_NAME, expr->mark);
		target->name = expr->name;
		mention_end(parser,
			    (enum word)names_slot(parser->lexer.names, parser->heap, name)->word);
		return target;
	}
	if (expr->kind != EXPR_TUPLE)
		return NULL;
	target = target_new(parser, TARGET_TUPLE, expr->mark);
	end = &target->items;
	for (const struct expr *item = expr->items; item; item = item->next) {
		*end = target_of(parser, item);
		if (!*end)
			return NULL;
		end = &(*end)->next;
		target->n_items++;
	}
	return target;
}

/* One of the names of a target. *ret_refused: what it is instead, to be told when all are read. */
static int parse_target_item(struct parser *parser, bool takes_attributes,
			     struct target **ret_target, const char **ret_refused)
{
	struct mark mark = parser->token.mark;
	struct expr *expr = NULL;
	bool is_name = parser_at(parser, TOKEN_NAME) && !is_constant_word(parser->token.word);

	if (!is_name) {
		bool was_target = parser->is_target;

		parser->is_target = true;
		if (parse_primary(parser, &expr))
			return -1;
		parser->is_target = was_target;
		*ret_target = target_of(parser, expr);
		if (!*ret_target)
			*ret_refused = expr_names[expr->kind];
		return 0;
	}
	if (parser_look(parser))
		return -1;
	struct target *target = target_new(parser, TARGET_NAME, mark);
	target->name = parser->token.name;
	*ret_target = target;
	if (takes_attributes && parser->next.kind == TOKEN_DOT) {
		target->kind = TARGET_ATTRIBUTE;
		mention_word(parser, parser->token.word);
		return parser_advance_two(parser) ||
				       parser_expect_name(parser, &target->attribute, &mark)
			       ? -1
			       : 0;
	}
	check_loop_target(parser, parser->token.word, mark);
	mention_end(parser, parser->token.word);
	return parser_advance(parser);
}

int parse_target(struct parser *parser, bool takes_attributes, struct target **ret_target)
{
	struct target *tuple = target_new(parser, TARGET_TUPLE, parser->token.mark);
	struct target **end = &tuple->items;
	const char *refused = NULL;
	bool is_tuple = false;

	while (!parser_at_tuple_end(parser)) {
		struct target *item = NULL;

		if (parse_target_item(parser, takes_attributes, &item, &refused))
			return -1;
		if (item) {
			*end = item;
			end = &item->next;
		}
		tuple->n_items++;
		if (!parser_at(parser, TOKEN_COMMA))
			break;
		is_tuple = true;
		if (parser_advance(parser))
			return -1;
	}
	if (!tuple->n_items)
		return parser_fail(parser, parser->token.mark, "Expected an expression, got '%s'",
				   token_describe(&parser->token));
	if (refused)
		return parser_fail(parser, tuple->mark, "can't assign to '%s'",
				   is_tuple ? "tuple" : refused);
	*ret_target = is_tuple ? tuple : tuple->items;
	return 0;
}

int parse_target_name(struct parser *parser, const char **ret_name, struct mark *ret_mark)
{
	bool is_constant = is_constant_word(parser->token.word);

	if (parser_expect_name(parser, ret_name, ret_mark))
		return -1;
	return is_constant ? parser_fail(parser, *ret_mark, "can't assign to 'name'") : 0;
}

/* ---- parameters ---- */

static int parse_parameter(struct parser *parser, struct macro_def *macro,
			   struct parameter *parameter)
{
	struct mark mark = {0};
	enum word word = parser->token.word;
	bool has_fallback = false, is_after_fallback = false;

	if (parser_expect_name(parser, &parameter->name, &mark))
		return -1;
	if (is_constant_word(word))
		return parser_fail(parser, mark, "can't assign to 'name'");
	for (const struct parameter *p = macro->parameters; p; p = p->next) {
		is_after_fallback |= p->fallback != NULL;
		if (p->name == parameter->name)
			parser_fail_late(parser, mark,
					 "duplicate argument '%s' in function definition", p->name);
	}
	if (parser_skip(parser, TOKEN_ASSIGN, &has_fallback) ||
	    (has_fallback && parse_expr(parser, &parameter->fallback)))
		return -1;
	if (!has_fallback && is_after_fallback)
		return parser_fail(parser, mark, "non-default argument follows default argument");
	mention_end(parser, word);
	return 0;
}

int parse_signature(struct parser *parser, struct macro_def *macro)
{
	struct parameter **end = &macro->parameters;

	if (parser_expect(parser, TOKEN_LPAREN))
		return -1;
	while (!parser_at(parser, TOKEN_RPAREN)) {
		struct parameter *parameter = heap_alloc(parser->heap, sizeof(*parameter));

		if (macro->n_parameters && parser_expect(parser, TOKEN_COMMA))
			return -1;
		if (macro->n_parameters == LIMIT_ARGUMENTS)
			return lexer_fail(&parser->lexer, ERR_LIMIT, parser->token.mark,
					  "more than %d parameters", LIMIT_ARGUMENTS);
		if (parse_parameter(parser, macro, parameter))
			return -1;
		*end = parameter;
		end = &parameter->next;
		macro->n_parameters++;
	}
	return parser_expect(parser, TOKEN_RPAREN);
}
