/* lexer_tag.c - names, literals and operators inside of tags, and how messages call tokens.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/lexer.h"

#include "tmpl/letters.h"
#include "value/unicode.h"

#include "base/banned.h"

static const char *const descriptions[N_TOKENS] = {
	[TOKEN_END] = "end of template",
	[TOKEN_TEXT] = "template data / text",
	[TOKEN_BLOCK_BEGIN] = "begin of statement block",
	[TOKEN_BLOCK_END] = "end of statement block",
	[TOKEN_VARIABLE_BEGIN] = "begin of print statement",
	[TOKEN_VARIABLE_END] = "end of print statement",
	[TOKEN_NAME] = "name",
	[TOKEN_STRING] = "string",
	[TOKEN_INT] = "integer",
	[TOKEN_FLOAT] = "float",
	[TOKEN_ADD] = "+",
	[TOKEN_SUB] = "-",
	[TOKEN_DIV] = "/",
	[TOKEN_FLOORDIV] = "//",
	[TOKEN_MUL] = "*",
	[TOKEN_MOD] = "%",
	[TOKEN_POW] = "**",
	[TOKEN_TILDE] = "~",
	[TOKEN_LBRACKET] = "[",
	[TOKEN_RBRACKET] = "]",
	[TOKEN_LPAREN] = "(",
	[TOKEN_RPAREN] = ")",
	[TOKEN_LBRACE] = "{",
	[TOKEN_RBRACE] = "}",
	[TOKEN_EQ] = "==",
	[TOKEN_NE] = "!=",
	[TOKEN_GT] = ">",
	[TOKEN_GE] = ">=",
	[TOKEN_LT] = "<",
	[TOKEN_LE] = "<=",
	[TOKEN_ASSIGN] = "=",
	[TOKEN_DOT] = ".",
	[TOKEN_COLON] = ":",
	[TOKEN_PIPE] = "|",
	[TOKEN_COMMA] = ",",
	[TOKEN_SEMICOLON] = ";",
};

const char *token_kind_describe(enum token_kind kind)
{
	return descriptions[kind];
}

const char *token_describe(const struct token *token)
{
	return token->kind == TOKEN_NAME ? token->name : descriptions[token->kind];
}

/* The kind that a byte alone is, and that it is when doubled or followed by '='. */
static const struct operator_row {
	enum token_kind alone, doubled, assigned; /* TOKEN_END: no such */
} operators[128] = {
	['+'] = {TOKEN_ADD},
	['-'] = {TOKEN_SUB},
	['/'] = {TOKEN_DIV, .doubled = TOKEN_FLOORDIV},
	['*'] = {TOKEN_MUL, .doubled = TOKEN_POW},
	['%'] = {TOKEN_MOD},
	['~'] = {TOKEN_TILDE},
	['['] = {TOKEN_LBRACKET},
	[']'] = {TOKEN_RBRACKET},
	['('] = {TOKEN_LPAREN},
	[')'] = {TOKEN_RPAREN},
	['{'] = {TOKEN_LBRACE},
	['}'] = {TOKEN_RBRACE},
	['='] = {TOKEN_ASSIGN, .assigned = TOKEN_EQ},
	['!'] = {TOKEN_END, .assigned = TOKEN_NE},
	['>'] = {TOKEN_GT, .assigned = TOKEN_GE},
	['<'] = {TOKEN_LT, .assigned = TOKEN_LE},
	['.'] = {TOKEN_DOT},
	[':'] = {TOKEN_COLON},
	['|'] = {TOKEN_PIPE},
	[','] = {TOKEN_COMMA},
	[';'] = {TOKEN_SEMICOLON},
};

/* Python's repr() of the character. */
static void print_character(struct buf *buf, const char *text, const char *end)
{
	uint32_t c = 0;
	size_t len = utf8_decode(text, (size_t)(end - text), &c);

	if (c >= 0xdc80 && c <= 0xdcff) /* a byte that is no UTF-8 */
		buf_printf(buf, "'\\x%02x'", (unsigned char)*text);
	else if (*text == '\'')
		buf_puts(buf, "\"'\"");
	else if (c == '\\')
		buf_puts(buf, "'\\\\'");
	else if (c < ' ' || (c >= 0x7f && c <= 0xa0) || c == 0xad)
		buf_printf(buf, "'\\x%02x'", c);
	else if ((c >= 0x200b && c <= 0x200f) || c == 0xfeff || (c >= 0xe000 && c <= 0xf8ff))
		buf_printf(buf, "'\\u%04x'", c);
	else
		buf_printf(buf, "'%.*s'", (int)len, text);
}

static int unexpected_character(struct lexer *lexer)
{
	autobuf struct buf character = {0};
	const char *text = lexer->text.ptr;

	print_character(&character, text + lexer->pos, text + lexer->text.len);
	return lexer_fail(lexer, ERR_INPUT, lexer_mark(lexer, lexer->pos, 1),
			  "unexpected char %s at %zu", buf_text(&character),
			  utf8_count((struct str){text, lexer->pos}));
}

static int brackets_follow(struct lexer *lexer, const struct token *token)
{
	char byte = lexer->text.ptr[token->offset];
	char closing = 0;

	if (token->kind == TOKEN_LPAREN)
		closing = ')';
	else if (token->kind == TOKEN_LBRACKET)
		closing = ']';
	else if (token->kind == TOKEN_LBRACE)
		closing = '}';
	if (closing) {
		if (lexer->n_brackets == ARRAY_LEN(lexer->brackets))
			return lexer_fail(lexer, ERR_LIMIT, token->mark,
					  "nested deeper than %d levels", LIMIT_NESTING);
		lexer->brackets[lexer->n_brackets++] = closing;
		return 0;
	}
	if (token->kind != TOKEN_RPAREN && token->kind != TOKEN_RBRACKET &&
	    token->kind != TOKEN_RBRACE)
		return 0;
	if (!lexer->n_brackets)
		return lexer_fail(lexer, ERR_INPUT, token->mark, "unexpected '%c'", byte);
	char expected = lexer->brackets[--lexer->n_brackets];
	if (expected != byte)
		return lexer_fail(lexer, ERR_INPUT, token->mark, "unexpected '%c', expected '%c'",
				  byte, expected);
	return 0;
}

static int operator_token(struct lexer *lexer, struct token *token)
{
	const char *text = lexer->text.ptr + lexer->pos;
	unsigned char byte = (unsigned char)*text;
	const struct operator_row *row = &operators[byte & 0x7f];
	size_t len = 1;

	token->kind = row->alone;
	if (row->doubled && text[1] == text[0]) {
		token->kind = row->doubled;
		len = 2;
	} else if (row->assigned && text[1] == '=') {
		token->kind = row->assigned;
		len = 2;
	}
	if (byte >= 0x80 || token->kind == TOKEN_END)
		return unexpected_character(lexer);
	token->mark = lexer_mark(lexer, lexer->pos, len);
	lexer->pos += len;
	return brackets_follow(lexer, token);
}

/* The length with both quotes; 0: it does not end. */
static size_t string_length(struct str text)
{
	char quote = text.ptr[0];

	for (size_t i = 1; i < text.len; i++) {
		if (text.ptr[i] == quote)
			return i + 1;
		if (text.ptr[i] == '\\')
			i++;
	}
	return 0;
}

static int string_token(struct lexer *lexer, struct token *token)
{
	struct str rest = {lexer->text.ptr + lexer->pos, lexer->text.len - lexer->pos};
	size_t len = string_length(rest);

	if (!len)
		return unexpected_character(lexer);
	token->kind = TOKEN_STRING;
	token->mark = lexer_mark(lexer, lexer->pos, len);
	lexer->pos += len;
	return literal_string(lexer, token->mark, (struct str){rest.ptr + 1, len - 2},
			      &token->value);
}

static int number_token(struct lexer *lexer, size_t len, bool is_float, struct token *token)
{
	struct str digits = {lexer->text.ptr + lexer->pos, len};

	token->kind = is_float ? TOKEN_FLOAT : TOKEN_INT;
	token->mark = lexer_mark(lexer, lexer->pos, len);
	lexer->pos += len;
	return literal_number(lexer, token->mark, digits, is_float, &token->value);
}

int lexer_tag_token(struct lexer *lexer, struct token *token)
{
	const char *text = lexer->text.ptr + lexer->pos;
	bool is_float = false;
	size_t len = 0;

	*token = (struct token){.offset = (uint32_t)lexer->pos};
	if (*text == '"' || *text == '\'')
		return string_token(lexer, token);
	if (*text >= '0' && *text <= '9') {
		len = literal_number_length(text, lexer->pos && text[-1] == '.', &is_float);
		return number_token(lexer, len, is_float, token);
	}
	len = name_length(text);
	if (!len)
		return operator_token(lexer, token);
	const struct name_slot *slot =
		names_slot(lexer->names, lexer->heap, (struct str){text, len});
	token->kind = TOKEN_NAME;
	token->word = (enum word)slot->word;
	token->name = slot->text;
	token->mark = lexer_mark(lexer, lexer->pos, len);
	lexer->pos += len;
	return 0;
}
