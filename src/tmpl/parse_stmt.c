/* parse_stmt.c - loops, conditions, assignments and other tags around a body.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include "base/banned.h"

#define BIT(name) ((uint64_t)1 << (WORD_##name - 1))

static const struct end_tags ends_for = {BIT(ENDFOR) | BIT(ELSE), "'endfor' or 'else'"};
static const struct end_tags ends_for_else = {BIT(ENDFOR), "'endfor'"};
static const struct end_tags ends_if = {BIT(ELIF) | BIT(ELSE) | BIT(ENDIF),
					"'elif' or 'else' or 'endif'"};
static const struct end_tags ends_if_else = {BIT(ENDIF), "'endif'"};
static const struct end_tags ends_set = {BIT(ENDSET), "'endset'"};
static const struct end_tags ends_with = {BIT(ENDWITH), "'endwith'"};
static const struct end_tags ends_filter = {BIT(ENDFILTER), "'endfilter'"};
static const struct end_tags ends_autoescape = {BIT(ENDAUTOESCAPE), "'endautoescape'"};

/* ---- for ---- */

static int parse_for_header(struct parser *parser, struct stmt *stmt)
{
	bool has_filter = false;

	return parser_advance(parser) || parse_target(parser, false, &stmt->loop.target) ||
			       parser_expect_word(parser, WORD_IN) ||
			       parse_tuple(parser, TUPLE_NO_CONDITION, &stmt->loop.of) ||
			       parser_skip_word(parser, WORD_IF, &has_filter) ||
			       (has_filter && parse_expr(parser, &stmt->loop.filter)) ||
			       parser_skip_word(parser, WORD_RECURSIVE, &stmt->loop.is_recursive)
		       ? -1
		       : 0;
}

/* The body that runs once for each; what it asks for is told in *ret_found. */
static int parse_for_body(struct parser *parser, struct stmt *stmt, unsigned *ret_found)
{
	struct mentions mentions = {parser->mentions, MENTION_LOOP, 0};
	bool was_in_loop = parser->is_in_loop;

	parser->mentions = &mentions;
	parser->is_in_loop = true;
	int failed = parse_body(parser, &ends_for, false, &stmt->loop.body);
	parser->mentions = mentions.outer;
	parser->is_in_loop = was_in_loop;
	*ret_found = mentions.found;
	return failed;
}

int parse_for(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_FOR, mark);
	unsigned found = 0, n_scoped = parser->n_scoped_blocks;

	parser->n_loops++;
	parser->n_scopes++;
	if (parse_for_header(parser, stmt) || parse_for_body(parser, stmt, &found))
		return -1;
	bool has_else = parser_at_word(parser, WORD_ELSE);
	if (parser_advance(parser) ||
	    (has_else && parse_body(parser, &ends_for_else, true, &stmt->loop.otherwise)))
		return -1;
	parser->n_loops--;
	parser->n_scopes--;
	stmt->loop.uses_loop = stmt->loop.is_recursive || (found & MENTION_LOOP) ||
			       parser->n_scoped_blocks > n_scoped;
	stmt_append(list, stmt);
	return 0;
}

int parse_loop_control(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	bool is_break = parser_at_word(parser, WORD_BREAK);

	if (!parser->is_in_loop)
		parser_fail_late(parser, mark, "%s",
				 is_break ? "'break' outside loop"
					  : "'continue' not properly in loop");
	stmt_append(list, stmt_new(parser, is_break ? STMT_BREAK : STMT_CONTINUE, mark));
	return parser_advance(parser);
}

/* ---- if ---- */

int parse_if(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_IF, mark);
	struct branch **end = &stmt->branches;

	for (bool is_else = false; !parser_at_word(parser, WORD_ENDIF);) {
		struct branch *branch = heap_alloc(parser->heap, sizeof(*branch));

		is_else = parser_at_word(parser, WORD_ELSE);
		if (parser_advance(parser) ||
		    (!is_else && parse_tuple(parser, TUPLE_NO_CONDITION, &branch->test)) ||
		    parse_body(parser, is_else ? &ends_if_else : &ends_if, false, &branch->body))
			return -1;
		*end = branch;
		end = &branch->next;
	}
	stmt_append(list, stmt);
	return parser_advance(parser);
}

/* ---- set and with ---- */

int parse_set(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_SET, mark);
	bool has_value = false;

	if (parser_advance(parser) || parse_target(parser, true, &stmt->set.target) ||
	    parser_skip(parser, TOKEN_ASSIGN, &has_value))
		return -1;
	stmt_append(list, stmt);
	if (has_value)
		return parse_tuple(parser, 0, &stmt->set.expr);
	stmt->kind = STMT_SET_BLOCK;
	if (parse_filters(parser, false, &stmt->set.filters))
		return -1;
	return parse_scope(parser, &ends_set, &stmt->set.body);
}

int parse_with(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_WITH, mark);
	struct target **targets_end = &stmt->with.targets;
	struct expr **values_end = &stmt->with.values;

	if (parser_advance(parser))
		return -1;
	for (bool is_first = true; !parser_at(parser, TOKEN_BLOCK_END); is_first = false) {
		if ((!is_first && parser_expect(parser, TOKEN_COMMA)) ||
		    parse_target(parser, false, targets_end) ||
		    parser_expect(parser, TOKEN_ASSIGN) || parse_expr(parser, values_end))
			return -1;
		targets_end = &(*targets_end)->next;
		values_end = &(*values_end)->next;
	}
	stmt_append(list, stmt);
	return parse_scope(parser, &ends_with, &stmt->with.body);
}

/* ---- filter and autoescape ---- */

int parse_filter_block(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_FILTER, mark);

	stmt_append(list, stmt);
	return parser_advance(parser) || parse_filters(parser, true, &stmt->filter.filters) ||
			       parse_scope(parser, &ends_filter, &stmt->filter.body)
		       ? -1
		       : 0;
}

int parse_autoescape(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_AUTOESCAPE, mark);

	stmt_append(list, stmt);
	return parser_advance(parser) || parse_expr(parser, &stmt->filter.filters) ||
			       parse_scope(parser, &ends_autoescape, &stmt->filter.body)
		       ? -1
		       : 0;
}

/* ---- do and print ---- */

int parse_do(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_DO, mark);

	stmt_append(list, stmt);
	return parser_advance(parser) || parse_tuple(parser, 0, &stmt->expr) ? -1 : 0;
}

int parse_print(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	if (parser_advance(parser))
		return -1;
	for (bool is_first = true; !parser_at(parser, TOKEN_BLOCK_END); is_first = false) {
		struct stmt *stmt = stmt_new(parser, STMT_OUTPUT, mark);

		if ((!is_first && parser_expect(parser, TOKEN_COMMA)) ||
		    parse_expr(parser, &stmt->expr))
			return -1;
		stmt_append(list, stmt);
	}
	return 0;
}
