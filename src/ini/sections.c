/* sections.c - the text of init files as sections and entries, each with its place.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/sections.h"

#include <stdarg.h>

#include "base/buf.h"
#include "ini/limits.h"

#include "base/banned.h"

printf_like(4, 0) static void line_add(struct problems *problems, struct text_list *lines,
				       struct src_pos at, const char *fmt, va_list args)
{
	autobuf struct buf line = {.max = LIMIT_INI_VALUE};
	if (lines->n == LIMIT_INI_PROBLEMS)
		return;
	if (at.file)
		buf_printf(&line, "%s:", at.file);
	if (at.line)
		buf_printf(&line, "%u:%u:", at.line, at.column);
	if (line.len)
		buf_putc(&line, ' ');
	buf_vprintf(&line, fmt, args);
	text_list_add(problems->arena, lines, arena_strdup(problems->arena, buf_text(&line)));
}

void problem_add(struct problems *problems, struct src_pos at, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	line_add(problems, &problems->errors, at, fmt, args);
	va_end(args);
}

void warning_add(struct problems *problems, struct src_pos at, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	line_add(problems, &problems->warnings, at, fmt, args);
	va_end(args);
}

void problem_take(struct problems *problems, struct src_pos at, const char *key, struct err *err)
{
	problem_add(problems, at, "%s%s%s", key ? key : "", key ? ": " : "", err_text(err));
	err_clear(err);
}

void sections_init(struct sections *sections, struct arena *arena, struct problems *problems,
		   enum vocabulary vocabulary)
{
	*sections =
		(struct sections){.arena = arena, .problems = problems, .vocabulary = vocabulary};
	sections->end = &sections->first;
}

void sections_done(struct sections *sections)
{
	map_done(&sections->by_header);
}

/* One file on its way. */
struct lines {
	struct sections *sections;
	struct src_pos pos; /* column 1 of the line */
	struct section *section;
	bool had_header;
	struct entry_line *open; /* what a continuation continues; NULL: nothing */
	struct buf value;        /* of `open` */
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct src_pos pos_at(const struct lines *lines, struct str line, const char *ptr)
{
	struct src_pos pos = lines->pos;
	pos.column = (uint32_t)(ptr - line.ptr) + 1;
	return pos;
}

/* The value is whole. */
static void entry_close(struct lines *lines)
{
	struct sections *sections = lines->sections;
	if (!lines->open)
		return;
	if (lines->value.overflowed)
		problem_add(sections->problems, lines->open->value_pos,
			    "the value of '%s' has more than %zu bytes", lines->open->key,
			    LIMIT_INI_VALUE);
	const char *text = buf_text(&lines->value);
	lines->open->value = text_eq(text, "\"\"") ? "" : arena_strdup(sections->arena, text);
	lines->open = NULL;
}

static struct section *section_get(struct lines *lines, struct str header, struct src_pos pos)
{
	struct sections *sections = lines->sections;
	char *whole = arena_str(sections->arena, header);
	struct section *section = map_get(&sections->by_header, whole);
	if (section)
		return section;
	if (sections->n++ == LIMIT_INI_SECTIONS)
		problem_add(sections->problems, pos, "more than %d sections", LIMIT_INI_SECTIONS);
	section = arena_alloc(sections->arena, sizeof(*section));
	if (sections->n > LIMIT_INI_SECTIONS)
		return section;
	struct str name = header, kind = str_cut(&name, ':');
	section->kind = arena_str(sections->arena, kind);
	section->name = name.ptr ? arena_str(sections->arena, str_trim(name)) : NULL;
	section->pos = pos;
	section->end = &section->entries;
	*sections->end = section;
	sections->end = &section->next;
	map_set(&sections->by_header, whole, section);
	return section;
}

static void header_read(struct lines *lines, struct str line)
{
	struct problems *problems = lines->sections->problems;
	const char *close = memchr(line.ptr, ']', line.len);
	lines->section = NULL;
	lines->had_header = true;
	if (!close) {
		problem_add(problems, pos_at(lines, line, line.ptr), "a section without ]");
		return;
	}
	struct str header = {line.ptr + 1, (size_t)(close - line.ptr) - 1};
	struct str behind = str_trim((struct str){close + 1, line.len - header.len - 2});
	bool is_comment = behind.len && (behind.ptr[0] == '#' || behind.ptr[0] == ';');
	if (lines->sections->vocabulary == VOCABULARY_NATIVE && behind.len && !is_comment)
		problem_add(problems, pos_at(lines, line, behind.ptr),
			    "text behind the section's ]");
	header = str_trim(header);
	if (!header.len || header.ptr[header.len - 1] == ':')
		problem_add(problems, pos_at(lines, line, line.ptr), "a section without a name");
	else
		lines->section = section_get(lines, header, pos_at(lines, line, line.ptr));
}

/* circus: the first ';' ends the value when white space stands before it. */
static struct str comment_cut(struct str value)
{
	const char *found = value.len ? memchr(value.ptr, ';', value.len) : NULL;
	if (found && (found == value.ptr || is_blank(found[-1])))
		value.len = (size_t)(found - value.ptr);
	return value;
}

static void entry_add(struct lines *lines, struct str key, struct src_pos key_pos, struct str value,
		      struct src_pos value_pos)
{
	struct section *section = lines->section;
	struct sections *sections = lines->sections;
	if (section->n_entries++ >= LIMIT_INI_KEYS) {
		if (section->n_entries == LIMIT_INI_KEYS + 1)
			problem_add(sections->problems, key_pos, "more than %d keys in a section",
				    LIMIT_INI_KEYS);
		return;
	}
	struct entry_line *entry = arena_alloc(sections->arena, sizeof(*entry));
	*entry = (struct entry_line){.key = arena_str(sections->arena, key),
				     .value = "",
				     .key_pos = key_pos,
				     .value_pos = value_pos};
	*section->end = entry;
	section->end = &entry->next;
	lines->open = entry;
	buf_done(&lines->value);
	lines->value.max = LIMIT_INI_VALUE;
	buf_append_str(&lines->value, value);
}

static void entry_read(struct lines *lines, struct str line)
{
	struct problems *problems = lines->sections->problems;
	bool is_circus = lines->sections->vocabulary == VOCABULARY_CIRCUS;
	size_t n = 0;
	while (n < line.len && line.ptr[n] != '=' && !(is_circus && line.ptr[n] == ':'))
		n++;
	struct str key = str_trim((struct str){line.ptr, n});
	struct src_pos pos = pos_at(lines, line, line.ptr);
	if (n == line.len || !key.len) {
		problem_add(problems, pos, "neither [section] nor key = value: '%.*s'",
			    (int)(key.len < 60 ? key.len : 60), key.ptr);
		return;
	}
	if (!lines->section) {
		/* What stands below a bad header was reported with it. */
		if (!lines->had_header)
			problem_add(problems, pos, "a key before the first section");
		return;
	}
	const char *colon = memchr(key.ptr, ':', key.len);
	if (colon && !is_circus) {
		problem_add(problems, pos_at(lines, line, colon), "write '%.*s = …', not ':'",
			    (int)(colon - key.ptr), key.ptr);
		return;
	}
	struct str value = {line.ptr + n + 1, line.len - n - 1};
	value = str_trim(is_circus ? comment_cut(str_trim(value)) : value);
	if (!value.len)
		value.ptr = line.ptr + n + 1;
	entry_add(lines, key, pos, value, pos_at(lines, line, value.ptr));
}

static void more_read(struct lines *lines, struct str line)
{
	struct str text = str_trim(line);
	struct problems *problems = lines->sections->problems;
	bool is_circus = lines->sections->vocabulary == VOCABULARY_CIRCUS;
	if (!is_circus && (text.ptr[0] == '#' || text.ptr[0] == ';'))
		return;
	if (!lines->open) {
		problem_add(problems, pos_at(lines, line, text.ptr),
			    "white space in front: it would continue a value, and there is none");
		return;
	}
	if (text.ptr[0] == '#')
		warning_add(problems, pos_at(lines, line, text.ptr),
			    "an indented comment is part of the value of '%s'", lines->open->key);
	if (lines->value.len)
		buf_putc(&lines->value, '\n');
	buf_append_str(&lines->value, text);
}

static bool is_comment(struct str line, bool is_circus)
{
	if (line.ptr[0] == '#' || line.ptr[0] == ';')
		return true;
	return is_circus && line.len >= 3 && str_is_nocase((struct str){line.ptr, 3}, "rem") &&
	       (line.len == 3 || is_blank(line.ptr[3]));
}

static void line_read(struct lines *lines, struct str line)
{
	bool is_circus = lines->sections->vocabulary == VOCABULARY_CIRCUS;
	const char *zero = line.len ? memchr(line.ptr, '\0', line.len) : NULL;
	if (zero) {
		problem_add(lines->sections->problems, pos_at(lines, line, zero), "a NUL byte");
		return;
	}
	if (!str_trim(line).len || is_comment(line, is_circus))
		return;
	if (is_blank(line.ptr[0])) {
		more_read(lines, line);
		return;
	}
	entry_close(lines);
	if (line.ptr[0] == '[')
		header_read(lines, line);
	else
		entry_read(lines, line);
}

void sections_read(struct sections *sections, const char *file, struct str text)
{
	struct lines lines = {.sections = sections, .pos = {.file = file, .column = 1}};
	if (str_starts(text, STR("\xef\xbb\xbf"))) /* the mark of some editors */
		text = (struct str){text.ptr + 3, text.len - 3};
	for (struct str rest = text; rest.ptr;) {
		struct str line = str_cut(&rest, '\n');
		lines.pos.line++;
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		line_read(&lines, line);
	}
	entry_close(&lines);
	buf_done(&lines.value);
}

enum vocabulary text_vocabulary(struct str text)
{
	static const char *const circus[] = {"[circus]", "[watcher:", "[plugin:"};
	for (struct str rest = text; rest.ptr;) {
		struct str line = str_cut(&rest, '\n');
		for (size_t i = 0; i < ARRAY_LEN(circus); i++) {
			if (str_starts(line, str_of(circus[i])))
				return VOCABULARY_CIRCUS;
		}
	}
	return VOCABULARY_NATIVE;
}
