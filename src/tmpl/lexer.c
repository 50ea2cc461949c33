/* lexer.c - the text between tags, comments, raw blocks, and where tags begin and end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/lexer.h"

#include <stdlib.h>

#include "tmpl/letters.h"

#include "base/banned.h"

static const char *text_end(const struct lexer *lexer)
{
	return lexer->text.ptr + lexer->text.len;
}

static struct str text_part(const struct lexer *lexer, size_t start, size_t end)
{
	return (struct str){lexer->text.ptr + start, end - start};
}

static bool text_has(const struct lexer *lexer, size_t pos, struct str what)
{
	return pos <= lexer->text.len && what.len <= lexer->text.len - pos &&
	       !memcmp(lexer->text.ptr + pos, what.ptr, what.len);
}

static size_t skip_spaces(const struct lexer *lexer, size_t pos)
{
	return (size_t)(space_skip(lexer->text.ptr + pos, text_end(lexer)) - lexer->text.ptr);
}

struct mark lexer_mark(struct lexer *lexer, size_t offset, size_t span)
{
	while (offset >= lexer->next_line) {
		const char *start = lexer->text.ptr + lexer->next_line;
		const char *newline = memchr(start, '\n', (size_t)(text_end(lexer) - start));

		lexer->line++;
		lexer->line_start = lexer->next_line;
		lexer->next_line = newline ? (size_t)(newline + 1 - lexer->text.ptr) : SIZE_MAX;
	}
	return (struct mark){.line = lexer->line,
			     .column = (uint32_t)(offset - lexer->line_start + 1),
			     .span = (uint32_t)span};
}

int lexer_fail(struct lexer *lexer, enum err_kind kind, struct mark mark, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf message = {0};

	va_start(args, fmt);
	buf_vprintf(&message, fmt, args);
	va_end(args);
	diag_set(lexer->diag, kind, (struct src_pos){lexer->file, mark.line, mark.column}, "%s",
		 buf_text(&message));
	lexer->diag->span = mark.span;
	diag_quote(lexer->diag, lexer->text);
	return -1;
}

/* ---- the beginning ---- */

static struct str or_default(const char *text, const char *fallback)
{
	return str_of(text && *text ? text : fallback);
}

static void add_start(struct lexer *lexer, enum opening opening, const char *text)
{
	size_t i = lexer->n_starts++;
	struct delimiter new = {opening, str_of(text)};
	unsigned char first = (unsigned char)*text;

	/* The longest is tried first, then the first added: "<%=" before "<%". */
	for (; i > 0 && lexer->starts[i - 1].text.len < new.text.len; i--)
		lexer->starts[i] = lexer->starts[i - 1];
	lexer->starts[i] = new;
	lexer->only_first = lexer->n_starts == 1 || lexer->only_first == first ? first : -1;
	lexer->is_first[first] = true;
}

void lexer_begin(struct lexer *lexer, struct str text)
{
	const struct syntax *syntax = lexer->syntax;
	const char *newline = memchr(text.ptr, '\n', text.len);

	lexer->text = text;
	lexer->line = 1;
	lexer->next_line = newline ? (size_t)(newline + 1 - text.ptr) : SIZE_MAX;
	lexer->block_start = or_default(syntax->block_start, "{%");
	lexer->block_end = or_default(syntax->block_end, "%}");
	lexer->variable_end = or_default(syntax->variable_end, "}}");
	lexer->comment_end = or_default(syntax->comment_end, "#}");
	add_start(lexer, OPENS_VARIABLE, or_default(syntax->variable_start, "{{").ptr);
	if (syntax->line_statement && *syntax->line_statement)
		add_start(lexer, OPENS_LINE_STATEMENT, syntax->line_statement);
	if (syntax->line_comment && *syntax->line_comment)
		add_start(lexer, OPENS_LINE_COMMENT, syntax->line_comment);
	add_start(lexer, OPENS_COMMENT, or_default(syntax->comment_start, "{#").ptr);
	add_start(lexer, OPENS_BLOCK, lexer->block_start.ptr);
}

/* ---- where a tag begins ---- */

struct tag {
	enum opening opening;
	size_t start; /* text ends here */
	size_t sign;  /* behind the delimiter: where a '-' or '+' may stand */
};

/* What raw begins with and ends with: {% WORD %}, `start` behind the delimiter. The length of all
 * behind the delimiter; 0: something else. */
static size_t raw_tag_length(const struct lexer *lexer, size_t start, struct str word)
{
	size_t pos = start;

	if (text_has(lexer, pos, STR("-")) || text_has(lexer, pos, STR("+")))
		pos++;
	pos = skip_spaces(lexer, pos);
	if (!text_has(lexer, pos, word))
		return 0;
	pos = skip_spaces(lexer, pos + word.len);
	bool is_end = word.ptr[0] == 'e';
	if (text_has(lexer, pos, STR("-")) && text_has(lexer, pos + 1, lexer->block_end))
		return skip_spaces(lexer, pos + 1 + lexer->block_end.len) - start;
	if (is_end && text_has(lexer, pos, STR("+")) && text_has(lexer, pos + 1, lexer->block_end))
		return pos + 1 + lexer->block_end.len - start;
	if (!text_has(lexer, pos, lexer->block_end))
		return 0;
	pos += lexer->block_end.len;
	if (is_end && lexer->syntax->trim_blocks && text_has(lexer, pos, STR("\n")))
		pos++;
	return pos - start;
}

/* A line statement begins with the blanks of its line; true when they begin at or after `from`. */
static bool line_statement_start(const struct lexer *lexer, size_t from, size_t at,
				 size_t *ret_start)
{
	const char *text = lexer->text.ptr;

	while (at > from && (text[at - 1] == ' ' || text[at - 1] == '\t' || text[at - 1] == '\v'))
		at--;
	*ret_start = at;
	return at == 0 || text[at - 1] == '\n';
}

/* A line comment begins with the blanks before it, at the start of a line or behind a word. */
static bool line_comment_start(const struct lexer *lexer, size_t from, size_t at, size_t *ret_start)
{
	struct str before = text_part(lexer, from, at), kept = space_trim_end(before);
	size_t start = at;

	for (size_t i = before.len; i > kept.len && before.ptr[i - 1] != '\n'; i--)
		start--;
	*ret_start = start;
	return start == 0 || lexer->text.ptr[start - 1] == '\n' ||
	       (start > from ? start == from + kept.len
			     : !space_length(lexer->text.ptr + start - 1, text_end(lexer)));
}

/* The tag that begins with a delimiter at `at`; false: none does. */
static bool tag_at(const struct lexer *lexer, size_t from, size_t at, struct tag *ret_tag)
{
	bool is_found = false;

	if (text_has(lexer, at, lexer->block_start) &&
	    raw_tag_length(lexer, at + lexer->block_start.len, STR("raw"))) {
		*ret_tag = (struct tag){OPENS_RAW, at, at + lexer->block_start.len};
		return true;
	}
	for (size_t i = 0; i < lexer->n_starts; i++) {
		const struct delimiter *delimiter = &lexer->starts[i];
		struct tag tag = {delimiter->opening, at, at + delimiter->text.len};

		if (!text_has(lexer, at, delimiter->text))
			continue;
		if (delimiter->opening == OPENS_LINE_STATEMENT &&
		    !line_statement_start(lexer, from, at, &tag.start))
			continue;
		if (delimiter->opening == OPENS_LINE_COMMENT &&
		    !line_comment_start(lexer, from, at, &tag.start))
			continue;
		if (!is_found || tag.start < ret_tag->start)
			*ret_tag = tag;
		is_found = true;
	}
	return is_found;
}

/* The first tag at or after `from`; false: text to the end. */
static bool tag_find(const struct lexer *lexer, size_t from, struct tag *ret_tag)
{
	const char *text = lexer->text.ptr, *end = text_end(lexer);

	for (const char *p = text + from; p < end; p++) {
		if (lexer->only_first >= 0) {
			p = memchr(p, lexer->only_first, (size_t)(end - p));
			if (!p)
				return false;
		} else if (!lexer->is_first[(unsigned char)*p]) {
			continue;
		}
		if (tag_at(lexer, from, (size_t)(p - text), ret_tag))
			return true;
	}
	return false;
}

/* ---- text ---- */

/* What is left of a text before a tag with its sign at `sign`. */
static struct str text_before(const struct lexer *lexer, struct str text, enum opening opening,
			      size_t sign)
{
	if (text_has(lexer, sign, STR("-")))
		return space_trim_end(text);
	if (text_has(lexer, sign, STR("+")) || !lexer->syntax->lstrip_blocks ||
	    opening == OPENS_VARIABLE)
		return text;
	const char *newline = memrchr(text.ptr, '\n', text.len);
	size_t line = newline ? (size_t)(newline + 1 - text.ptr) : 0;
	bool begins_line = newline || text.ptr == lexer->text.ptr || text.ptr[-1] == '\n';
	if (begins_line && space_only((struct str){text.ptr + line, text.len - line}))
		text.len = line;
	return text;
}

/* Line ends as the syntax wants them. */
static struct str with_newlines(struct lexer *lexer, struct str text)
{
	autobuf struct buf buf = {.max = SIZE_MAX};

	if (!lexer->syntax->newline || str_is(STR("\n"), lexer->syntax->newline) ||
	    !memchr(text.ptr, '\n', text.len))
		return text;
	for (struct str rest = text; rest.ptr;) {
		buf_append_str(&buf, str_cut(&rest, '\n'));
		if (rest.ptr)
			buf_puts(&buf, lexer->syntax->newline);
	}
	return (struct str){heap_strdup(lexer->heap, buf_str(&buf)), buf.len};
}

static void text_token(struct lexer *lexer, struct str text, struct token *token)
{
	size_t offset = (size_t)(text.ptr - lexer->text.ptr);

	*token = (struct token){.kind = TOKEN_TEXT,
				.offset = (uint32_t)offset,
				.mark = lexer_mark(lexer, offset, 1),
				.text = with_newlines(lexer, text)};
}

static void skip_sign(struct lexer *lexer)
{
	if (text_has(lexer, lexer->pos, STR("-")) || text_has(lexer, lexer->pos, STR("+")))
		lexer->pos++;
}

/* Past the end of a comment. One that begins at the very end of the text is none. */
static int comment_skip(struct lexer *lexer, struct mark mark)
{
	skip_sign(lexer);
	if (lexer->pos == lexer->text.len)
		return 0;
	struct str rest = text_part(lexer, lexer->pos, lexer->text.len), end = lexer->comment_end;
	const char *found = memmem(rest.ptr, rest.len, end.ptr, end.len);
	if (!found)
		return lexer_fail(lexer, ERR_INPUT, mark, "Missing end of comment tag");
	size_t at = (size_t)(found - lexer->text.ptr);
	char sign = 0;
	if (at > lexer->pos)
		sign = found[-1];
	lexer->pos = at + end.len;
	if (sign == '-')
		lexer->pos = skip_spaces(lexer, lexer->pos);
	else if (sign != '+' && lexer->syntax->trim_blocks &&
		 text_has(lexer, lexer->pos, STR("\n")))
		lexer->pos++;
	return 0;
}

/* The text of a raw block, and past its end. 1: *token holds it; 0: it is empty. */
static int raw_read(struct lexer *lexer, struct mark mark, struct token *token)
{
	lexer->pos += raw_tag_length(lexer, lexer->pos, STR("raw"));
	size_t start = lexer->pos;
	struct str rest = text_part(lexer, start, lexer->text.len), delimiter = lexer->block_start;

	if (!rest.len)
		return 0;
	for (const char *p = rest.ptr;; p++) {
		p = memmem(p, (size_t)(text_end(lexer) - p), delimiter.ptr, delimiter.len);
		if (!p)
			return lexer_fail(lexer, ERR_INPUT, mark, "Missing end of raw directive");
		size_t at = (size_t)(p - lexer->text.ptr), sign = at + delimiter.len;
		size_t len = raw_tag_length(lexer, sign, STR("endraw"));
		if (!len)
			continue;
		struct str text = text_before(lexer, text_part(lexer, start, at), OPENS_RAW, sign);
		lexer->pos = sign + len;
		if (text.len)
			text_token(lexer, text, token);
		return text.len > 0;
	}
}

static void line_comment_skip(struct lexer *lexer)
{
	size_t left = lexer->text.len - lexer->pos;
	const char *newline = memchr(lexer->text.ptr + lexer->pos, '\n', left);

	lexer->pos = newline ? (size_t)(newline - lexer->text.ptr) : lexer->text.len;
}

/* Enters what lexer->open says. 1: *token is made; 0: go on. */
static int enter(struct lexer *lexer, struct token *token)
{
	enum opening opening = lexer->open;
	struct mark mark = lexer_mark(lexer, lexer->open_at, lexer->pos - lexer->open_at);

	lexer->open = OPENS_NOTHING;
	switch (opening) {
	case OPENS_COMMENT: return comment_skip(lexer, mark);
	case OPENS_RAW: return raw_read(lexer, mark, token);
	case OPENS_LINE_COMMENT: line_comment_skip(lexer); return 0;
	default: break;
	}
	skip_sign(lexer);
	lexer->in = opening;
	*token = (struct token){.kind = opening == OPENS_VARIABLE ? TOKEN_VARIABLE_BEGIN
								  : TOKEN_BLOCK_BEGIN,
				.offset = (uint32_t)lexer->open_at,
				.mark = mark};
	return 1;
}

/* Text, or the beginning of a tag. */
static int text_next(struct lexer *lexer, struct token *token)
{
	for (;;) {
		struct tag tag = {.start = lexer->text.len};
		int entered = lexer->open ? enter(lexer, token) : 0;

		if (entered)
			return entered < 0 ? -1 : 0;
		if (lexer->pos >= lexer->text.len)
			break;
		bool is_found = tag_find(lexer, lexer->pos, &tag);
		struct str text = text_part(lexer, lexer->pos, tag.start);
		if (is_found) {
			text = text_before(lexer, text, tag.opening, tag.sign);
			lexer->open = tag.opening;
			lexer->open_at = tag.start;
			lexer->pos = tag.sign;
		} else {
			lexer->pos = lexer->text.len;
		}
		if (text.len) {
			text_token(lexer, text, token);
			return 0;
		}
	}
	*token = (struct token){.kind = TOKEN_END,
				.offset = (uint32_t)lexer->text.len,
				.mark = lexer_mark(lexer, lexer->text.len, 1)};
	return 0;
}

/* ---- tags ---- */

/* A line statement ends with the last line end of the white space that follows, or with the text.
 * Its length; -1: it does not end here. */
static ptrdiff_t line_end_length(const struct lexer *lexer)
{
	size_t end = skip_spaces(lexer, lexer->pos);

	if (end == lexer->text.len)
		return (ptrdiff_t)(end - lexer->pos);
	const char *newline = memrchr(lexer->text.ptr + lexer->pos, '\n', end - lexer->pos);
	return newline ? newline + 1 - (lexer->text.ptr + lexer->pos) : -1;
}

/* The length of what ends the tag at lexer->pos, with the white space that it takes; -1: nothing
 * does. */
static ptrdiff_t tag_end_length(const struct lexer *lexer)
{
	bool is_block = lexer->in == OPENS_BLOCK;
	struct str end = is_block ? lexer->block_end : lexer->variable_end;
	size_t pos = lexer->pos;

	if (lexer->in == OPENS_LINE_STATEMENT)
		return line_end_length(lexer);
	char sign = lexer->text.ptr[pos];
	if ((sign == '-' || (sign == '+' && is_block)) && text_has(lexer, pos + 1, end)) {
		pos += 1 + end.len;
		return (ptrdiff_t)((sign == '-' ? skip_spaces(lexer, pos) : pos) - lexer->pos);
	}
	if (!text_has(lexer, pos, end))
		return -1;
	pos += end.len;
	if (is_block && lexer->syntax->trim_blocks && text_has(lexer, pos, STR("\n")))
		pos++;
	return (ptrdiff_t)(pos - lexer->pos);
}

static size_t visible_length(struct str text)
{
	size_t len = space_trim_end(text).len;

	return len ? len : 1;
}

static bool tag_end(struct lexer *lexer, struct token *token)
{
	ptrdiff_t len = lexer->n_brackets ? -1 : tag_end_length(lexer);

	if (len < 0)
		return false;
	struct str all = text_part(lexer, lexer->pos, lexer->pos + (size_t)len);
	*token = (struct token){.kind = lexer->in == OPENS_VARIABLE ? TOKEN_VARIABLE_END
								    : TOKEN_BLOCK_END,
				.offset = (uint32_t)lexer->pos,
				.mark = lexer_mark(lexer, lexer->pos, visible_length(all))};
	lexer->pos += (size_t)len;
	lexer->in = OPENS_NOTHING;
	return true;
}

int lexer_next(struct lexer *lexer, struct token *token)
{
	if (!lexer->in)
		return text_next(lexer, token);
	if (tag_end(lexer, token))
		return 0;
	size_t pos = skip_spaces(lexer, lexer->pos);
	if (pos > lexer->pos) {
		lexer->pos = pos;
		if (tag_end(lexer, token))
			return 0;
	}
	if (lexer->pos >= lexer->text.len) {
		*token = (struct token){.kind = TOKEN_END,
					.offset = (uint32_t)lexer->text.len,
					.mark = lexer_mark(lexer, lexer->text.len, 1)};
		return 0;
	}
	return lexer_tag_token(lexer, token);
}
