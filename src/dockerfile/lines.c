/* lines.c - physical lines to logical ones: continuations joined, comments dropped, directives
 * read. SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/vec.h"

#include "base/banned.h"

void line_done(struct line *line)
{
	buf_done(&line->text);
	vec_done(&line->pieces);
}

struct src_pos line_at(const struct line *line, const char *ptr)
{
	struct src_pos at = {.file = line->file};
	size_t offset = (size_t)(ptr - line->text.ptr);

	for (size_t i = 0; i < line->pieces.n; i++) {
		const struct line_piece *piece = &line->pieces.items[i];
		if (piece->offset > offset)
			break;
		at.line = piece->line;
		at.column = piece->column + (uint32_t)(offset - piece->offset);
	}
	return at;
}

static void line_append(struct line *line, uint32_t number, struct str part, size_t column)
{
	if (part.len)
		vec_push(&line->pieces, {line->text.len, number, (uint32_t)column});
	buf_append_str(&line->text, part);
}

bool lines_next_raw(struct lines *lines, struct str *ret_raw)
{
	if (!lines->rest.len)
		return false;
	const char *end = memchr(lines->rest.ptr, '\n', lines->rest.len);
	size_t len = end ? (size_t)(end - lines->rest.ptr) + 1 : lines->rest.len;
	*ret_raw = (struct str){lines->rest.ptr, len};
	lines->rest = (struct str){lines->rest.ptr + len, lines->rest.len - len};
	lines->number++;
	return true;
}

struct str line_content(struct str raw)
{
	while (raw.len && (raw.ptr[raw.len - 1] == '\n' || raw.ptr[raw.len - 1] == '\r'))
		raw.len--;
	return raw;
}

static bool is_comment(struct str content)
{
	return str_starts(str_skip_space(content), STR("#"));
}

/* Takes the escape character off the end; false when the line does not go on. An escape that is
 * itself escaped does not continue (and three of them do not either, as docker reads it). */
static bool cut_continuation(struct str *content, char escape)
{
	size_t len = content->len;
	while (len && (content->ptr[len - 1] == ' ' || content->ptr[len - 1] == '\t'))
		len--;
	if (!len || content->ptr[len - 1] != escape)
		return false;
	if (len > 1 && content->ptr[len - 2] == escape)
		return false;
	content->len = len - 1;
	return true;
}

static int check_length(const struct lines *lines, struct str content, struct err *err)
{
	if (content.len <= LIMIT_DOCKERFILE_LINE)
		return 0;
	return err_at(err, (struct src_pos){lines->file, lines->number, 0},
		      "the line is longer than %u bytes", LIMIT_DOCKERFILE_LINE);
}

/* The lines behind a continuation; comments among them are dropped and blank ones skipped. */
static int join_rest(struct lines *lines, struct line *line, struct err *err)
{
	bool goes_on = true;
	struct str raw;

	while (goes_on && lines_next_raw(lines, &raw)) {
		struct str content = line_content(raw);
		if (check_length(lines, content, err))
			return -1;
		if (is_comment(content) || !str_skip_space(content).len)
			continue;
		goes_on = cut_continuation(&content, lines->escape);
		line_append(line, lines->number, content, 1);
	}
	return 0;
}

int lines_next(struct lines *lines, struct line *line, bool *ret_found, struct err *err)
{
	struct str raw;

	line_done(line);
	*line = (struct line){.file = lines->file, .text = {.max = LIMIT_DOCKERFILE_BYTES + 1}};
	while (!line->text.len && lines_next_raw(lines, &raw)) {
		struct str content = line_content(raw);
		if (check_length(lines, content, err))
			return -1;
		if (is_comment(content))
			continue;
		struct str text = str_skip_space(content);
		bool goes_on = cut_continuation(&text, lines->escape);
		line_append(line, lines->number, text, (size_t)(text.ptr - raw.ptr) + 1);
		if (goes_on && join_rest(lines, line, err))
			return -1;
	}
	*ret_found = line->text.len > 0;
	return 0;
}

/* "# key = value" at the start of the line. */
static bool split_directive(struct str content, struct str *ret_key, struct str *ret_value)
{
	if (!str_starts(content, STR("#")))
		return false;
	struct str value = {content.ptr + 1, content.len - 1};
	struct str key = str_cut(&value, '=');
	key = str_trim(key);
	value = str_trim(value);
	if (!key.len || !value.len)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (!isalnum((unsigned char)key.ptr[i]))
			return false;
	*ret_key = key;
	*ret_value = value;
	return true;
}

static int set_escape(struct lines *lines, struct str value, struct src_pos at, struct err *err)
{
	if (!str_is(value, "\\") && !str_is(value, "`"))
		return err_at(err, at, "the escape character is '%.*s', not \\ or `",
			      STR_ARG(value));
	lines->escape = value.ptr[0];
	return 0;
}

static int set_syntax(struct lines *lines, struct str value, struct src_pos at, struct err *err)
{
	(void)at;
	(void)err;
	lines->syntax = str_dup(value);
	return 0;
}

static int set_nothing(struct lines *lines, struct str value, struct src_pos at, struct err *err)
{
	(void)lines;
	(void)value;
	(void)at;
	(void)err;
	return 0; /* "check" steers a linter */
}

static const struct {
	const char *key;
	int (*set)(struct lines *lines, struct str value, struct src_pos at, struct err *err);
} directives[] = {{"syntax", set_syntax}, {"escape", set_escape}, {"check", set_nothing}};

static int directive_find(struct str key)
{
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		if (strlen(directives[i].key) == key.len &&
		    !strncasecmp(directives[i].key, key.ptr, key.len))
			return (int)i;
	return -1;
}

/* The first line that is none ends them for good. */
static int read_directives(struct lines *lines, struct err *err)
{
	bool seen[ARRAY_LEN(directives)] = {0};
	struct str key, value;
	struct lines before = *lines;

	for (struct str raw; lines_next_raw(lines, &raw); before = *lines) {
		struct src_pos at = {lines->file, lines->number, 1};
		int found =
			split_directive(line_content(raw), &key, &value) ? directive_find(key) : -1;
		if (found < 0)
			break;
		if (seen[found])
			return err_at(err, at, "a second directive '%s'", directives[found].key);
		seen[found] = true;
		if (directives[found].set(lines, value, at, err))
			return -1;
	}
	lines->rest = before.rest;
	lines->number = before.number;
	return 0;
}

int lines_begin(struct lines *lines, const char *file, struct str text, struct err *err)
{
	*lines = (struct lines){.file = file, .rest = text, .escape = '\\'};
	if (text.len > LIMIT_DOCKERFILE_BYTES)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", file,
			       LIMIT_DOCKERFILE_BYTES);
	if (text.len && memchr(text.ptr, '\0', text.len))
		return err_set(err, ERR_INPUT, "%s: holds a NUL byte, so it is not text", file);
	if (str_starts(text, STR("\xef\xbb\xbf")))
		lines->rest = (struct str){text.ptr + 3, text.len - 3};
	return read_directives(lines, err);
}
