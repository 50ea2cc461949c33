/* parse_operand.c - what operators work on: literals, names, and what follows them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include "base/banned.h"

static int parse_constant(struct parser *parser, struct value value, struct expr **ret_expr)
{
	struct expr *expr = expr_new(parser, EXPR_CONST, parser->token.mark);

	expr->constant = value;
	*ret_expr = expr;
	return parser_advance(parser);
}

static int parse_name(struct parser *parser, struct expr **ret_expr)
{
	enum word word = parser->token.word;

	if (word == WORD_TRUE || word == WORD_TRUE_ || word == WORD_FALSE || word == WORD_FALSE_)
		return parse_constant(parser, value_bool(word == WORD_TRUE || word == WORD_TRUE_),
				      ret_expr);
	if (word == WORD_NONE || word == WORD_NONE_)
		return parse_constant(parser, value_none(), ret_expr);
	struct expr *expr = expr_new(parser, EXPR_NAME, parser->token.mark);
	expr->name = parser->token.name;
	if (!parser->is_target)
		mention_word(parser, word);
	*ret_expr = expr;
	return parser_advance(parser);
}

/* "a" 'b' is "ab". */
static int parse_strings(struct parser *parser, struct expr **ret_expr)
{
	struct mark mark = parser->token.mark;
	struct str first = value_bytes(parser->token.value);
	autobuf struct buf joined = {.max = LIMIT_TEMPLATE};

	if (parse_constant(parser, parser->token.value, ret_expr))
		return -1;
	if (!parser_at(parser, TOKEN_STRING))
		return 0;
	buf_append_str(&joined, first);
	while (parser_at(parser, TOKEN_STRING)) {
		buf_append_str(&joined, value_bytes(parser->token.value));
		if (parser_advance(parser))
			return -1;
	}
	(*ret_expr)->constant =
		value_view((struct str){heap_strdup(parser->heap, buf_str(&joined)), joined.len});
	(*ret_expr)->mark = parser_span(parser, mark);
	return 0;
}

static int parse_parentheses(struct parser *parser, struct expr **ret_expr)
{
	if (parser_enter(parser) || parser_advance(parser) ||
	    parse_tuple(parser, TUPLE_PARENTHESES, ret_expr) || parser_expect(parser, TOKEN_RPAREN))
		return -1;
	parser->depth--;
	return 0;
}

/* [a, b] and {a: b}: expressions up to `close`. */
static int parse_items(struct parser *parser, enum expr_kind kind, enum token_kind close,
		       struct expr **ret_expr)
{
	struct mark mark = parser->token.mark;
	struct expr *expr = expr_new(parser, kind, mark), **end = &expr->items;
	uint32_t below = 0;

	if (parser_enter(parser) || parser_advance(parser))
		return -1;
	while (!parser_at(parser, close)) {
		/* Behind a key comes a colon, behind all else a comma. */
		bool is_value = kind == EXPR_DICT && expr->n_items % 2;

		if (expr->n_items && parser_expect(parser, is_value ? TOKEN_COLON : TOKEN_COMMA))
			return -1;
		if (!is_value && parser_at(parser, close))
			break;
		if (parse_expr(parser, end))
			return -1;
		if ((*end)->depth > below)
			below = (*end)->depth;
		end = &(*end)->next;
		expr->n_items++;
	}
	if (kind == EXPR_DICT && expr->n_items % 2)
		return parser_expect(parser, TOKEN_COLON);
	if (parser_expect(parser, close))
		return -1;
	parser->depth--;
	expr->mark = parser_span(parser, mark);
	*ret_expr = expr;
	return expr_deepen(parser, expr, below);
}

int parse_primary(struct parser *parser, struct expr **ret_expr)
{
	switch (parser->token.kind) {
	case TOKEN_NAME: return parse_name(parser, ret_expr);
	case TOKEN_STRING: return parse_strings(parser, ret_expr);
	case TOKEN_INT:
	case TOKEN_FLOAT: return parse_constant(parser, parser->token.value, ret_expr);
	case TOKEN_LPAREN: return parse_parentheses(parser, ret_expr);
	case TOKEN_LBRACKET: return parse_items(parser, EXPR_LIST, TOKEN_RBRACKET, ret_expr);
	case TOKEN_LBRACE: return parse_items(parser, EXPR_DICT, TOKEN_RBRACE, ret_expr);
	default:
		return parser_fail(parser, parser->token.mark, "unexpected '%s'",
				   token_describe(&parser->token));
	}
}

/* ---- x.y, x[y], x(y) ---- */

static int parse_dot(struct parser *parser, struct expr **expr)
{
	struct expr *of = *expr, *result = NULL;

	if (parser_advance(parser))
		return -1;
	struct token token = parser->token;
	if (parser_advance(parser))
		return -1;
	if (token.kind == TOKEN_NAME) {
		result = expr_new(parser, EXPR_ATTRIBUTE, token.mark);
		result->name = token.name;
	} else if (token.kind == TOKEN_INT) {
		result = expr_new(parser, EXPR_ITEM, token.mark);
		result->index = expr_new(parser, EXPR_CONST, token.mark);
		result->index->constant = token.value;
	} else {
		return parser_fail(parser, token.mark, "expected name or number");
	}
	result->of = of;
	*expr = result;
	return expr_deepen(parser, result, of->depth);
}

/* A part of [a:b:c]: left out when a colon, a comma or the end comes at once. */
static int parse_slice_part(struct parser *parser, struct expr **ret_expr)
{
	if (parser_at(parser, TOKEN_COLON) || parser_at(parser, TOKEN_RBRACKET) ||
	    parser_at(parser, TOKEN_COMMA))
		return 0;
	return parse_expr(parser, ret_expr);
}

/* Behind '['. Fills parts[0] alone, and says so, when it is no slice. */
static int parse_subscript(struct parser *parser, struct expr *parts[3], bool *ret_is_slice)
{
	bool has_step = false;

	if (!parser_at(parser, TOKEN_COLON) && parse_expr(parser, &parts[0]))
		return -1;
	if (parser_skip(parser, TOKEN_COLON, ret_is_slice))
		return -1;
	if (!*ret_is_slice)
		return 0;
	if (parse_slice_part(parser, &parts[1]) || parser_skip(parser, TOKEN_COLON, &has_step) ||
	    (has_step && parse_slice_part(parser, &parts[2])))
		return -1;
	return 0;
}

static uint32_t deepest(struct expr *const *exprs, size_t n)
{
	uint32_t depth = 0;

	for (size_t i = 0; i < n; i++)
		if (exprs[i] && exprs[i]->depth > depth)
			depth = exprs[i]->depth;
	return depth;
}

/* x[a, b]: a tuple is the key. */
static int parse_subscript_tuple(struct parser *parser, struct expr *first, struct expr **ret_index)
{
	struct expr *tuple = expr_new(parser, EXPR_TUPLE, parser->token.mark);
	struct expr **end = first ? &first->next : &tuple->items;
	uint32_t below = first ? first->depth : 0;

	if (first)
		tuple->items = first;
	tuple->n_items = first != NULL;
	while (!parser_at(parser, TOKEN_RBRACKET)) {
		if (parser_expect(parser, TOKEN_COMMA) || parse_expr(parser, end))
			return -1;
		if ((*end)->depth > below)
			below = (*end)->depth;
		end = &(*end)->next;
		tuple->n_items++;
	}
	*ret_index = tuple;
	return expr_deepen(parser, tuple, below);
}

static int parse_brackets(struct parser *parser, struct expr **expr)
{
	struct mark mark = parser->token.mark;
	struct expr *of = *expr, *parts[3] = {0};
	bool is_slice = false;

	if (parser_enter(parser) || parser_advance(parser))
		return -1;
	bool is_empty = parser_at(parser, TOKEN_RBRACKET);
	if (!is_empty && parse_subscript(parser, parts, &is_slice))
		return -1;
	if (is_slice && parser_at(parser, TOKEN_COMMA))
		return parser_fail(parser, parser->token.mark,
				   "a slice cannot be one of several subscripts");
	if ((is_empty || !parser_at(parser, TOKEN_RBRACKET)) &&
	    parse_subscript_tuple(parser, parts[0], &parts[0]))
		return -1;
	if (parser_expect(parser, TOKEN_RBRACKET))
		return -1;
	parser->depth--;
	struct expr *result =
		expr_new(parser, is_slice ? EXPR_SLICE : EXPR_ITEM, parser_span(parser, mark));
	result->of = of;
	if (is_slice)
		memcpy(result->slice, parts, sizeof(parts));
	else
		result->index = parts[0];
	*expr = result;
	uint32_t below = deepest(parts, ARRAY_LEN(parts));
	return expr_deepen(parser, result, below > of->depth ? below : of->depth);
}

static int parse_call(struct parser *parser, struct expr **expr)
{
	struct expr *of = *expr, *result = expr_new(parser, EXPR_CALL, of->mark);
	uint32_t below = of->depth;

	result->of = of;
	*expr = result;
	return parse_args(parser, &result->args, &below) ? -1 : expr_deepen(parser, result, below);
}

int parse_postfix(struct parser *parser, struct expr **expr)
{
	for (int failed = 0; !failed;) {
		switch (parser->token.kind) {
		case TOKEN_DOT: failed = parse_dot(parser, expr); break;
		case TOKEN_LBRACKET: failed = parse_brackets(parser, expr); break;
		case TOKEN_LPAREN: failed = parse_call(parser, expr); break;
		default: return 0;
		}
	}
	return -1;
}

/* ---- filters and tests ---- */

/* "name" or "name.name". */
static int parse_dotted_name(struct parser *parser, const char **ret_name, struct mark *ret_mark)
{
	struct mark last = {0};
	autobuf struct buf dotted = {0};

	if (parser_expect_name(parser, ret_name, ret_mark))
		return -1;
	if (!parser_at(parser, TOKEN_DOT))
		return 0;
	buf_puts(&dotted, *ret_name);
	while (parser_at(parser, TOKEN_DOT)) {
		if (parser_advance(parser) || parser_expect_name(parser, ret_name, &last))
			return -1;
		buf_printf(&dotted, ".%s", *ret_name);
	}
	*ret_mark = parser_span(parser, *ret_mark);
	*ret_name = names_intern(parser->lexer.names, parser->heap, buf_str(&dotted));
	return 0;
}

int parse_filters(struct parser *parser, bool is_first, struct expr **expr)
{
	while (is_first || parser_at(parser, TOKEN_PIPE)) {
		struct expr *of = *expr, *filter = expr_new(parser, EXPR_FILTER, (struct mark){0});
		uint32_t below = of ? of->depth : 0;

		if ((!is_first && parser_advance(parser)) ||
		    parse_dotted_name(parser, &filter->name, &filter->mark) ||
		    (parser_at(parser, TOKEN_LPAREN) && parse_args(parser, &filter->args, &below)))
			return -1;
		filter->of = of;
		*expr = filter;
		if (expr_deepen(parser, filter, below))
			return -1;
		is_first = false;
	}
	return 0;
}

static bool is_test_argument(const struct parser *parser)
{
	switch (parser->token.kind) {
	case TOKEN_NAME:
		return !parser_at_word(parser, WORD_ELSE) && !parser_at_word(parser, WORD_OR) &&
		       !parser_at_word(parser, WORD_AND);
	case TOKEN_STRING:
	case TOKEN_INT:
	case TOKEN_FLOAT:
	case TOKEN_LBRACKET:
	case TOKEN_LBRACE: return true;
	default: return false;
	}
}

/* "is divisibleby 3": one argument without parentheses. */
static int parse_test_argument(struct parser *parser, struct args *args, uint32_t *below)
{
	if (parser_at_word(parser, WORD_IS))
		return parser_fail(parser, parser->token.mark,
				   "You cannot chain multiple tests with is");
	if (parse_primary(parser, &args->positional) || parse_postfix(parser, &args->positional))
		return -1;
	args->n_positional = 1;
	if (args->positional->depth > *below)
		*below = args->positional->depth;
	return 0;
}

static int parse_test(struct parser *parser, struct expr **expr)
{
	struct expr *test = expr_new(parser, EXPR_TEST, (struct mark){0});
	uint32_t below = (*expr)->depth;
	int failed = 0;

	test->of = *expr;
	*expr = test;
	if (parser_advance(parser) || parser_skip_word(parser, WORD_NOT, &test->is_negated) ||
	    parse_dotted_name(parser, &test->name, &test->mark))
		return -1;
	if (parser_at(parser, TOKEN_LPAREN))
		failed = parse_args(parser, &test->args, &below);
	else if (is_test_argument(parser))
		failed = parse_test_argument(parser, &test->args, &below);
	return failed ? -1 : expr_deepen(parser, test, below);
}

static int parse_sign(struct parser *parser, struct expr **ret_expr)
{
	enum expr_kind kind = parser_at(parser, TOKEN_SUB) ? EXPR_NEGATE : EXPR_PLUS;
	struct expr *expr = expr_new(parser, kind, parser->token.mark);
	bool is_signed = false;

	if (parser_enter(parser) || parser_advance(parser))
		return -1;
	is_signed = parser_at(parser, TOKEN_SUB) || parser_at(parser, TOKEN_ADD);
	if (is_signed ? parse_sign(parser, &expr->of)
		      : (parse_primary(parser, &expr->of) || parse_postfix(parser, &expr->of)))
		return -1;
	parser->depth--;
	*ret_expr = expr;
	return expr_deepen(parser, expr, expr->of->depth);
}

int parse_unary(struct parser *parser, struct expr **ret_expr)
{
	bool is_signed = parser_at(parser, TOKEN_SUB) || parser_at(parser, TOKEN_ADD);
	int failed = is_signed ? parse_sign(parser, ret_expr) : parse_primary(parser, ret_expr);

	if (failed || parse_postfix(parser, ret_expr))
		return -1;
	while (!failed) {
		if (parser_at(parser, TOKEN_PIPE))
			failed = parse_filters(parser, false, ret_expr);
		else if (parser_at_word(parser, WORD_IS))
			failed = parse_test(parser, ret_expr);
		else if (parser_at(parser, TOKEN_LPAREN))
			failed = parse_call(parser, ret_expr);
		else
			return 0;
	}
	return -1;
}
