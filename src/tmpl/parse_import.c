/* parse_import.c - tags that name other templates: import, from, include, extends.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include "base/banned.h"

/* ["with" | "without" "context"]: *ret_was tells whether it stood there. */
static int parse_context(struct parser *parser, bool *with_context, bool *ret_was)
{
	bool is_with = parser_at_word(parser, WORD_WITH);

	*ret_was = false;
	if (!is_with && !parser_at_word(parser, WORD_WITHOUT))
		return 0;
	if (parser_look(parser))
		return -1;
	if (parser->next.word != WORD_CONTEXT)
		return 0;
	*with_context = is_with;
	*ret_was = true;
	return parser_advance_two(parser);
}

int parse_import(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_IMPORT, mark);
	struct mark name_mark = {0};
	bool had_context = false;

	stmt_append(list, stmt);
	return parser_advance(parser) || parse_expr(parser, &stmt->import.from) ||
			       parser_expect_word(parser, WORD_AS) ||
			       parse_target_name(parser, &stmt->import.as, &name_mark) ||
			       parse_context(parser, &stmt->import.with_context, &had_context)
		       ? -1
		       : 0;
}

/* NAME ["as" NAME] */
static int parse_imported_name(struct parser *parser, struct import_name *name)
{
	struct mark mark = {0};
	bool has_alias = false;

	if (parse_target_name(parser, &name->name, &name->mark))
		return -1;
	if (name->name[0] == '_')
		return parser_fail(parser, name->mark,
				   "names starting with an underline can not be imported");
	name->as = name->name;
	if (parser_skip_word(parser, WORD_AS, &has_alias) ||
	    (has_alias && parse_target_name(parser, &name->as, &mark)))
		return -1;
	return 0;
}

int parse_from(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_FROM, mark);
	struct import_name **end = &stmt->import.names;
	bool had_context = false, is_first = true;

	stmt_append(list, stmt);
	if (parser_advance(parser) || parse_expr(parser, &stmt->import.from) ||
	    parser_expect_word(parser, WORD_IMPORT))
		return -1;
	do {
		if (!is_first && parser_expect(parser, TOKEN_COMMA))
			return -1;
		if (parse_context(parser, &stmt->import.with_context, &had_context))
			return -1;
		if (had_context)
			break;
		struct import_name *name = heap_alloc(parser->heap, sizeof(*name));
		if (parse_imported_name(parser, name) ||
		    parse_context(parser, &stmt->import.with_context, &had_context))
			return -1;
		*end = name;
		end = &name->next;
		is_first = false;
	} while (!had_context && parser_at(parser, TOKEN_COMMA));
	return 0;
}

int parse_include(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_INCLUDE, mark);
	bool had_context = false;

	stmt_append(list, stmt);
	stmt->import.with_context = true;
	if (parser_advance(parser) || parse_expr(parser, &stmt->import.from))
		return -1;
	if (parser_at_word(parser, WORD_IGNORE)) {
		if (parser_look(parser))
			return -1;
		stmt->import.ignore_missing = parser->next.word == WORD_MISSING;
		if (stmt->import.ignore_missing && parser_advance_two(parser))
			return -1;
	}
	return parse_context(parser, &stmt->import.with_context, &had_context);
}

int parse_extends(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_EXTENDS, mark);

	if (parser->n_scopes)
		parser_fail_late(parser, mark, "cannot use extend from a non top-level scope");
	stmt_append(list, stmt);
	return parser_advance(parser) || parse_expr(parser, &stmt->expr) ? -1 : 0;
}
