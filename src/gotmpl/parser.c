/* parser.c - tokens to statements; variables become slots, functions and their arguments are
 * checked. SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "base/strlist.h"
#include "base/vec.h"
#include "gotmpl/gotmpl_private.h"
#include "gotmpl/limits.h"

#include "base/banned.h"

struct parser {
	struct gotmpl *template;
	struct arena *arena;
	const struct token *at;
	struct strlist variables; /* names by slot, innermost last */
	unsigned depth;
};

static int parse_pipeline(struct parser *parser, enum token_kind closer, size_t max_variables,
			  struct pipeline **ret_pipeline, struct err *err);
static int parse_statements(struct parser *parser, struct src_pos opened,
			    struct statement **ret_first, struct err *err);

static const struct token *take(struct parser *parser)
{
	return parser->at++;
}

static bool is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && str_is(token->text, word);
}

static int unexpected(const struct token *token, const char *wanted, struct err *err)
{
	if (token->kind == TOKEN_CLOSE)
		return err_at(err, token->pos, "the action ends where %s should be", wanted);
	if (token->kind == TOKEN_END)
		return err_at(err, token->pos, "the template ends where %s should be", wanted);
	return err_at(err, token->pos, "found '%s%.*s' where %s should be",
		      token->kind == TOKEN_FIELD ? "." : "", STR_ARG(token->text), wanted);
}

static int enter(struct parser *parser, struct src_pos pos, struct err *err)
{
	if (++parser->depth > LIMIT_GOTMPL_DEPTH)
		return err_at(err, pos, "nested deeper than %d", LIMIT_GOTMPL_DEPTH);
	return 0;
}

static size_t declare(struct parser *parser, struct str name)
{
	strlist_add_str(&parser->variables, name);
	if (parser->variables.n > parser->template->n_slots)
		parser->template->n_slots = parser->variables.n;
	return parser->variables.n - 1;
}

static void leave_scope(struct parser *parser, size_t n_variables)
{
	while (parser->variables.n > n_variables)
		strlist_remove_at(&parser->variables, parser->variables.n - 1);
}

static int find_variable(const struct parser *parser, const struct token *token, size_t *ret_slot,
			 struct err *err)
{
	for (size_t i = parser->variables.n; i > 0; i--) {
		if (str_is(token->text, parser->variables.items[i - 1])) {
			*ret_slot = i - 1;
			return 0;
		}
	}
	autofree char *name = str_dup(token->text);
	/* not "$", which is the first */
	const char *near = str_nearest(name, (const char *const *)&parser->variables.items[1]);
	if (near)
		return err_at(err, token->pos, "no variable '%s', did you mean '%s'?", name, near);
	return err_at(err, token->pos, "no variable '%s'", name);
}

/* `begins`: the first field is the operand itself, white space may stand before it. */
static int parse_links(struct parser *parser, bool begins, struct link **tail, struct err *err)
{
	for (; parser->at->kind == TOKEN_FIELD && (begins || !parser->at->is_spaced);
	     begins = false) {
		const struct token *token = take(parser);
		*tail = arena_alloc(parser->arena, sizeof(**tail));
		(*tail)->pos = token->pos;
		(*tail)->name = arena_str(parser->arena, token->text);
		tail = &(*tail)->next;
	}
	if (parser->at->kind == TOKEN_DOT && !parser->at->is_spaced)
		return unexpected(parser->at, "the name of a field", err);
	return 0;
}

/* Words that Go knows and that are not here. */
static const char *const unsupported[] = {"define",   "template", "block", "break",
					  "continue", "call",     "js",    NULL};

static int parse_word(struct parser *parser, const struct token *token, struct operand *operand,
		      struct err *err)
{
	autofree char *name = str_dup(token->text);
	struct node *literal = NULL;

	if (str_is(token->text, "true") || str_is(token->text, "false"))
		literal = node_new_bool(parser->arena, str_is(token->text, "true"));
	else if (str_is(token->text, "nil"))
		literal = node_new(parser->arena, NODE_NULL);
	if (literal) {
		operand->kind = OPERAND_LITERAL;
		operand->literal = literal;
		return 0;
	}

	operand->kind = OPERAND_FUNCTION;
	operand->function = function_find(token->text);
	if (operand->function)
		return 0;
	for (size_t i = 0; unsupported[i]; i++)
		if (str_is(token->text, unsupported[i]))
			return err_at(err, token->pos, "'%s' is not supported", name);
	const char *near = function_nearest(name);
	if (near)
		return err_at(err, token->pos, "no function '%s', did you mean '%s'?", name, near);
	return err_at(err, token->pos, "no function '%s', fields begin with a dot", name);
}

static int parse_literal(struct parser *parser, const struct token *token, struct operand *operand,
			 struct err *err)
{
	struct node *literal = NULL;

	if (literal_parse(parser->arena, token, &literal, err))
		return -1;
	operand->kind = OPERAND_LITERAL;
	operand->literal = literal;
	return 0;
}

static int parse_nested(struct parser *parser, struct operand *operand, struct err *err)
{
	struct pipeline *pipeline = NULL;

	if (enter(parser, operand->pos, err) ||
	    parse_pipeline(parser, TOKEN_RIGHT, 0, &pipeline, err))
		return -1;
	parser->depth--;
	operand->kind = OPERAND_PIPELINE;
	operand->pipeline = pipeline;
	return 0;
}

static int parse_head(struct parser *parser, struct operand *operand, struct err *err)
{
	const struct token *token = take(parser);

	switch (token->kind) {
	case TOKEN_DOT: return 0;
	case TOKEN_FIELD: parser->at--; return 0; /* the first link */
	case TOKEN_VARIABLE:
		operand->kind = OPERAND_VARIABLE;
		return find_variable(parser, token, &operand->slot, err);
	case TOKEN_WORD: return parse_word(parser, token, operand, err);
	case TOKEN_STRING:
	case TOKEN_CHARACTER:
	case TOKEN_NUMBER: return parse_literal(parser, token, operand, err);
	case TOKEN_LEFT: return parse_nested(parser, operand, err);
	default: return unexpected(token, "a value", err);
	}
}

static int parse_operand(struct parser *parser, struct operand **ret_operand, struct err *err)
{
	struct operand *operand = arena_alloc(parser->arena, sizeof(*operand));
	bool begins = parser->at->kind == TOKEN_FIELD;

	operand->pos = parser->at->pos;
	operand->kind = OPERAND_DOT;
	if (parse_head(parser, operand, err))
		return -1;
	if (operand->kind != OPERAND_LITERAL && operand->kind != OPERAND_FUNCTION &&
	    parse_links(parser, begins, &operand->links, err))
		return -1;
	*ret_operand = operand;
	return 0;
}

static int check_arguments(const struct operand *operand, size_t n, struct err *err)
{
	const struct function *function = operand->function;
	bool is_short = n < function->min_args;
	size_t wanted = is_short ? function->min_args : function->max_args;

	if (!is_short && n <= function->max_args)
		return 0;
	return err_at(err, operand->pos, "'%s' needs %s%zu argument%s, not %zu", function->name,
		      function->min_args == function->max_args ? ""
		      : is_short                               ? "at least "
							       : "at most ",
		      wanted, wanted == 1 ? "" : "s", n);
}

static int check_command(const struct command *command, bool is_first, struct err *err)
{
	const struct operand *first = command->operands;

	if (first->kind == OPERAND_FUNCTION &&
	    check_arguments(first, command->n_operands - is_first, err))
		return -1;
	if (first->kind == OPERAND_LITERAL && (!is_first || command->n_operands > 1))
		return err_at(err, first->pos, "a literal is no function and takes no arguments");
	for (const struct operand *o = first->next; o; o = o->next)
		if (o->kind == OPERAND_FUNCTION && check_arguments(o, 0, err))
			return -1;
	return 0;
}

static int parse_command(struct parser *parser, bool is_first, struct command **ret_command,
			 struct err *err)
{
	struct command *command = arena_alloc(parser->arena, sizeof(*command));
	struct operand **tail = &command->operands;

	for (;;) {
		if (parse_operand(parser, tail, err))
			return -1;
		tail = &(*tail)->next;
		command->n_operands++;

		const struct token *token = parser->at;
		if (token->kind == TOKEN_PIPE || token->kind == TOKEN_CLOSE ||
		    token->kind == TOKEN_RIGHT)
			break;
		if (!token->is_spaced)
			return unexpected(token, "a space", err);
	}
	if (check_command(command, is_first, err))
		return -1;
	*ret_command = command;
	return 0;
}

/* "$x :=", "$x =" or "$i, $e :="; sets up to two names, none when there is no assignment. */
static int parse_assignment(struct parser *parser, size_t max, const struct token **names,
			    size_t *ret_n, bool *ret_declares, struct err *err)
{
	const struct token *token = parser->at;
	size_t n = 0;

	while (token[2 * n].kind == TOKEN_VARIABLE) {
		enum token_kind mark = token[2 * n + 1].kind;
		if (mark != TOKEN_DECLARE && mark != TOKEN_ASSIGN && mark != TOKEN_COMMA)
			break;
		if (n == max)
			return unexpected(&token[2 * n], "a value", err);
		names[n] = &token[2 * n];
		n++;
		if (mark == TOKEN_COMMA)
			continue;
		parser->at += 2 * n;
		*ret_n = n;
		*ret_declares = mark == TOKEN_DECLARE;
		return 0;
	}
	if (n)
		return unexpected(&token[2 * n], "a variable and ':='", err);
	*ret_n = 0;
	return 0;
}

static int set_slots(struct parser *parser, struct pipeline *pipeline, const struct token **names,
		     size_t n, bool declares, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (declares)
			pipeline->slots[i] = declare(parser, names[i]->text);
		else if (find_variable(parser, names[i], &pipeline->slots[i], err))
			return -1;
	}
	pipeline->n_slots = n;
	return 0;
}

static int parse_pipeline(struct parser *parser, enum token_kind closer, size_t max_variables,
			  struct pipeline **ret_pipeline, struct err *err)
{
	struct pipeline *pipeline = arena_alloc(parser->arena, sizeof(*pipeline));
	struct command **tail = &pipeline->commands;
	const struct token *names[2] = {0};
	size_t n_names = 0;
	bool declares = false;

	pipeline->pos = parser->at->pos;
	if (parse_assignment(parser, max_variables, names, &n_names, &declares, err))
		return -1;
	for (;;) {
		if (parse_command(parser, tail == &pipeline->commands, tail, err))
			return -1;
		tail = &(*tail)->next;
		if (parser->at->kind != TOKEN_PIPE)
			break;
		parser->at++;
	}
	if (parser->at->kind != closer)
		return unexpected(parser->at, closer == TOKEN_RIGHT ? "')'" : "'}}'", err);
	parser->at++;
	if (set_slots(parser, pipeline, names, n_names, declares, err))
		return -1;
	*ret_pipeline = pipeline;
	return 0;
}

static const struct {
	const char *word;
	enum statement_kind kind;
	size_t max_variables;
} blocks[] = {
	{"if", STATEMENT_IF, 1},
	{"range", STATEMENT_RANGE, 2},
	{"with", STATEMENT_WITH, 1},
};

static int parse_block(struct parser *parser, size_t block, struct src_pos opened,
		       struct statement *statement, struct err *err);

/* Behind the body: "{{end}}", "{{else}}" or "{{else if …}}" (which shares its "{{end}}"). */
static int parse_rest(struct parser *parser, struct src_pos opened, struct statement *statement,
		      struct err *err)
{
	parser->at++;
	const struct token *word = take(parser);
	bool is_end = is_word(word, "end");

	if (!is_end && statement->kind == STATEMENT_IF && is_word(parser->at, "if")) {
		parser->at++;
		statement->otherwise = arena_alloc(parser->arena, sizeof(struct statement));
		return parse_block(parser, 0, opened, statement->otherwise, err);
	}
	if (take(parser)->kind != TOKEN_CLOSE)
		return unexpected(parser->at - 1, "'}}'", err);
	if (is_end)
		return 0;
	if (parse_statements(parser, opened, &statement->otherwise, err))
		return -1;
	if (!is_word(parser->at + 1, "end"))
		return err_at(err, parser->at[1].pos, "a second 'else' for the same block");
	parser->at += 2;
	if (take(parser)->kind != TOKEN_CLOSE)
		return unexpected(parser->at - 1, "'}}'", err);
	return 0;
}

static int parse_block(struct parser *parser, size_t block, struct src_pos opened,
		       struct statement *statement, struct err *err)
{
	struct pipeline *pipeline = NULL;
	size_t n_variables = parser->variables.n;

	statement->kind = blocks[block].kind;
	if (enter(parser, opened, err) ||
	    parse_pipeline(parser, TOKEN_CLOSE, blocks[block].max_variables, &pipeline, err))
		return -1;
	statement->pipeline = pipeline;
	if (parse_statements(parser, opened, &statement->body, err) ||
	    parse_rest(parser, opened, statement, err))
		return -1;
	parser->depth--;
	leave_scope(parser, n_variables);
	return 0;
}

/* Behind "{{". */
static int parse_action(struct parser *parser, struct statement *statement, struct err *err)
{
	const struct token *word = parser->at;
	struct pipeline *pipeline = NULL;

	for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
		if (is_word(word, blocks[i].word)) {
			parser->at++;
			return parse_block(parser, i, word->pos, statement, err);
		}
	}
	if (parse_pipeline(parser, TOKEN_CLOSE, 1, &pipeline, err))
		return -1;
	statement->kind = STATEMENT_PRINT;
	statement->pipeline = pipeline;
	return 0;
}

/* Up to the "{{end}}" or "{{else" of the block that began at `opened`, or the end of the text when
 * nothing is open (line 0); the cursor then stands on that "{{". */
static int parse_statements(struct parser *parser, struct src_pos opened,
			    struct statement **ret_first, struct err *err)
{
	size_t n_variables = parser->variables.n;

	for (struct statement **tail = ret_first;; tail = &(*tail)->next) {
		const struct token *token = parser->at;
		const struct token *word = token + 1;
		if (token->kind == TOKEN_END && opened.line)
			return err_at(err, opened, "the block has no '{{end}}'");
		if (token->kind == TOKEN_END)
			return 0;
		if (token->kind == TOKEN_OPEN && (is_word(word, "end") || is_word(word, "else"))) {
			if (!opened.line)
				return err_at(err, word->pos, "'%.*s' without a block",
					      STR_ARG(word->text));
			leave_scope(parser, n_variables);
			return 0;
		}
		*tail = arena_alloc(parser->arena, sizeof(**tail));
		parser->at++;
		if (token->kind == TOKEN_TEXT)
			(*tail)->text = (struct str){arena_str(parser->arena, token->text),
						     token->text.len};
		else if (parse_action(parser, *tail, err))
			return -1;
	}
}

int statements_parse(struct gotmpl *template, const struct tokens *tokens, struct err *err)
{
	struct parser parser = {
		.template = template,
		.arena = &template->arena,
		.at = tokens->items,
	};

	declare(&parser, STR("$"));
	int failed = parse_statements(&parser, (struct src_pos){0}, &template->statements, err);
	strlist_done(&parser.variables);
	return failed;
}
