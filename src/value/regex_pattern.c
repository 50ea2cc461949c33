/* regex_pattern.c - a pattern as Python writes it, written for PCRE2.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What comes out has no names, no white space of the verbose form, no octal and no bare escapes, so
 * that nothing in it can mean something else to PCRE2 than to Python (re(7) of neither: Python's
 * library reference, "re", and pcre2pattern(3)). */
#include "value/regex_private.h"

#include <stdarg.h>

#include "base/encode.h"
#include "value/limits.h"

#include "base/banned.h"

enum item { /* what a quantifier would repeat */
	    ITEM_NONE,
	    ITEM_ANCHOR,
	    ITEM_ATOM,
	    ITEM_REPEAT,
};

struct open_group {
	size_t pos;
	unsigned group; /* 0: captures nothing */
	bool was_verbose;
};

struct translation {
	struct str pattern;
	size_t pos;
	struct buf *out;
	struct regex_groups *groups;
	unsigned flags;
	bool is_verbose;
	bool is_started; /* something else than flags was seen */
	enum item item;
	struct open_group opens[LIMIT_REGEX_DEPTH];
	size_t n_opens;
	bool is_closed[REGEX_GROUPS_MAX];
	unsigned asked; /* the highest group of a condition, which may come later */
	size_t asked_pos;
};

int regex_bad(struct str pattern, size_t pos, struct err *err, const char *fmt, ...)
{
	va_list args;
	size_t position = 0;
	autobuf struct buf text = {0}, shown = {0};

	for (size_t i = 0; i < pos && i < pattern.len; i++)
		position += ((unsigned char)pattern.ptr[i] & 0xc0) != 0x80;
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	text_escape(&shown, buf_str(&text));
	return err_set(err, ERR_INPUT, "%s at position %zu", buf_text(&shown), position);
}

static int peek(const struct translation *t)
{
	return t->pos < t->pattern.len ? (unsigned char)t->pattern.ptr[t->pos] : -1;
}

static bool take(struct translation *t, char c)
{
	if (peek(t) != (unsigned char)c)
		return false;
	t->pos++;
	return true;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_octal(int c)
{
	return c >= '0' && c <= '7';
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(int c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character that stands for itself, whatever it is. */
static uint32_t take_char(struct translation *t)
{
	unsigned char first = (unsigned char)t->pattern.ptr[t->pos++];
	unsigned n = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	uint32_t code = n ? first & (0x3fU >> n) : first;

	for (; n && t->pos < t->pattern.len; n--)
		code = code << 6 | ((unsigned char)t->pattern.ptr[t->pos++] & 0x3f);
	return code;
}

static void put_char(struct translation *t, uint32_t code)
{
	if (code < 128 && (is_letter((int)code) || is_digit((int)code)))
		buf_putc(t->out, (char)code);
	else
		buf_printf(t->out, "\\x{%x}", code);
}

/* \xHH, \uHHHH, \UHHHHHHHH: behind the letter. */
static int take_hex(struct translation *t, size_t start, unsigned n_digits, uint32_t *ret_code,
		    struct err *err)
{
	uint32_t code = 0;

	for (unsigned i = 0; i < n_digits; i++) {
		int digit = hex_value(peek(t));
		if (digit < 0)
			return regex_bad(t->pattern, start, err, "incomplete escape %.*s",
					 (int)(t->pos - start), t->pattern.ptr + start);
		code = code << 4 | (uint32_t)digit;
		t->pos++;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return regex_bad(t->pattern, start, err, "bad escape %.*s", (int)(t->pos - start),
				 t->pattern.ptr + start);
	*ret_code = code;
	return 0;
}

static int take_octal(struct translation *t, size_t start, unsigned n_max, uint32_t *ret_code,
		      struct err *err)
{
	uint32_t code = 0;

	for (; n_max && is_octal(peek(t)); n_max--)
		code = code * 8 + (uint32_t)(t->pattern.ptr[t->pos++] - '0');
	if (code > 0377)
		return regex_bad(t->pattern, start, err,
				 "octal escape value %.*s outside of range 0-0o377",
				 (int)(t->pos - start), t->pattern.ptr + start);
	*ret_code = code;
	return 0;
}

/* The escapes that are one character inside and outside of classes. 1: it was; 0: it is none. */
static int take_escaped_char(struct translation *t, size_t start, uint32_t *ret_code,
			     struct err *err)
{
	static const char letters[] = "afnrtv\\", codes[] = "\a\f\n\r\t\v\\";
	static const struct {
		char letter;
		unsigned n_digits;
	} hex[] = {{'x', 2}, {'u', 4}, {'U', 8}};
	int c = peek(t);

	for (size_t i = 0; i < ARRAY_LEN(hex); i++)
		if (c == hex[i].letter) {
			t->pos++;
			return take_hex(t, start, hex[i].n_digits, ret_code, err) ? -1 : 1;
		}
	if (c == '0')
		return take_octal(t, start, 3, ret_code, err) ? -1 : 1;
	const char *at = c > 0 ? strchr(letters, c) : NULL;
	if (at) {
		t->pos++;
		*ret_code = (unsigned char)codes[at - letters];
		return 1;
	}
	if (is_letter(c) || is_digit(c))
		return 0;
	*ret_code = take_char(t);
	return 1;
}

static int bad_escape(struct translation *t, size_t start, struct err *err)
{
	if (peek(t) < 0)
		return regex_bad(t->pattern, start, err, "bad escape (end of pattern)");
	return regex_bad(t->pattern, start, err, "bad escape \\%c", peek(t));
}

static int put_reference(struct translation *t, size_t pos, uint64_t group, struct err *err)
{
	if (group >= t->groups->n)
		return regex_bad(t->pattern, pos, err, "invalid group reference %llu",
				 (unsigned long long)group);
	if (!t->is_closed[group])
		return regex_bad(t->pattern, pos - 1, err, "cannot refer to an open group");
	buf_printf(t->out, "\\g{%u}", (unsigned)group);
	t->item = ITEM_ATOM;
	return 0;
}

/* \1 to \99, and \123 in octal. */
static int translate_digits(struct translation *t, size_t start, struct err *err)
{
	const char *p = t->pattern.ptr + t->pos;
	size_t left = t->pattern.len - t->pos;
	uint32_t code = 0;

	if (left >= 3 && is_octal(p[0]) && is_octal(p[1]) && is_octal(p[2])) {
		if (take_octal(t, start, 3, &code, err))
			return -1;
		put_char(t, code);
		t->item = ITEM_ATOM;
		return 0;
	}
	uint64_t group = (uint64_t)(p[0] - '0');
	t->pos++;
	if (is_digit(peek(t)))
		group = group * 10 + (uint64_t)(t->pattern.ptr[t->pos++] - '0');
	return put_reference(t, start + 1, group, err);
}

static int translate_escape(struct translation *t, struct err *err)
{
	size_t start = t->pos++;
	int c = peek(t);
	uint32_t code = 0;

	if (c > 0 && strchr("AbBZ", c)) {
		buf_putc(t->out, '\\');
		buf_putc(t->out, (char)(c == 'Z' ? 'z' : c));
		t->pos++;
		t->item = ITEM_ANCHOR;
		return 0;
	}
	t->item = ITEM_ATOM;
	if (c > 0 && strchr("dDsSwW", c)) {
		buf_putc(t->out, '\\');
		buf_putc(t->out, (char)c);
		t->pos++;
		return 0;
	}
	if (is_digit(c) && c != '0')
		return translate_digits(t, start, err);
	int is_char = c < 0 ? 0 : take_escaped_char(t, start, &code, err);
	if (is_char < 0)
		return -1;
	if (!is_char)
		return bad_escape(t, start, err);
	put_char(t, code);
	return 0;
}

/* One member of a class: a character (1) or a set like \d (0: written). */
static int take_member(struct translation *t, size_t class_start, uint32_t *ret_code,
		       struct err *err)
{
	size_t start = t->pos;
	int c = peek(t);

	if (c < 0)
		return regex_bad(t->pattern, class_start, err, "unterminated character set");
	if (c != '\\') {
		*ret_code = take_char(t);
		return 1;
	}
	t->pos++;
	c = peek(t);
	if (c > 0 && strchr("dDsSwW", c)) {
		buf_putc(t->out, '\\');
		buf_putc(t->out, (char)c);
		t->pos++;
		return 0;
	}
	if (c == 'b') {
		t->pos++;
		*ret_code = '\b';
		return 1;
	}
	if (is_octal(c))
		return take_octal(t, start, 3, ret_code, err) ? -1 : 1;
	int is_char = c < 0 ? 0 : take_escaped_char(t, start, ret_code, err);
	if (is_char)
		return is_char;
	return bad_escape(t, start, err);
}

/* a, \d or a-z. */
static int translate_range(struct translation *t, size_t class_start, struct err *err)
{
	size_t start = t->pos;
	uint32_t low = 0, high = 0;
	int is_char = take_member(t, class_start, &low, err);

	if (is_char < 0)
		return -1;
	if (is_char)
		put_char(t, low);
	if (peek(t) != '-' || t->pos + 1 >= t->pattern.len || t->pattern.ptr[t->pos + 1] == ']')
		return 0;
	t->pos++;
	int is_range = is_char;
	if (is_char)
		buf_putc(t->out, '-');
	is_char = take_member(t, class_start, &high, err);
	if (is_char < 0)
		return -1;
	if (!is_range || !is_char || high < low)
		return regex_bad(t->pattern, start, err, "bad character range %.*s",
				 (int)(t->pos - start), t->pattern.ptr + start);
	put_char(t, high);
	return 0;
}

static int translate_class(struct translation *t, struct err *err)
{
	size_t start = t->pos++;

	buf_putc(t->out, '[');
	if (take(t, '^'))
		buf_putc(t->out, '^');
	for (bool first = true; first || peek(t) != ']'; first = false)
		if (translate_range(t, start, err))
			return -1;
	t->pos++;
	buf_putc(t->out, ']');
	t->item = ITEM_ATOM;
	return 0;
}

static bool take_number(struct translation *t, uint64_t *ret_number)
{
	size_t start = t->pos;

	while (is_digit(peek(t)))
		t->pos++;
	struct str digits = {t->pattern.ptr + start, t->pos - start};
	if (digits.len && !str_to_u64(digits, ret_number))
		*ret_number = UINT64_MAX;
	return digits.len > 0;
}

/* {n}, {n,}, {,n}, {n,m}; anything else behind a brace is text. 1: written; 0: text. */
static int translate_counts(struct translation *t, struct buf *quantifier, struct err *err)
{
	size_t start = t->pos;
	uint64_t min = 0, max = 0;

	t->pos++;
	if (peek(t) == '}') {
		t->pos = start;
		return 0;
	}
	bool has_min = take_number(t, &min), has_comma = take(t, ',');
	bool has_max = has_comma && take_number(t, &max);
	if (!take(t, '}') || (!has_min && !has_comma)) {
		t->pos = start;
		return 0;
	}
	if (has_max && max < min)
		return regex_bad(t->pattern, start, err, "min repeat greater than max repeat");
	if (min > LIMIT_REGEX_REPEAT || max > LIMIT_REGEX_REPEAT)
		return err_set(err, ERR_LIMIT, "the repetition number is too large");
	buf_printf(quantifier, "{%u", (unsigned)min);
	if (has_comma)
		buf_putc(quantifier, ',');
	if (has_max)
		buf_printf(quantifier, "%u", (unsigned)max);
	buf_putc(quantifier, '}');
	return 1;
}

static int translate_repeat(struct translation *t, struct err *err)
{
	autobuf struct buf quantifier = {0};
	size_t start = t->pos;

	if (peek(t) == '{') {
		int is_counted = translate_counts(t, &quantifier, err);
		if (is_counted < 0)
			return -1;
		if (!is_counted) {
			put_char(t, take_char(t));
			t->item = ITEM_ATOM;
			return 0;
		}
	} else {
		buf_putc(&quantifier, (char)take_char(t));
	}
	if (t->item == ITEM_REPEAT)
		return regex_bad(t->pattern, start, err, "multiple repeat");
	if (t->item != ITEM_ATOM)
		return regex_bad(t->pattern, start, err, "nothing to repeat");
	buf_append_str(t->out, buf_str(&quantifier));
	if (peek(t) == '?' || peek(t) == '+')
		buf_putc(t->out, (char)take_char(t));
	t->item = ITEM_REPEAT;
	return 0;
}

static int open_push(struct translation *t, size_t pos, unsigned group, struct err *err)
{
	if (t->n_opens == LIMIT_REGEX_DEPTH)
		return err_set(err, ERR_LIMIT, "a pattern nested deeper than %d",
			       LIMIT_REGEX_DEPTH);
	t->opens[t->n_opens++] = (struct open_group){pos, group, t->is_verbose};
	t->item = ITEM_NONE;
	return 0;
}

static int open_capture(struct translation *t, size_t pos, struct err *err)
{
	if (t->groups->n == REGEX_GROUPS_MAX)
		return err_set(err, ERR_LIMIT, "a pattern with more than %d groups",
			       REGEX_GROUPS_MAX - 1);
	buf_putc(t->out, '(');
	return open_push(t, pos, t->groups->n++, err);
}

static int take_name(struct translation *t, char end, struct str *ret_name, struct err *err)
{
	size_t start = t->pos;

	while (peek(t) >= 0 && peek(t) != (unsigned char)end)
		t->pos++;
	struct str name = {t->pattern.ptr + start, t->pos - start};
	if (peek(t) < 0)
		return regex_bad(t->pattern, start, err,
				 name.len ? "missing %c, unterminated name" : "missing group name",
				 end);
	t->pos++;
	if (!name.len)
		return regex_bad(t->pattern, start, err, "missing group name");
	*ret_name = name;
	return 0;
}

static bool is_identifier(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		if (!(is_letter(c) || c == '_' || c >= 128 || (i && is_digit(c))))
			return false;
	}
	return name.len > 0;
}

static int check_identifier(struct translation *t, struct str name, struct err *err)
{
	if (is_identifier(name))
		return 0;
	return regex_bad(t->pattern, (size_t)(name.ptr - t->pattern.ptr), err,
			 "bad character in group name '%.*s'", STR_ARG(name));
}

int regex_groups_find(const struct regex_groups *groups, struct str name)
{
	for (size_t i = 0; i < groups->n_names; i++)
		if (str_eq(groups->names[i].name, name))
			return (int)groups->names[i].group;
	return -1;
}

static int named_group(struct translation *t, struct str name, unsigned *ret_group, struct err *err)
{
	if (check_identifier(t, name, err))
		return -1;
	int group = regex_groups_find(t->groups, name);
	if (group < 0)
		return regex_bad(t->pattern, (size_t)(name.ptr - t->pattern.ptr), err,
				 "unknown group name '%.*s'", STR_ARG(name));
	*ret_group = (unsigned)group;
	return 0;
}

/* (?P<name>…) and (?P=name), behind the P. */
static int translate_named(struct translation *t, size_t start, struct err *err)
{
	struct regex_groups *groups = t->groups;
	struct str name = {0};
	unsigned group = 0;

	if (take(t, '=')) {
		size_t pos = t->pos;
		if (take_name(t, ')', &name, err) || named_group(t, name, &group, err))
			return -1;
		return put_reference(t, pos, group, err);
	}
	if (!take(t, '<'))
		return peek(t) < 0 ? regex_bad(t->pattern, t->pos, err, "unexpected end of pattern")
				   : regex_bad(t->pattern, start + 1, err, "unknown extension ?P%c",
					       peek(t));
	if (take_name(t, '>', &name, err) || check_identifier(t, name, err))
		return -1;
	int known = regex_groups_find(groups, name);
	if (known >= 0)
		return regex_bad(t->pattern, (size_t)(name.ptr - t->pattern.ptr), err,
				 "redefinition of group name '%.*s' as group %u; was group %d",
				 STR_ARG(name), groups->n, known);
	if (groups->n < REGEX_GROUPS_MAX)
		groups->names[groups->n_names++] = (struct regex_name){name, groups->n};
	return open_capture(t, start, err);
}

/* (?(1)yes|no) and (?(name)yes|no), behind the second parenthesis. */
static int translate_condition(struct translation *t, size_t start, struct err *err)
{
	size_t pos = t->pos;
	struct str name = {0};
	uint64_t number;
	unsigned group = 0;

	if (take_name(t, ')', &name, err))
		return -1;
	if (name.len && is_digit((unsigned char)name.ptr[0])) {
		if (!str_to_u64(name, &number))
			return regex_bad(t->pattern, pos, err, "bad character in group name '%.*s'",
					 STR_ARG(name));
		if (!number)
			return regex_bad(t->pattern, pos, err, "bad group number");
		if (number >= REGEX_GROUPS_MAX)
			return regex_bad(t->pattern, pos, err, "invalid group reference %llu",
					 (unsigned long long)number);
		group = (unsigned)number;
	} else if (named_group(t, name, &group, err)) {
		return -1;
	}
	if (group > t->asked) {
		t->asked = group;
		t->asked_pos = pos;
	}
	buf_printf(t->out, "(?(%u)", group);
	return open_push(t, start, 0, err);
}

static unsigned flag_of(int letter)
{
	static const struct {
		char letter;
		unsigned flag;
	} flags[] = {{'i', REGEX_IGNORECASE}, {'m', REGEX_MULTILINE}, {'s', REGEX_DOTALL},
		     {'x', REGEX_VERBOSE},    {'a', REGEX_ASCII},     {'u', 0}};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (letter == flags[i].letter)
			return flags[i].flag;
	return UINT32_MAX;
}

static int take_flags(struct translation *t, unsigned *ret_flags, struct err *err)
{
	unsigned flags = 0;

	for (; is_letter(peek(t)); t->pos++) {
		if (peek(t) == 'L')
			return regex_bad(t->pattern, t->pos, err,
					 "bad inline flags: cannot use 'L' flag with a str "
					 "pattern");
		unsigned flag = flag_of(peek(t));
		if (flag == UINT32_MAX)
			return regex_bad(t->pattern, t->pos, err, "unknown flag");
		flags |= flag;
	}
	*ret_flags = flags;
	return 0;
}

static void put_flags(struct translation *t, unsigned flags)
{
	buf_puts(t->out, flags & REGEX_IGNORECASE ? "i" : "");
	buf_puts(t->out, flags & REGEX_MULTILINE ? "m" : "");
	buf_puts(t->out, flags & REGEX_DOTALL ? "s" : "");
}

/* (?im) at the start, (?i-s:…) anywhere. */
static int translate_flags(struct translation *t, size_t start, struct err *err)
{
	unsigned on = 0, off = 0;

	if (take_flags(t, &on, err))
		return -1;
	if (take(t, ')')) {
		if (t->is_started)
			return regex_bad(t->pattern, start, err,
					 "global flags not at the start of the expression");
		t->flags |= on;
		t->is_verbose = t->is_verbose || on & REGEX_VERBOSE;
		return 0;
	}
	if (on & REGEX_ASCII)
		return regex_bad(t->pattern, start, err,
				 "'a' for a part of a pattern is not "
				 "supported");
	if (take(t, '-')) {
		if (!is_letter(peek(t)))
			return regex_bad(t->pattern, t->pos, err, "missing flag");
		if (take_flags(t, &off, err))
			return -1;
	}
	if (!take(t, ':'))
		return regex_bad(t->pattern, t->pos, err,
				 peek(t) < 0 ? "missing -, : or )" : "unknown flag");
	if (open_push(t, start, 0, err))
		return -1;
	if ((on | off) & REGEX_VERBOSE)
		t->is_verbose = on & REGEX_VERBOSE;
	buf_puts(t->out, "(?");
	put_flags(t, on);
	if (off)
		buf_putc(t->out, '-');
	put_flags(t, off);
	buf_putc(t->out, ':');
	return 0;
}

static int skip_comment(struct translation *t, size_t start, struct err *err)
{
	while (peek(t) >= 0)
		if (t->pattern.ptr[t->pos++] == ')')
			return 0;
	return regex_bad(t->pattern, start, err, "missing ), unterminated comment");
}

/* What follows "(?". */
static int translate_extension(struct translation *t, size_t start, struct err *err)
{
	static const char *const plain[] = {":", "=", "!", ">", "<=", "<!"};
	struct str rest = {t->pattern.ptr + t->pos, t->pattern.len - t->pos};
	int c = peek(t);

	if (take(t, '#'))
		return skip_comment(t, start, err);
	if (c == '-' || c == 'L' || (c > 0 && flag_of(c) != UINT32_MAX))
		return translate_flags(t, start, err);
	t->is_started = true;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (str_starts(rest, str_of(plain[i]))) {
			buf_printf(t->out, "(?%s", plain[i]);
			t->pos += strlen(plain[i]);
			return open_push(t, start, 0, err);
		}
	if (take(t, 'P'))
		return translate_named(t, start, err);
	if (take(t, '('))
		return translate_condition(t, start, err);
	if (c < 0 || (c == '<' && rest.len < 2))
		return regex_bad(t->pattern, t->pattern.len, err, "unexpected end of pattern");
	return regex_bad(t->pattern, start + 1, err, "unknown extension ?%.*s", c == '<' ? 2 : 1,
			 rest.ptr);
}

static int translate_close(struct translation *t, struct err *err)
{
	if (!t->n_opens)
		return regex_bad(t->pattern, t->pos, err, "unbalanced parenthesis");
	const struct open_group *open = &t->opens[--t->n_opens];
	if (open->group)
		t->is_closed[open->group] = true;
	t->is_verbose = open->was_verbose;
	t->item = ITEM_ATOM;
	t->pos++;
	buf_putc(t->out, ')');
	return 0;
}

/* White space and comments of the verbose form. */
static bool skip_verbose(struct translation *t)
{
	int c = peek(t);

	if (!t->is_verbose || c <= 0 || !strchr(" \t\n\r\v\f#", c))
		return false;
	if (c != '#') {
		t->pos++;
		return true;
	}
	while (peek(t) >= 0 && t->pattern.ptr[t->pos++] != '\n')
		;
	return true;
}

static int translate_one(struct translation *t, struct err *err)
{
	size_t start = t->pos;
	int c = peek(t);

	if (skip_verbose(t))
		return 0;
	if (c == '(') {
		t->pos++;
		if (take(t, '?'))
			return translate_extension(t, start, err);
		t->is_started = true;
		return open_capture(t, start, err);
	}
	t->is_started = true;
	switch (c) {
	case '\\': return translate_escape(t, err);
	case '[': return translate_class(t, err);
	case ')': return translate_close(t, err);
	case '*':
	case '+':
	case '?':
	case '{': return translate_repeat(t, err);
	case '|': t->item = ITEM_NONE; break;
	case '^':
	case '$': t->item = ITEM_ANCHOR; break;
	case '.': t->item = ITEM_ATOM; break;
	default:
		put_char(t, take_char(t));
		t->item = ITEM_ATOM;
		return 0;
	}
	buf_putc(t->out, (char)c);
	t->pos++;
	return 0;
}

int regex_translate(struct str pattern, unsigned *flags, struct buf *buf,
		    struct regex_groups *groups, struct err *err)
{
	struct translation t = {
		.pattern = pattern,
		.out = buf,
		.groups = groups,
		.flags = *flags,
		.is_verbose = *flags & REGEX_VERBOSE,
	};

	groups->n = 1;
	while (t.pos < pattern.len)
		if (translate_one(&t, err))
			return -1;
	if (t.n_opens)
		return regex_bad(pattern, t.opens[t.n_opens - 1].pos, err,
				 "missing ), unterminated subpattern");
	if (t.asked >= groups->n)
		return regex_bad(pattern, t.asked_pos, err, "invalid group reference %u", t.asked);
	*flags = t.flags;
	return 0;
}
