/* lexer.c - template text to tokens; trim markers and comments end here.
 * SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "base/encode.h"
#include "base/vec.h"
#include "gotmpl/gotmpl_private.h"

#include "base/banned.h"

struct lexer {
	const char *name;
	const char *at, *end;
	const char *line_start;
	uint32_t line;
	bool trims_next; /* the last action ended with " -}}" */
	struct tokens tokens;
};

static struct src_pos place(const struct lexer *lexer)
{
	return (struct src_pos){lexer->name, lexer->line,
				(uint32_t)(lexer->at - lexer->line_start) + 1};
}

static struct str rest_of(const struct lexer *lexer)
{
	return (struct str){lexer->at, (size_t)(lexer->end - lexer->at)};
}

static bool sees(const struct lexer *lexer, const char *text)
{
	return str_starts(rest_of(lexer), str_of(text));
}

static void advance(struct lexer *lexer, size_t len)
{
	for (; len; len--, lexer->at++) {
		if (*lexer->at == '\n') {
			lexer->line++;
			lexer->line_start = lexer->at + 1;
		}
	}
}

static void add(struct lexer *lexer, enum token_kind kind, size_t len, bool is_spaced)
{
	struct token token = {kind, place(lexer), {lexer->at, len}, is_spaced};

	vec_push(&lexer->tokens, token);
	advance(lexer, len);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool skip_space(struct lexer *lexer)
{
	const char *first = lexer->at;

	while (lexer->at < lexer->end && is_space(*lexer->at))
		advance(lexer, 1);
	return lexer->at > first;
}

/* "- " behind "{{": trim markers need the space, "{{-3}}" is a number. */
static bool is_trim(const char *at, const char *end)
{
	return end - at >= 2 && at[0] == '-' && is_space(at[1]);
}

static void add_text(struct lexer *lexer, const char *until)
{
	if (lexer->trims_next)
		skip_space(lexer);
	lexer->trims_next = false;
	if (lexer->at >= until)
		return;

	const char *last = until;
	if (lexer->end - until > 2 && is_trim(until + 2, lexer->end))
		while (last > lexer->at && is_space(last[-1]))
			last--;
	if (last > lexer->at)
		add(lexer, TOKEN_TEXT, (size_t)(last - lexer->at), false);
	advance(lexer, (size_t)(until - lexer->at));
}

/* The end of an action, or false. */
static bool take_close(struct lexer *lexer, bool is_spaced, bool is_comment)
{
	bool trims = is_spaced && sees(lexer, "-}}");

	if (!trims && !sees(lexer, "}}"))
		return false;
	lexer->trims_next = trims;
	if (is_comment)
		advance(lexer, trims ? 3 : 2);
	else
		add(lexer, TOKEN_CLOSE, trims ? 3 : 2, is_spaced);
	return true;
}

static int skip_comment(struct lexer *lexer, struct src_pos open, struct err *err)
{
	const char *last = memmem(lexer->at + 2, rest_of(lexer).len - 2, "*/", 2);

	if (!last)
		return err_at(err, open, "the comment has no end '*/'");
	advance(lexer, (size_t)(last + 2 - lexer->at));

	bool is_spaced = skip_space(lexer);
	if (!take_close(lexer, is_spaced, true))
		return err_at(err, place(lexer), "'}}' must follow the end of a comment");
	return 0;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Bytes of the word that begins `skip` bytes ahead, `skip` included. */
static size_t word_length(const struct lexer *lexer, size_t skip)
{
	struct str rest = rest_of(lexer);

	while (skip < rest.len && is_word_byte(rest.ptr[skip]))
		skip++;
	return skip;
}

static int add_quoted(struct lexer *lexer, enum token_kind kind, bool is_spaced, struct err *err)
{
	struct str rest = rest_of(lexer);
	char quote = rest.ptr[0];

	for (size_t i = 1; i < rest.len; i++) {
		if (rest.ptr[i] == '\n' && quote != '`')
			break;
		if (rest.ptr[i] == '\\' && quote != '`') {
			i++;
		} else if (rest.ptr[i] == quote) {
			add(lexer, kind, i + 1, is_spaced);
			return 0;
		}
	}
	return err_at(err, place(lexer), "the text in %s quotes has no end",
		      quote == '\''  ? "single"
		      : quote == '"' ? "double"
				     : "back");
}

static bool is_letter(char c, char letter)
{
	return (c | 0x20) == letter;
}

/* "1e-3": the sign belongs to the number, unless it is one of base 16. */
static bool is_exponent_sign(struct str number, char c)
{
	bool is_hex = number.len > 1 && number.ptr[0] == '0' && is_letter(number.ptr[1], 'x');

	return (c == '-' || c == '+') && number.len && !is_hex &&
	       is_letter(number.ptr[number.len - 1], 'e');
}

static size_t number_length(const struct lexer *lexer)
{
	struct str rest = rest_of(lexer);
	size_t sign = rest.ptr[0] == '-' || rest.ptr[0] == '+';
	size_t len = sign;

	while (len < rest.len) {
		struct str number = {rest.ptr + sign, len - sign};
		char c = rest.ptr[len];
		if (!is_word_byte(c) && c != '.' && !is_exponent_sign(number, c))
			break;
		len++;
	}
	return len;
}

static bool begins_number(struct str rest)
{
	size_t i = rest.ptr[0] == '-' || rest.ptr[0] == '+';

	i += i < rest.len && rest.ptr[i] == '.';
	return i < rest.len && isdigit((unsigned char)rest.ptr[i]);
}

static const struct {
	const char *text;
	enum token_kind kind;
} marks[] = {
	{":=", TOKEN_DECLARE}, {"=", TOKEN_ASSIGN}, {"|", TOKEN_PIPE},
	{",", TOKEN_COMMA},    {"(", TOKEN_LEFT},   {")", TOKEN_RIGHT},
};

static bool add_mark(struct lexer *lexer, bool is_spaced)
{
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (sees(lexer, marks[i].text)) {
			add(lexer, marks[i].kind, strlen(marks[i].text), is_spaced);
			return true;
		}
	}
	return false;
}

static void add_field(struct lexer *lexer, bool is_spaced)
{
	size_t len = word_length(lexer, 1);

	if (len == 1) {
		add(lexer, TOKEN_DOT, 1, is_spaced);
		return;
	}
	struct token token = {TOKEN_FIELD, place(lexer), {lexer->at + 1, len - 1}, is_spaced};
	vec_push(&lexer->tokens, token);
	advance(lexer, len);
}

static int add_token(struct lexer *lexer, bool is_spaced, struct err *err)
{
	char c = *lexer->at;

	if (c == '"' || c == '`')
		return add_quoted(lexer, TOKEN_STRING, is_spaced, err);
	if (c == '\'')
		return add_quoted(lexer, TOKEN_CHARACTER, is_spaced, err);
	if (begins_number(rest_of(lexer)))
		add(lexer, TOKEN_NUMBER, number_length(lexer), is_spaced);
	else if (c == '.')
		add_field(lexer, is_spaced);
	else if (c == '$')
		add(lexer, TOKEN_VARIABLE, word_length(lexer, 1), is_spaced);
	else if (is_word_byte(c))
		add(lexer, TOKEN_WORD, word_length(lexer, 0), is_spaced);
	else if (!add_mark(lexer, is_spaced)) {
		autobuf struct buf quoted = {0};
		text_escape(&quoted, (struct str){lexer->at, 1});
		return err_at(err, place(lexer), "'%s' has no meaning here", buf_text(&quoted));
	}
	return 0;
}

static int add_action(struct lexer *lexer, struct err *err)
{
	struct src_pos open = place(lexer);
	bool trims = is_trim(lexer->at + 2, lexer->end);
	struct str behind = {lexer->at + 2, (size_t)(lexer->end - lexer->at) - 2};

	if (trims)
		behind = (struct str){behind.ptr + 2, behind.len - 2};
	if (str_starts(behind, STR("/*"))) {
		advance(lexer, trims ? 4 : 2);
		return skip_comment(lexer, open, err);
	}
	add(lexer, TOKEN_OPEN, trims ? 3 : 2, false);
	for (;;) {
		bool is_spaced = skip_space(lexer);
		if (lexer->at == lexer->end)
			return err_at(err, open, "'{{' has no '}}'");
		if (take_close(lexer, is_spaced, false))
			return 0;
		if (add_token(lexer, is_spaced, err))
			return -1;
	}
}

int tokens_read(const char *name, struct str text, struct tokens *ret_tokens, struct err *err)
{
	struct lexer lexer = {
		.name = name,
		.at = text.ptr,
		.end = text.ptr + text.len,
		.line_start = text.ptr,
		.line = 1,
	};

	while (lexer.at < lexer.end) {
		struct str rest = rest_of(&lexer);
		const char *open = memmem(rest.ptr, rest.len, "{{", 2);

		add_text(&lexer, open ? open : lexer.end);
		if (open && add_action(&lexer, err)) {
			vec_done(&lexer.tokens);
			return -1;
		}
	}
	add(&lexer, TOKEN_END, 0, false);
	*ret_tokens = lexer.tokens;
	return 0;
}
