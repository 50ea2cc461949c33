/* parse_args.c - what stands between the parentheses of a call.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include "base/banned.h"

struct arg_list {
	struct args *args;
	struct expr **positional_end;
	struct keyword_arg **keywords_end;
	struct mark mark; /* of the parenthesis: where a wrong order is told */
	uint32_t depth;
};

static void arg_depth(struct arg_list *list, const struct expr *expr)
{
	if (expr->depth > list->depth)
		list->depth = expr->depth;
}

/* *x and **x, behind which some may not follow. */
static int parse_star(struct parser *parser, struct arg_list *list, struct expr **star,
		      bool is_allowed)
{
	if (!is_allowed)
		return parser_fail(parser, list->mark,
				   "invalid syntax for function call expression");
	if (parser_advance(parser) || parse_expr(parser, star))
		return -1;
	arg_depth(list, *star);
	return 0;
}

static int parse_keyword(struct parser *parser, struct arg_list *list)
{
	struct keyword_arg *keyword = heap_alloc(parser->heap, sizeof(*keyword));

	keyword->name = parser->token.name;
	for (const struct keyword_arg *other = list->args->keywords; other; other = other->next)
		if (other->name == keyword->name)
			parser_fail_late(parser, parser->token.mark,
					 "keyword argument repeated: %s", keyword->name);
	if (list->args->n_keywords == LIMIT_ARGUMENTS)
		return lexer_fail(&parser->lexer, ERR_LIMIT, parser->token.mark,
				  "more than %d named arguments", LIMIT_ARGUMENTS);
	if (parser_advance_two(parser) || parse_expr(parser, &keyword->value))
		return -1;
	arg_depth(list, keyword->value);
	*list->keywords_end = keyword;
	list->keywords_end = &keyword->next;
	list->args->n_keywords++;
	return 0;
}

static int parse_arg(struct parser *parser, struct arg_list *list)
{
	struct args *args = list->args;
	bool is_keyword = false;

	if (parser_at(parser, TOKEN_MUL))
		return parse_star(parser, list, &args->star, !args->star && !args->star_star);
	if (parser_at(parser, TOKEN_POW))
		return parse_star(parser, list, &args->star_star, !args->star_star);
	if (parser_at(parser, TOKEN_NAME)) {
		if (parser_look(parser))
			return -1;
		is_keyword = parser->next.kind == TOKEN_ASSIGN;
	}
	if (args->star_star || (!is_keyword && (args->star || args->keywords)))
		return parser_fail(parser, list->mark,
				   "invalid syntax for function call expression");
	if (is_keyword)
		return parse_keyword(parser, list);
	if (parse_expr(parser, list->positional_end))
		return -1;
	arg_depth(list, *list->positional_end);
	list->positional_end = &(*list->positional_end)->next;
	args->n_positional++;
	return 0;
}

int parse_args(struct parser *parser, struct args *ret_args, uint32_t *depth)
{
	struct arg_list list = {.args = ret_args,
				.positional_end = &ret_args->positional,
				.keywords_end = &ret_args->keywords,
				.mark = parser->token.mark,
				.depth = *depth};

	if (parser_enter(parser) || parser_expect(parser, TOKEN_LPAREN))
		return -1;
	for (bool is_first = true; !parser_at(parser, TOKEN_RPAREN); is_first = false) {
		if (!is_first && parser_expect(parser, TOKEN_COMMA))
			return -1;
		if (!is_first && parser_at(parser, TOKEN_RPAREN))
			break;
		if (parse_arg(parser, &list))
			return -1;
	}
	parser->depth--;
	*depth = list.depth;
	return parser_expect(parser, TOKEN_RPAREN);
}
