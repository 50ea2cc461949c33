/* parse_macro.c - what is made once and used elsewhere: macros, call blocks, blocks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include "tmpl/letters.h"

#include "base/banned.h"

#define BIT(name) ((uint64_t)1 << (WORD_##name - 1))

static const struct end_tags ends_macro = {BIT(ENDMACRO), "'endmacro'"};
static const struct end_tags ends_call = {BIT(ENDCALL), "'endcall'"};
static const struct end_tags ends_block = {BIT(ENDBLOCK), "'endblock'"};
static const struct end_tags ends_load = {BIT(ENDLOAD), "'endload'"};
static const struct end_tags ends_profile = {BIT(ENDPROFILE), "'endprofile'"};

static const struct parameter *parameter_find(const struct macro_def *macro, const char *name)
{
	const struct parameter *parameter = macro->parameters;

	while (parameter && !text_eq(parameter->name, name))
		parameter = parameter->next;
	return parameter;
}

/* A body that is a function of its own: no loop around it is its own. */
static int parse_function_body(struct parser *parser, const struct end_tags *ends,
			       struct stmt **ret_body)
{
	bool was_in_loop = parser->is_in_loop;

	parser->is_in_loop = false;
	int failed = parse_scope(parser, ends, ret_body);
	parser->is_in_loop = was_in_loop;
	return failed;
}

static int parse_macro_body(struct parser *parser, const struct end_tags *ends, struct mark mark,
			    struct macro_def *macro)
{
	struct mentions mentions = {parser->mentions,
				    MENTION_CALLER | MENTION_KWARGS | MENTION_VARARGS, 0};

	parser->mentions = &mentions;
	int failed = parse_function_body(parser, ends, &macro->body);
	parser->mentions = mentions.outer;
	if (failed)
		return -1;
	const struct parameter *caller = parameter_find(macro, "caller");
	macro->uses_caller = mentions.found & MENTION_CALLER;
	macro->uses_kwargs = (mentions.found & MENTION_KWARGS) && !parameter_find(macro, "kwargs");
	macro->uses_varargs =
		(mentions.found & MENTION_VARARGS) && !parameter_find(macro, "varargs");
	if (macro->uses_caller && caller && !caller->fallback)
		parser_fail_late(parser, mark,
				 "When defining macros or call blocks the special \"caller\" "
				 "argument must be omitted or be given a default.");
	return 0;
}

int parse_macro(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_MACRO, mark);
	struct mark name_mark = {0};

	stmt->macro = heap_alloc(parser->heap, sizeof(*stmt->macro));
	stmt_append(list, stmt);
	return parser_advance(parser) ||
			       parse_target_name(parser, &stmt->macro->name, &name_mark) ||
			       parse_signature(parser, stmt->macro) ||
			       parse_macro_body(parser, &ends_macro, mark, stmt->macro)
		       ? -1
		       : 0;
}

int parse_call_block(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_CALL, mark);
	struct macro_def *caller = heap_alloc(parser->heap, sizeof(*caller));

	stmt->call_block.caller = caller;
	stmt_append(list, stmt);
	if (parser_advance(parser) ||
	    (parser_at(parser, TOKEN_LPAREN) && parse_signature(parser, caller)) ||
	    parse_expr(parser, &stmt->call_block.call))
		return -1;
	if (stmt->call_block.call->kind != EXPR_CALL)
		return parser_fail(parser, mark, "expected call");
	return parse_macro_body(parser, &ends_call, mark, caller);
}

/* ---- blocks ---- */

/* "required" blocks hold white space and comments alone. */
static bool is_blank(const struct stmt *body)
{
	for (; body; body = body->next)
		if (body->kind != STMT_TEXT || !space_only(body->text))
			return false;
	return true;
}

static void block_register(struct parser *parser, struct stmt *stmt, struct mark mark)
{
	struct names *names = parser->lexer.names;
	struct name_slot *slot = names_slot(names, parser->heap, str_of(stmt->block.name));
	struct block_ref *block = heap_alloc(parser->heap, sizeof(*block));

	if (slot->stamp == names->stamp)
		parser_fail_late(parser, mark, "block '%s' defined twice", slot->text);
	slot->stamp = names->stamp;
	block->name = stmt->block.name;
	block->stmt = stmt;
	*parser->blocks_end = block;
	parser->blocks_end = &block->next;
}

/* What the body asks for is looked up when the block runs, by nobody around it. */
static int parse_block_body(struct parser *parser, struct stmt **ret_body)
{
	struct mentions *mentions = parser->mentions;
	unsigned n_loops = parser->n_loops;

	parser->mentions = NULL;
	parser->n_loops = 0;
	int failed = parse_function_body(parser, &ends_block, ret_body);
	parser->mentions = mentions;
	parser->n_loops = n_loops;
	return failed;
}

int parse_block(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_BLOCK, mark);
	struct mark name_mark = {0};

	if (parser_advance(parser) || parser_expect_name(parser, &stmt->block.name, &name_mark) ||
	    parser_skip_word(parser, WORD_SCOPED, &stmt->block.is_scoped) ||
	    parser_skip_word(parser, WORD_REQUIRED, &stmt->block.is_required))
		return -1;
	if (parser_at(parser, TOKEN_SUB))
		return parser_fail(parser, parser->token.mark,
				   "Block names in Jinja have to be valid Python identifiers and "
				   "may not contain hyphens, use an underscore instead.");
	parser->n_scoped_blocks += stmt->block.is_scoped;
	block_register(parser, stmt, mark);
	if (parse_block_body(parser, &stmt->block.body))
		return -1;
	if (stmt->block.is_required && !is_blank(stmt->block.body))
		return parser_fail(parser, parser->token.mark,
				   "Required blocks can only contain comments or whitespace");
	stmt_append(list, stmt);
	bool is_named = parser_at(parser, TOKEN_NAME) && parser->token.name == stmt->block.name;
	return is_named ? parser_advance(parser) : 0;
}

/* ---- load and profile: tags of Salt ---- */

static enum load_format format_of(enum word word)
{
	switch (word) {
	case WORD_LOAD_JSON:
	case WORD_IMPORT_JSON: return LOAD_JSON;
	case WORD_LOAD_TEXT:
	case WORD_IMPORT_TEXT: return LOAD_TEXT;
	default: return LOAD_YAML;
	}
}

int parse_load(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_LOAD, mark);

	stmt->load.format = format_of(parser->token.word);
	stmt_append(list, stmt);
	if (parser_advance(parser) || parser_expect_word(parser, WORD_AS) ||
	    parse_target(parser, false, &stmt->load.target))
		return -1;
	return parse_function_body(parser, &ends_load, &stmt->load.body);
}

int parse_load_import(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt_list one = {&(struct stmt *){NULL}};
	struct stmt **import = one.end;
	enum load_format format = format_of(parser->token.word);

	if (parse_import(parser, mark, &one))
		return -1;
	struct stmt *stmt = stmt_new(parser, STMT_IMPORT_TEXT, mark);
	stmt->load.format = format;
	stmt->load.as = (*import)->import.as;
	stmt->load.from = (*import)->import.from;
	stmt->load.with_context = (*import)->import.with_context;
	stmt_append(list, stmt);
	return 0;
}

/* How long the body took is nobody's concern here: its label is evaluated, and it is rendered. */
int parse_profile(struct parser *parser, struct mark mark, struct stmt_list *list)
{
	struct stmt *label = stmt_new(parser, STMT_DO, mark);

	if (parser_advance(parser) || parser_expect_word(parser, WORD_AS) ||
	    parse_expr(parser, &label->expr))
		return -1;
	stmt_append(list, label);
	if (parse_body(parser, &ends_profile, true, list->end))
		return -1;
	while (*list->end)
		list->end = &(*list->end)->next;
	return 0;
}
