/* glob.c - Go's path.Match, which rules are written for.
 * SPDX-License-Identifier: Apache-2.0
 * Source: Go, package path, Match: "*" and "?" stop at "/", a class does not; the whole text must
 * match; a run of "*" takes as little as lets the piece behind it match, and is not tried again. */
#include "account/pattern_private.h"

#include "base/banned.h"

static struct str behind(struct str text, size_t n)
{
	return (struct str){text.ptr + n, text.len - n};
}

static size_t character_len(struct str text)
{
	size_t len = 1;
	while (len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
		len++;
	return len;
}

static int character_compare(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.ptr, b.ptr, len) : 0; /* UTF-8 sorts as its code points do */
	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

/* One character of a class, perhaps escaped; false: it is not one, or the class ends with it. */
static bool cut_class_character(struct str *rest, struct str *ret_character)
{
	if (rest->len == 0 || rest->ptr[0] == '-' || rest->ptr[0] == ']')
		return false;
	if (rest->ptr[0] == '\\')
		*rest = behind(*rest, 1);
	if (rest->len == 0)
		return false;
	*ret_character = (struct str){rest->ptr, character_len(*rest)};
	*rest = behind(*rest, ret_character->len);
	return rest->len > 0;
}

/* Behind the "[": leaves what follows the "]". `character` empty: only the syntax is wanted. */
static bool class_match(struct str *rest, struct str character, bool *ret_has)
{
	bool is_negated = str_starts(*rest, STR("^"));
	bool has = false;

	if (is_negated)
		*rest = behind(*rest, 1);
	for (size_t n = 0; n == 0 || !str_starts(*rest, STR("]")); n++) {
		struct str low, high;
		if (!cut_class_character(rest, &low))
			return false;
		high = low;
		if (str_starts(*rest, STR("-"))) {
			*rest = behind(*rest, 1);
			if (!cut_class_character(rest, &high))
				return false;
		}
		has = has || (character_compare(low, character) <= 0 &&
			      character_compare(character, high) <= 0);
	}
	*rest = behind(*rest, 1);
	*ret_has = character.len && has != is_negated;
	return true;
}

/* One token that is no "*"; false: it does not match, or is broken. */
static bool token_match(struct str *chunk, struct str *text, bool class_crosses)
{
	char byte = chunk->ptr[0];
	size_t len = text->len ? character_len(*text) : 0;
	bool has = false;

	*chunk = behind(*chunk, 1);
	if (byte == '[') {
		struct str character = {text->ptr, len};
		if (!class_match(chunk, character, &has) || !has)
			return false;
		if (text->ptr[0] == '/' && !class_crosses)
			return false;
		*text = behind(*text, len);
		return true;
	}
	if (byte == '\\') {
		if (chunk->len == 0)
			return false;
		byte = chunk->ptr[0];
		*chunk = behind(*chunk, 1);
	} else if (byte == '?') {
		if (len == 0 || text->ptr[0] == '/')
			return false;
		*text = behind(*text, len);
		return true;
	}
	if (len == 0 || text->ptr[0] != byte)
		return false;
	*text = behind(*text, 1);
	return true;
}

static bool chunk_match(struct str chunk, struct str *text, bool class_crosses)
{
	struct str rest = *text;
	while (chunk.len)
		if (!token_match(&chunk, &rest, class_crosses))
			return false;
	*text = rest;
	return true;
}

/* Cuts the stars in front and then up to the next star outside of a class. */
static struct str chunk_cut(struct str *pattern, bool *ret_is_star)
{
	bool in_class = false;
	size_t i = 0;

	*ret_is_star = false;
	while (str_starts(*pattern, STR("*"))) {
		*pattern = behind(*pattern, 1);
		*ret_is_star = true;
	}
	for (; i < pattern->len && (in_class || pattern->ptr[i] != '*'); i++) {
		if (pattern->ptr[i] == '\\' && i + 1 < pattern->len)
			i++;
		else if (pattern->ptr[i] == '[')
			in_class = true;
		else if (pattern->ptr[i] == ']')
			in_class = false;
	}
	struct str chunk = {pattern->ptr, i};
	*pattern = behind(*pattern, i);
	return chunk;
}

/* The star takes one character more until the chunk fits; the last one must fit to the end. */
static bool star_match(struct str chunk, struct str *text, bool is_last, bool class_crosses)
{
	for (size_t i = 0; i < text->len && text->ptr[i] != '/'; i++) {
		struct str rest = behind(*text, i + 1);
		if (chunk_match(chunk, &rest, class_crosses) && !(is_last && rest.len)) {
			*text = rest;
			return true;
		}
	}
	return false;
}

bool path_glob_matches(struct str pattern, struct str text, bool class_crosses)
{
	while (pattern.len) {
		bool is_star;
		struct str chunk = chunk_cut(&pattern, &is_star);
		if (is_star && chunk.len == 0)
			return text.len == 0 || !memchr(text.ptr, '/', text.len);

		struct str rest = text;
		bool is_here = chunk_match(chunk, &rest, class_crosses);
		if (is_here && (rest.len == 0 || pattern.len))
			text = rest;
		else if (!is_star || !star_match(chunk, &text, pattern.len == 0, class_crosses))
			return false;
	}
	return text.len == 0;
}

/* ---- faults ---- */

/* A variable at the end of a range would make the range anything; behind a backslash it would take
 * its own quoting away. */
static bool has_mark_misplaced(struct str class)
{
	for (size_t i = 0; i < class.len; i++) {
		if (class.ptr[i] == '\\') {
			if (i + 1 < class.len && class.ptr[i + 1] == MARK)
				return true;
			i++;
		} else if (class.ptr[i] == MARK) {
			if (i && class.ptr[i - 1] == '-')
				return true;
			i++; /* its number */
			if (i + 1 < class.len && class.ptr[i + 1] == '-')
				return true;
		}
	}
	return false;
}

const char *path_glob_fault(struct str pattern)
{
	struct str rest = pattern;
	bool has;

	while (rest.len) {
		char byte = rest.ptr[0];
		rest = behind(rest, 1);
		if (byte == MARK) {
			rest = behind(rest, 1);
		} else if (byte == '\\') {
			if (rest.len == 0)
				return "it ends with a backslash";
			if (rest.ptr[0] == MARK)
				return "a backslash stands before a variable";
			rest = behind(rest, 1);
		} else if (byte == '[') {
			struct str class = rest;
			if (!class_match(&rest, (struct str){0}, &has))
				return "a class has no end or an odd range";
			class.len = (size_t)(rest.ptr - class.ptr);
			if (has_mark_misplaced(class))
				return "a variable stands in a range or behind a backslash";
		}
	}
	return NULL;
}
