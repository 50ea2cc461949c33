/* str.c - comparing, cutting and matching borrowed text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <limits.h>

#include "base/banned.h"

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_is(struct str s, const char *text)
{
	return str_eq(s, str_of(text));
}

static unsigned char lower(unsigned char byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

bool str_is_nocase(struct str s, const char *text)
{
	if (s.len != strlen(text))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (lower((unsigned char)s.ptr[i]) != lower((unsigned char)text[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq((struct str){s.ptr, prefix.len}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.len && is_space(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct str str_trim_blanks(struct str s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
		s.ptr++;
		s.len--;
	}
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str whole = *rest;
	const char *found = whole.len ? memchr(whole.ptr, sep, whole.len) : NULL;
	if (!found) {
		*rest = (struct str){0};
		return whole;
	}
	size_t len = (size_t)(found - whole.ptr);
	*rest = (struct str){found + 1, whole.len - len - 1};
	return (struct str){whole.ptr, len};
}

char *str_dup(struct str s)
{
	char *copy = xmalloc(s.len + 1);
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

static bool to_unsigned(struct str s, unsigned base, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';
		if (digit >= base || value > (max - digit) / base)
			return false;
		value = value * base + digit;
	}
	if (s.len == 0)
		return false;
	*ret_value = value;
	return true;
}

bool str_to_u64(struct str s, uint64_t *ret_value)
{
	return to_unsigned(s, 10, UINT64_MAX, ret_value);
}

bool str_to_i64(struct str s, int64_t *ret_value)
{
	bool negative = s.len && s.ptr[0] == '-';
	if (s.len && (negative || s.ptr[0] == '+'))
		s = (struct str){s.ptr + 1, s.len - 1};
	uint64_t value;
	if (!to_unsigned(s, 10, (uint64_t)INT64_MAX + negative, &value))
		return false;
	*ret_value = (int64_t)(negative ? 0 - value : value);
	return true;
}

bool str_to_octal(struct str s, uint32_t *ret_value)
{
	uint64_t value;
	if (!to_unsigned(s, 8, UINT32_MAX, &value))
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

uint64_t text_number(const char *text)
{
	uint64_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

bool text_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	return str_ends(str_of(text), str_of(suffix));
}

/* Longer words are not mistyped names: bytes. */
#define NEAREST_LEN_MAX 64

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned min = a < b ? a : b;
	return min < c ? min : c;
}

/* Insertions, deletions, substitutions and swaps of neighbours, each costing one. */
static unsigned edit_distance(struct str a, struct str b)
{
	unsigned rows[3][NEAREST_LEN_MAX + 1];
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]));
			bool swapped = i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
				       a.ptr[i - 2] == b.ptr[j - 1];
			if (swapped && two_above[j - 2] + 1 < row[j])
				row[j] = two_above[j - 2] + 1;
		}
	}
	return rows[a.len % 3][b.len];
}

const char *str_nearest(const char *word, const char *const *names)
{
	struct str wanted = str_of(word);
	if (wanted.len < 2 || wanted.len > NEAREST_LEN_MAX)
		return NULL;
	const char *nearest = NULL;
	unsigned least = 1 + (unsigned)wanted.len / 4 + 1;
	for (; *names; names++) {
		struct str name = str_of(*names);
		if (name.len > NEAREST_LEN_MAX)
			continue;
		unsigned distance = edit_distance(wanted, name);
		if (distance < least && distance < wanted.len) {
			least = distance;
			nearest = *names;
		}
	}
	return nearest;
}

/* One class, from behind its '['. Returns what follows ']', NULL when it never ends. */
static const char *class_match(const char *p, char c, bool *ret_matches)
{
	bool inverted = *p == '^' || *p == '!', found = false;
	p += inverted;
	for (bool first = true; first || *p != ']'; first = false) {
		if (*p == '\\')
			p++;
		if (!*p)
			return NULL;
		unsigned char low = (unsigned char)*p++, high = low;
		if (p[0] == '-' && p[1] && p[1] != ']') {
			p += p[1] == '\\' && p[2] ? 2 : 1;
			high = (unsigned char)*p++;
		}
		found |= low <= (unsigned char)c && (unsigned char)c <= high;
	}
	*ret_matches = found != inverted;
	return p + 1;
}

/* One byte of text against one element that is no '*'. Returns what follows it, or NULL. */
static const char *element_match(const char *p, char c)
{
	if (*p == '?')
		return p + 1;
	if (*p == '[') {
		bool matches;
		const char *behind = class_match(p + 1, c, &matches);
		if (behind)
			return matches ? behind : NULL;
	}
	if (*p == '\\' && p[1])
		p++;
	return *p == c ? p + 1 : NULL;
}

bool str_glob(const char *pattern, const char *text)
{
	/* Only the last '*' ever needs to take more: no recursion, at most len * len steps. */
	const char *star = NULL, *star_text = NULL;
	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			star_text = text;
			continue;
		}
		const char *behind = *pattern ? element_match(pattern, *text) : NULL;
		if (behind) {
			pattern = behind;
			text++;
		} else if (star) {
			pattern = star;
			text = ++star_text;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
