/* parse.c - bodies of text and tags, the tokens in hand, and what is said when they do not fit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse_private.h"

#include <stdlib.h>

#include "value/limits.h"

#include "base/banned.h"

/* ---- tokens ---- */

static int read_token(struct parser *parser, struct token *token, struct mark before)
{
	size_t max = parser->heap->max ? parser->heap->max : LIMIT_HEAP;

	if (lexer_next(&parser->lexer, token))
		return -1;
	if (token->kind == TOKEN_END) /* what is missing is told behind the last there is */
		token->mark = before;
	if (parser->heap->used > max)
		return lexer_fail(&parser->lexer, ERR_LIMIT, token->mark,
				  "templates use more than %zu MiB of memory", max >> 20);
	return 0;
}

int parser_advance(struct parser *parser)
{
	if (parser->token.kind != TOKEN_END) {
		parser->last = parser->token.mark;
		parser->last_end = parser->token.offset + parser->token.mark.span;
	}
	if (!parser->has_next)
		return read_token(parser, &parser->token, parser->last);
	parser->token = parser->next;
	parser->has_next = false;
	return 0;
}

int parser_advance_two(struct parser *parser)
{
	int failed = parser_advance(parser);

	return failed ? failed : parser_advance(parser);
}

int parser_look(struct parser *parser)
{
	if (parser->has_next)
		return 0;
	if (read_token(parser, &parser->next, parser->token.mark))
		return -1;
	parser->has_next = true;
	return 0;
}

int parser_fail(struct parser *parser, struct mark mark, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf message = {0};

	va_start(args, fmt);
	buf_vprintf(&message, fmt, args);
	va_end(args);
	return lexer_fail(&parser->lexer, ERR_INPUT, mark, "%s", buf_text(&message));
}

void parser_fail_late(struct parser *parser, struct mark mark, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf message = {0};

	if (parser->late.severity)
		return;
	va_start(args, fmt);
	buf_vprintf(&message, fmt, args);
	va_end(args);
	diag_set(&parser->late, ERR_INPUT,
		 (struct src_pos){parser->lexer.file, mark.line, mark.column}, "%s",
		 buf_text(&message));
	parser->late.span = mark.span;
	diag_quote(&parser->late, parser->lexer.text);
}

static int fail_expected(struct parser *parser, const char *what)
{
	if (parser_at(parser, TOKEN_END))
		return parser_fail(parser, parser->token.mark,
				   "unexpected end of template, expected '%s'.", what);
	return parser_fail(parser, parser->token.mark, "expected token '%s', got '%s'", what,
			   token_describe(&parser->token));
}

int parser_expect(struct parser *parser, enum token_kind kind)
{
	if (!parser_at(parser, kind))
		return fail_expected(parser, token_kind_describe(kind));
	return parser_advance(parser);
}

int parser_expect_word(struct parser *parser, enum word word)
{
	if (!parser_at_word(parser, word))
		return fail_expected(parser, word_text(word));
	return parser_advance(parser);
}

int parser_expect_name(struct parser *parser, const char **ret_name, struct mark *ret_mark)
{
	if (!parser_at(parser, TOKEN_NAME))
		return fail_expected(parser, "name");
	*ret_name = parser->token.name;
	*ret_mark = parser->token.mark;
	return parser_advance(parser);
}

int parser_skip(struct parser *parser, enum token_kind kind, bool *ret_was)
{
	*ret_was = parser_at(parser, kind);
	return *ret_was ? parser_advance(parser) : 0;
}

int parser_skip_word(struct parser *parser, enum word word, bool *ret_was)
{
	*ret_was = parser_at_word(parser, word);
	return *ret_was ? parser_advance(parser) : 0;
}

int parser_enter(struct parser *parser)
{
	if (++parser->depth > LIMIT_NESTING)
		return lexer_fail(&parser->lexer, ERR_LIMIT, parser->token.mark,
				  "nested deeper than %d levels", LIMIT_NESTING);
	return 0;
}

struct mark parser_span(const struct parser *parser, struct mark start)
{
	struct mark end = parser->last;

	if (end.line == start.line && end.column >= start.column)
		start.span = end.column + end.span - start.column;
	return start;
}

/* ---- tags that do not fit ---- */

static const char *const tag_names[] = {
	"autoescape",    "block",     "break",       "call",
	"continue",      "do",        "elif",        "else",
	"endautoescape", "endblock",  "endcall",     "endfilter",
	"endfor",        "endif",     "endload",     "endmacro",
	"endprofile",    "endset",    "endwith",     "extends",
	"filter",        "for",       "from",        "if",
	"import",        "include",   "import_json", "import_text",
	"import_yaml",   "load_json", "load_text",   "load_yaml",
	"macro",         "print",     "profile",     "raw",
	"set",           "with",      NULL,
};

/* What the reference says of a tag that nobody awaits; name NULL: the template ends. */
static int fail_tag(struct parser *parser, const char *name, enum word word)
{
	autobuf struct buf message = {0};
	const struct open_body *body = parser->bodies;
	uint64_t expected = 0;

	for (const struct open_body *b = body; b; b = b->outer)
		expected |= b->ends->words;
	if (name)
		buf_printf(&message, "Encountered unknown tag '%s'.", name);
	else
		buf_puts(&message, "Unexpected end of template.");
	if (body && (word_bit(word) & expected))
		buf_printf(&message,
			   " You probably made a nesting mistake. Jinja is expecting this tag, but "
			   "currently looking for %s.",
			   body->ends->looking_for);
	else if (body)
		buf_printf(&message, " Jinja was looking for the following tags: %s.",
			   body->ends->looking_for);
	if (parser->tags)
		buf_printf(&message, " The innermost block that needs to be closed is '%s'.",
			   parser->tags->name);
	parser_fail(parser, name ? parser->token.mark : parser->last, "%s", buf_text(&message));
	struct diag *diag = parser->lexer.diag;
	const char *nearest = name && !word_bit(word) ? str_nearest(name, tag_names) : NULL;
	if (nearest)
		diag_note(diag, (struct src_pos){0}, "did you mean '%s'?", nearest);
	if (parser->tags)
		diag_note(diag,
			  (struct src_pos){parser->lexer.file, parser->tags->mark.line,
					   parser->tags->mark.column},
			  "'%s' begins", parser->tags->name);
	return -1;
}

/* ---- bodies ---- */

static stmt_parse_fn *const statements[N_WORDS] = {
	[WORD_AUTOESCAPE] = parse_autoescape,
	[WORD_BLOCK] = parse_block,
	[WORD_BREAK] = parse_loop_control,
	[WORD_CALL] = parse_call_block,
	[WORD_CONTINUE] = parse_loop_control,
	[WORD_DO] = parse_do,
	[WORD_EXTENDS] = parse_extends,
	[WORD_FILTER] = parse_filter_block,
	[WORD_FOR] = parse_for,
	[WORD_FROM] = parse_from,
	[WORD_IF] = parse_if,
	[WORD_IMPORT] = parse_import,
	[WORD_IMPORT_JSON] = parse_load_import,
	[WORD_IMPORT_TEXT] = parse_load_import,
	[WORD_IMPORT_YAML] = parse_load_import,
	[WORD_INCLUDE] = parse_include,
	[WORD_LOAD_JSON] = parse_load,
	[WORD_LOAD_TEXT] = parse_load,
	[WORD_LOAD_YAML] = parse_load,
	[WORD_MACRO] = parse_macro,
	[WORD_PRINT] = parse_print,
	[WORD_PROFILE] = parse_profile,
	[WORD_SET] = parse_set,
	[WORD_WITH] = parse_with,
};

struct stmt *stmt_new(struct parser *parser, enum stmt_kind kind, struct mark mark)
{
	struct stmt *stmt = heap_alloc(parser->heap, sizeof(*stmt));

	stmt->kind = kind;
	stmt->mark = mark;
	return stmt;
}

int parse_statement(struct parser *parser, struct stmt_list *list)
{
	struct open_tag tag = {parser->tags, NULL, parser->token.mark};
	enum word word = parser->token.word;

	if (!parser_at(parser, TOKEN_NAME))
		return parser_fail(parser, parser->token.mark, "tag name expected");
	if (!statements[word])
		return fail_tag(parser, parser->token.name, word);
	tag.name = parser->token.name;
	parser->tags = &tag;
	int failed = parser_enter(parser) || statements[word](parser, tag.mark, list);
	parser->tags = tag.outer;
	parser->depth--;
	return failed ? -1 : parser_expect(parser, TOKEN_BLOCK_END);
}

static int parse_output(struct parser *parser, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_OUTPUT, parser->token.mark);

	if (parser_advance(parser) || parse_tuple(parser, 0, &stmt->expr) ||
	    parser_expect(parser, TOKEN_VARIABLE_END))
		return -1;
	stmt->mark = parser_span(parser, stmt->mark);
	stmt_append(list, stmt);
	return 0;
}

static int parse_text(struct parser *parser, struct stmt_list *list)
{
	struct stmt *stmt = stmt_new(parser, STMT_TEXT, parser->token.mark);

	stmt->text = parser->token.text;
	stmt_append(list, stmt);
	return parser_advance(parser);
}

/* Up to the end of the template, or a tag of `ends`, whose name is in hand then. */
static int parse_until(struct parser *parser, const struct end_tags *ends, struct stmt_list *list)
{
	while (!parser_at(parser, TOKEN_END)) {
		int failed = 0;

		if (parser_at(parser, TOKEN_TEXT)) {
			failed = parse_text(parser, list);
		} else if (parser_at(parser, TOKEN_VARIABLE_BEGIN)) {
			failed = parse_output(parser, list);
		} else {
			failed = parser_advance(parser);
			if (!failed && ends && (word_bit(parser->token.word) & ends->words))
				return 0;
			failed = failed || parse_statement(parser, list);
		}
		if (failed)
			return -1;
	}
	return 0;
}

int parse_body(struct parser *parser, const struct end_tags *ends, bool is_last,
	       struct stmt **ret_body)
{
	struct stmt *first = NULL;
	struct stmt_list list = {&first};
	struct open_body body = {parser->bodies, ends};
	bool had_colon = false;

	if (parser_skip(parser, TOKEN_COLON, &had_colon) || parser_expect(parser, TOKEN_BLOCK_END))
		return -1;
	parser->bodies = &body;
	int failed = parse_until(parser, ends, &list);
	if (!failed && parser_at(parser, TOKEN_END))
		failed = fail_tag(parser, NULL, WORD_ORDINARY);
	parser->bodies = body.outer;
	if (failed)
		return -1;
	*ret_body = first;
	return is_last ? parser_advance(parser) : 0;
}

int parse_scope(struct parser *parser, const struct end_tags *ends, struct stmt **ret_body)
{
	parser->n_scopes++;
	int failed = parse_body(parser, ends, true, ret_body);
	parser->n_scopes--;
	return failed;
}

/* ---- the whole ---- */

/* Line ends become '\n', the last is dropped unless kept; NUL-terminated, in the heap. */
static struct str text_normalise(struct heap *heap, struct str text, bool keeps_newline,
				 bool *ret_ends_in_newline)
{
	char *copy = heap_strdup(heap, text);
	size_t len = text.len;

	if (len && memchr(copy, '\r', len)) {
		len = 0;
		for (size_t i = 0; i < text.len; i++) {
			char byte = copy[i];

			if (byte == '\r') {
				i += i + 1 < text.len && copy[i + 1] == '\n';
				byte = '\n';
			}
			copy[len++] = byte;
		}
	}
	*ret_ends_in_newline = len && copy[len - 1] == '\n';
	if (*ret_ends_in_newline && !keeps_newline)
		len--;
	copy[len] = '\0';
	return (struct str){copy, len};
}

int template_parse(struct heap *heap, struct names *names, const struct syntax *syntax,
		   const struct template_source *source, struct template **ret_template,
		   struct diag *diag)
{
	struct template *template = heap_alloc(heap, sizeof(*template));
	struct parser parser = {.lexer = {.heap = heap,
					  .names = names,
					  .syntax = syntax,
					  .file = source->file,
					  .diag = diag},
				.heap = heap,
				.blocks_end = &template->blocks};
	struct stmt_list list = {&template->body};

	if (source->text.len > LIMIT_TEMPLATE)
		return diag_set(diag, ERR_LIMIT, (struct src_pos){.file = source->file},
				"a template of more than %zu MiB", LIMIT_TEMPLATE >> 20);
	template->name = source->name;
	template->file = source->file;
	template->text = text_normalise(heap, source->text, syntax->keep_trailing_newline,
					&template->ends_in_newline);
	names->stamp++;
	lexer_begin(&parser.lexer, template->text);
	parser.last = (struct mark){.line = 1, .column = 1};
	int failed = read_token(&parser, &parser.token, parser.last) ||
		     parse_until(&parser, NULL, &list);
	if (failed || parser.late.severity) {
		if (failed)
			diag_clear(&parser.late);
		else
			diag_move(diag, &parser.late);
		return -1;
	}
	*ret_template = template;
	return 0;
}
