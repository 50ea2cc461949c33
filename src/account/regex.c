/* regex.c - RE2's syntax, translated for PCRE2 token by token, and run within bounds.
 * SPDX-License-Identifier: Apache-2.0
 * Source: github.com/google/re2/wiki/Syntax; Go, regexp/syntax; pcre2pattern(3).
 *
 * Rules are written for RE2, which knows no back-references, look-around, recursion, atomic groups,
 * possessive repeats or conditions. Only what RE2 has is passed on, and each token is written so
 * that PCRE2 reads the same: a literal always escaped, an octal as hexadecimal, a lone "{" quoted.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "account/limits.h"
#include "account/pattern_private.h"

#include "base/banned.h"

#define FAULT_BACKREFERENCE "back-references are not supported"
#define FAULT_GROUP         "look-around, atomic groups, recursion and conditions are not supported"
#define FAULT_REPEAT        "a repeat has nothing to repeat, or repeats a repeat"
#define FAULT_SIZE          "a repeat counts further than 1000, or backwards"
#define FAULT_ESCAPE        "an escape is not known"
#define FAULT_CLASS         "a class has no end or an odd range"
#define FAULT_MARK          "a variable stands where it would change the pattern's meaning"

struct scanner {
	struct str rest;
	struct buf *out;
	const char *fault;
	bool can_repeat; /* the last token is an operand */
	unsigned n_groups;
};

static bool is_alnum(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z');
}

static bool is_octal(char byte)
{
	return byte >= '0' && byte <= '7';
}

static void put_literal(struct buf *out, char byte)
{
	if (!is_alnum(byte) && byte != '_' && (unsigned char)byte < 0x80)
		buf_putc(out, '\\');
	buf_putc(out, byte);
}

void regex_quote(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		put_literal(out, text.ptr[i]);
}

void regex_quote_as_go(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] && strchr("\\.+*?()|[]{}^$", text.ptr[i]))
			buf_putc(out, '\\');
		buf_putc(out, text.ptr[i]);
	}
}

/* ---- reading ---- */

static char peek(const struct scanner *scanner, size_t i)
{
	if (i >= scanner->rest.len)
		return 0;
	return scanner->rest.ptr[i];
}

static void skip(struct scanner *scanner, size_t n)
{
	scanner->rest.ptr += n;
	scanner->rest.len -= n;
}

static void take(struct scanner *scanner, size_t n)
{
	buf_append(scanner->out, scanner->rest.ptr, n);
	skip(scanner, n);
}

static bool refuse(struct scanner *scanner, const char *fault)
{
	scanner->fault = scanner->fault ? scanner->fault : fault;
	return false;
}

/* ---- escapes: the backslash is still there ---- */

static bool escape_octal(struct scanner *scanner)
{
	unsigned value = 0;
	size_t n = 1;

	if (peek(scanner, 1) != '0' && !(is_octal(peek(scanner, 1)) && is_octal(peek(scanner, 2))))
		return refuse(scanner, FAULT_BACKREFERENCE);
	for (; n < 4 && is_octal(peek(scanner, n)); n++)
		value = value * 8 + (unsigned)(peek(scanner, n) - '0');
	buf_printf(scanner->out, "\\x{%x}", value);
	skip(scanner, n);
	return true;
}

static bool hex_digit(char byte, unsigned *ret_value)
{
	const char *digits = "0123456789abcdef";
	const char *found = byte ? strchr(digits, byte | 0x20) : NULL;
	if (!found || (byte < '0'))
		return false;
	*ret_value = (unsigned)(found - digits);
	return true;
}

/* \x7F or \x{10FFFF} */
static bool escape_hex(struct scanner *scanner)
{
	bool is_braced = peek(scanner, 2) == '{';
	size_t i = is_braced ? 3 : 2, n = 0;
	unsigned value = 0, digit;

	for (; n < (is_braced ? 8 : 2) && hex_digit(peek(scanner, i), &digit); n++, i++)
		value = value * 16 + digit;
	if (is_braced ? n == 0 || peek(scanner, i++) != '}' : n != 2)
		return refuse(scanner, FAULT_ESCAPE);
	if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return refuse(scanner, FAULT_ESCAPE);
	buf_printf(scanner->out, "\\x{%x}", value);
	skip(scanner, i);
	return true;
}

/* \pL, \p{Greek}, \p{^Lu} */
static bool escape_property(struct scanner *scanner)
{
	size_t i = 3;

	if (peek(scanner, 2) == '{') {
		i += peek(scanner, 3) == '^';
		size_t start = i;
		while (is_alnum(peek(scanner, i)) || peek(scanner, i) == '_')
			i++;
		if (i == start || peek(scanner, i++) != '}')
			return refuse(scanner, FAULT_ESCAPE);
	} else if (!is_alnum(peek(scanner, 2))) {
		return refuse(scanner, FAULT_ESCAPE);
	}
	take(scanner, i);
	return true;
}

/* ret_is_set: not a single character, so it ends no range. */
static bool escape_take(struct scanner *scanner, bool in_class, bool *ret_is_set)
{
	char byte = peek(scanner, 1);

	*ret_is_set = byte && strchr("dDsSwWpP", byte);
	if (scanner->rest.len < 2)
		return refuse(scanner, "it ends with a backslash");
	if (byte == MARK)
		return refuse(scanner, FAULT_MARK);
	if (byte >= '0' && byte <= '9')
		return escape_octal(scanner);
	if (byte == 'x')
		return escape_hex(scanner);
	if (byte == 'p' || byte == 'P')
		return escape_property(scanner);
	if (byte == 'v') { /* PCRE2: any vertical space */
		buf_puts(scanner->out, "\\x{b}");
		skip(scanner, 2);
		return true;
	}
	bool is_known = strchr(in_class ? "dDsSwWafnrt" : "dDsSwWafnrtAbBz", byte) && byte;
	if (!is_known && (is_alnum(byte) || (unsigned char)byte >= 0x80))
		return refuse(scanner, FAULT_ESCAPE);
	take(scanner, 2);
	return true;
}

/* \Q…\E: what stands between is literal. */
static void quoted_take(struct scanner *scanner)
{
	skip(scanner, 2);
	while (scanner->rest.len && !str_starts(scanner->rest, STR("\\E"))) {
		if (peek(scanner, 0) == MARK) {
			take(scanner, 2);
		} else {
			put_literal(scanner->out, peek(scanner, 0));
			skip(scanner, 1);
		}
		scanner->can_repeat = true;
	}
	skip(scanner, scanner->rest.len ? 2 : 0);
}

/* ---- classes ---- */

/* [:alpha:], [:^alpha:]; 0: it is none */
static size_t posix_class_len(const struct scanner *scanner)
{
	size_t i = 2;

	if (peek(scanner, 0) != '[' || peek(scanner, 1) != ':')
		return 0;
	i += peek(scanner, i) == '^';
	while (is_alnum(peek(scanner, i)))
		i++;
	return peek(scanner, i) == ':' && peek(scanner, i + 1) == ']' ? i + 2 : 0;
}

/* One member or one end of a range. */
static bool member_take(struct scanner *scanner, bool *ret_is_set)
{
	size_t posix = posix_class_len(scanner);

	*ret_is_set = posix > 0;
	if (posix) {
		take(scanner, posix);
		return true;
	}
	if (peek(scanner, 0) == '\\')
		return escape_take(scanner, true, ret_is_set);
	if (peek(scanner, 0) == MARK) {
		buf_putc(scanner->out, MARK_IN_CLASS);
		skip(scanner, 1);
		take(scanner, 1);
		*ret_is_set = true;
		return true;
	}
	do { /* a whole character, so that a range begins behind it */
		put_literal(scanner->out, peek(scanner, 0));
		skip(scanner, 1);
	} while (((unsigned char)peek(scanner, 0) & 0xc0) == 0x80);
	return true;
}

static bool range_or_member_take(struct scanner *scanner)
{
	bool is_set, is_mark = peek(scanner, 0) == MARK;

	if (!member_take(scanner, &is_set))
		return false;
	if (peek(scanner, 0) != '-' || peek(scanner, 1) == ']' || scanner->rest.len < 2)
		return true;
	if (is_mark)
		return refuse(scanner, FAULT_MARK);
	if (is_set) /* "\d-z": the dash is a member, the next turn takes it */
		return true;
	take(scanner, 1);
	if (peek(scanner, 0) == MARK)
		return refuse(scanner, FAULT_MARK);
	if (!member_take(scanner, &is_set))
		return false;
	return is_set ? refuse(scanner, FAULT_CLASS) : true;
}

static bool class_take(struct scanner *scanner)
{
	take(scanner, 1);
	if (peek(scanner, 0) == '^')
		take(scanner, 1);
	for (bool is_first = true; is_first || peek(scanner, 0) != ']'; is_first = false) {
		if (scanner->rest.len == 0)
			return refuse(scanner, FAULT_CLASS);
		if (!range_or_member_take(scanner))
			return false;
	}
	take(scanner, 1);
	scanner->can_repeat = true;
	return true;
}

/* ---- groups and repeats ---- */

/* Behind "(?": "P<name>" or "<name>"; 0: it is none */
static size_t group_name_len(const struct scanner *scanner)
{
	size_t i = peek(scanner, 2) == 'P' ? 3 : 2, start = i + 1;

	if (peek(scanner, i) != '<')
		return 0;
	for (i = start; is_alnum(peek(scanner, i)) || peek(scanner, i) == '_';)
		i++;
	return i > start && peek(scanner, i) == '>' ? i + 1 : 0;
}

/* "(?i)", "(?i-s:", "(?:"; 0: it is none */
static size_t group_flags_len(const struct scanner *scanner)
{
	size_t i = 2;

	while (peek(scanner, i) && strchr("imsU", peek(scanner, i)))
		i++;
	if (peek(scanner, i) == '-') {
		size_t start = ++i;
		while (peek(scanner, i) && strchr("imsU", peek(scanner, i)))
			i++;
		if (i == start)
			return 0;
	}
	if (peek(scanner, i) == ':' || (peek(scanner, i) == ')' && i > 2))
		return i + 1;
	return 0;
}

static bool group_take(struct scanner *scanner)
{
	size_t len = 1;

	scanner->can_repeat = false;
	if (peek(scanner, 1) != '?') {
		scanner->n_groups++;
	} else {
		len = group_name_len(scanner);
		scanner->n_groups += len > 0;
		if (!len)
			len = group_flags_len(scanner);
	}
	if (!len)
		return refuse(scanner, FAULT_GROUP);
	if (scanner->n_groups > LIMIT_REGEX_GROUPS)
		return refuse(scanner, "it has too many groups");
	take(scanner, len);
	return true;
}

static bool count_read(const struct scanner *scanner, size_t *i, unsigned *ret_count)
{
	size_t start = *i;
	unsigned count = 0;

	for (; peek(scanner, *i) >= '0' && peek(scanner, *i) <= '9' && *i - start < 9; ++*i)
		count = count * 10 + (unsigned)(peek(scanner, *i) - '0');
	*ret_count = count;
	return *i > start;
}

/* "{2}", "{2,}", "{2,5}"; 0: it is none and the brace stands for itself */
static size_t counted_len(struct scanner *scanner)
{
	size_t i = 1;
	unsigned min, max;

	if (peek(scanner, 0) != '{' || !count_read(scanner, &i, &min))
		return 0;
	max = min;
	if (peek(scanner, i) == ',') {
		i++;
		if (!count_read(scanner, &i, &max))
			max = min;
	}
	if (peek(scanner, i) != '}')
		return 0;
	if (max < min || max > LIMIT_REGEX_REPEAT)
		refuse(scanner, FAULT_SIZE);
	return i + 1;
}

static bool repeat_take(struct scanner *scanner, size_t len)
{
	if (!scanner->can_repeat)
		return refuse(scanner, FAULT_REPEAT);
	take(scanner, len);
	if (peek(scanner, 0) == '?')
		take(scanner, 1);
	scanner->can_repeat = false; /* "a**" and the possessive "a*+" are errors in RE2 */
	return true;
}

static bool is_operator(char byte)
{
	return byte == '|' || byte == ')' || byte == '^' || byte == '$' || byte == '.';
}

static bool token_take(struct scanner *scanner)
{
	char byte = peek(scanner, 0);
	bool is_set;
	size_t counted = counted_len(scanner);

	if (scanner->fault)
		return false;
	if (counted || byte == '*' || byte == '+' || byte == '?')
		return repeat_take(scanner, counted ? counted : 1);
	if (byte == '(')
		return group_take(scanner);
	if (byte == '[')
		return class_take(scanner);
	if (byte == '\\' && peek(scanner, 1) == 'Q') {
		quoted_take(scanner);
		return true;
	}
	scanner->can_repeat = byte != '|';
	if (byte == '\\')
		return escape_take(scanner, false, &is_set);
	if ((unsigned char)byte >= 0x80 || is_operator(byte)) {
		take(scanner, byte == MARK ? 2 : 1);
		return true;
	}
	put_literal(scanner->out, byte);
	skip(scanner, 1);
	return true;
}

bool regex_translate(struct str text, struct buf *out, const char **ret_fault)
{
	struct scanner scanner = {.rest = text, .out = out};

	if (text.len && memchr(text.ptr, 0, text.len))
		refuse(&scanner, "it holds a NUL");
	while (!scanner.fault && scanner.rest.len && token_take(&scanner))
		;
	if (!scanner.fault && out->overflowed)
		refuse(&scanner, "it is too long");
	*ret_fault = scanner.fault;
	return !scanner.fault;
}

/* ---- running ---- */

struct regex {
	pcre2_code *code;
	pcre2_match_context *bounds;
	uint32_t n_groups;
};

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_code_free(regex->code);
	pcre2_match_context_free(regex->bounds);
	free(regex);
}

size_t regex_n_groups(const struct regex *regex)
{
	return regex->n_groups;
}

struct regex *regex_new(struct str translated, char fault[256])
{
	struct regex *regex = xcalloc(1, sizeof(*regex));
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	uint32_t n_references = 0;
	int code = 0;
	PCRE2_SIZE at = 0;

	pcre2_set_newline(context, PCRE2_NEWLINE_LF); /* what "." does not match */
	regex->code = pcre2_compile(
		(PCRE2_SPTR)(translated.ptr ? translated.ptr : ""), translated.len,
		PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP, &code,
		&at, context);
	pcre2_compile_context_free(context);
	if (!regex->code) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)fault, 256);
		regex_free(regex);
		return NULL;
	}
	pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->n_groups);
	pcre2_pattern_info(regex->code, PCRE2_INFO_BACKREFMAX, &n_references);
	if (n_references) { /* the translation lets none through; should it, stop here */
		snprintf(fault, 256, "%s", FAULT_BACKREFERENCE);
		regex_free(regex);
		return NULL;
	}
	regex->bounds = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(regex->bounds, LIMIT_REGEX_STEPS);
	pcre2_set_depth_limit(regex->bounds, LIMIT_REGEX_DEPTH);
	pcre2_set_heap_limit(regex->bounds, LIMIT_REGEX_HEAP_KIB);
	return regex;
}

static void groups_read(const struct regex *regex, const pcre2_match_data *found, struct str text,
			struct str *ret_groups)
{
	const PCRE2_SIZE *places = pcre2_get_ovector_pointer((pcre2_match_data *)found);

	for (size_t i = 0; i <= regex->n_groups; i++) {
		ret_groups[i] = (struct str){0};
		if (places[2 * i] != PCRE2_UNSET)
			ret_groups[i] = (struct str){text.ptr + places[2 * i],
						     places[2 * i + 1] - places[2 * i]};
	}
}

enum match regex_matches(const struct regex *regex, struct str text, struct str *ret_groups)
{
	pcre2_match_data *found =
		pcre2_match_data_create(ret_groups ? regex->n_groups + 1 : 1, NULL);
	if (!text.ptr)
		text = STR("");
	int result = pcre2_match(regex->code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, found,
				 regex->bounds);
	if (result >= 0 && ret_groups)
		groups_read(regex, found, text, ret_groups);
	pcre2_match_data_free(found);
	if (result >= 0)
		return MATCH_YES;
	return result == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_BOUND;
}
