/* glob.c - patterns over paths, matched by moving a set of places.
 * SPDX-License-Identifier: Apache-2.0
 * Source: Go's path/filepath.Match; moby's patternmatcher for `**`. */
#include "build/glob.h"

#include <stdlib.h>

#include "base/vec.h"
#include "build/limits.h"

#include "base/banned.h"

struct glob_token {
	enum {
		TOKEN_BYTE,
		TOKEN_ANY,   /* ? */
		TOKEN_CLASS, /* text: what stands between the brackets */
		TOKEN_STAR,  /* * */
		TOKEN_DEEP,  /* ** or "**" and "/": nothing, or anything up to a "/" */
		TOKEN_REST,  /* ** at the end */
	} kind;
	char byte;
	struct str text;
};

bool glob_is_pattern(const char *text)
{
	return strpbrk(text, "*?[\\") != NULL;
}

void glob_done(struct glob *glob)
{
	vec_done(glob);
	free(glob->text);
	*glob = (struct glob){0};
}

/* One character of a class, perhaps escaped; false: the class ends where one must be. */
static bool cut_class_character(struct str *rest, struct str *ret_character)
{
	size_t start = rest->len && rest->ptr[0] == '\\' ? 1 : 0;
	size_t len = 1;

	if (start == 0 && rest->len && (rest->ptr[0] == '-' || rest->ptr[0] == ']'))
		return false;
	if (rest->len <= start)
		return false;
	while (start + len < rest->len && ((unsigned char)rest->ptr[start + len] & 0xc0) == 0x80)
		len++;
	*ret_character = (struct str){rest->ptr + start, len};
	*rest = (struct str){rest->ptr + start + len, rest->len - start - len};
	return true;
}

static bool cut_class_range(struct str *rest, struct str *ret_low, struct str *ret_high)
{
	if (!cut_class_character(rest, ret_low))
		return false;
	*ret_high = *ret_low;
	if (!str_starts(*rest, STR("-")))
		return true;
	*rest = (struct str){rest->ptr + 1, rest->len - 1};
	return cut_class_character(rest, ret_high);
}

/* Behind the "[": the length of the class without its "]"; false when it has no end. */
static bool class_len(struct str text, size_t *ret_len)
{
	struct str rest = text, low, high;

	if (str_starts(rest, STR("^")))
		rest = (struct str){rest.ptr + 1, rest.len - 1};
	do {
		if (!cut_class_range(&rest, &low, &high))
			return false;
	} while (rest.len && rest.ptr[0] != ']');
	*ret_len = text.len - rest.len;
	return rest.len > 0;
}

static int character_compare(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.ptr, b.ptr, len); /* UTF-8 sorts as its code points do */
	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static bool class_has(struct str class, struct str character)
{
	struct str low, high;
	bool is_negated = str_starts(class, STR("^"));
	bool is_found = false;

	if (is_negated)
		class = (struct str){class.ptr + 1, class.len - 1};
	while (class.len && cut_class_range(&class, &low, &high))
		if (character_compare(low, character) <= 0 &&
		    character_compare(character, high) <= 0)
			is_found = true;
	return is_found != is_negated;
}

/* ---- parsing ---- */

static void add_byte(struct glob *glob, char byte)
{
	vec_push(glob, {.kind = TOKEN_BYTE, .byte = byte});
}

static void add_class(struct glob *glob, struct str text)
{
	vec_push(glob, {.kind = TOKEN_CLASS, .text = text});
}

static void add_run(struct glob *glob, int kind)
{
	vec_push(glob, {.kind = kind});
}

static bool take_class(struct glob *glob, struct str *rest)
{
	size_t len;

	if (!class_len(*rest, &len))
		return false;
	add_class(glob, (struct str){rest->ptr, len});
	*rest = (struct str){rest->ptr + len + 1, rest->len - len - 1};
	return true;
}

static bool take_escaped(struct glob *glob, struct str *rest)
{
	if (!rest->len)
		return false;
	add_byte(glob, rest->ptr[0]);
	*rest = (struct str){rest->ptr + 1, rest->len - 1};
	return true;
}

/* Behind the first "*" of a deep pattern. */
static bool take_deep(struct glob *glob, struct str *rest)
{
	if (!str_starts(*rest, STR("*")))
		return false;
	*rest = (struct str){rest->ptr + 1, rest->len - 1};
	if (str_starts(*rest, STR("/")))
		*rest = (struct str){rest->ptr + 1, rest->len - 1};
	add_run(glob, rest->len ? TOKEN_DEEP : TOKEN_REST);
	return true;
}

static bool take_token(struct glob *glob, struct str *rest, bool is_deep)
{
	char byte = rest->ptr[0];

	*rest = (struct str){rest->ptr + 1, rest->len - 1};
	switch (byte) {
	case '[': return take_class(glob, rest);
	case '\\': return take_escaped(glob, rest);
	case '?': add_run(glob, TOKEN_ANY); return true;
	case '*':
		if (!is_deep || !take_deep(glob, rest))
			add_run(glob, TOKEN_STAR);
		return true;
	default: add_byte(glob, byte); return true;
	}
}

int glob_parse(struct str pattern, bool is_deep, struct glob *ret_glob, struct err *err)
{
	struct glob glob = {0};

	if (pattern.len > LIMIT_GLOB_BYTES)
		return err_set(err, ERR_LIMIT, "a pattern is longer than %u bytes",
			       LIMIT_GLOB_BYTES);
	glob.text = str_dup(pattern);
	struct str rest = {glob.text, pattern.len};
	while (rest.len) {
		if (take_token(&glob, &rest, is_deep))
			continue;
		glob_done(&glob);
		return err_set(err, ERR_INPUT, "the pattern '%.*s' has a [ or \\ without its end",
			       STR_ARG(pattern));
	}
	*ret_glob = glob;
	return 0;
}

/* ---- matching: set[i] says that the tokens so far can end before byte i ---- */

static size_t character_len(struct str path, size_t i)
{
	size_t len = 1;
	while (i + len < path.len && ((unsigned char)path.ptr[i + len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* How far the token leads from place i; 0: nowhere. */
static size_t step_len(const struct glob_token *token, struct str path, size_t i)
{
	if (token->kind == TOKEN_BYTE)
		return path.ptr[i] == token->byte;
	if (path.ptr[i] == '/')
		return 0;
	size_t len = character_len(path, i);
	struct str character = {path.ptr + i, len};
	return token->kind == TOKEN_ANY || class_has(token->text, character) ? len : 0;
}

static void move_run(const struct glob_token *token, struct str path, bool *set)
{
	bool is_open = false; /* DEEP: some place before could begin it */

	for (size_t i = 0; i <= path.len; i++) {
		bool could_begin = set[i];
		if (i && token->kind == TOKEN_STAR && path.ptr[i - 1] != '/')
			set[i] = set[i] || set[i - 1];
		if (token->kind == TOKEN_REST)
			set[i] = set[i] || is_open;
		if (i && token->kind == TOKEN_DEEP && path.ptr[i - 1] == '/')
			set[i] = set[i] || is_open;
		is_open = is_open || could_begin;
	}
}

/* false: no place is left. */
static bool move_set(const struct glob_token *token, struct str path, bool *set)
{
	bool is_any = false;

	if (token->kind >= TOKEN_STAR) {
		move_run(token, path, set);
		return true;
	}
	for (size_t i = path.len + 1; i-- > 0;) {
		size_t len = i < path.len && set[i] ? step_len(token, path, i) : 0;
		set[i] = false;
		if (len)
			is_any = set[i + len] = true;
	}
	return is_any;
}

bool glob_matches(const struct glob *glob, struct str path)
{
	bool few[256] = {0}; /* most paths are short */
	autofree bool *many = path.len >= sizeof(few) ? xcalloc(path.len + 1, 1) : NULL;
	bool *set = many ? many : few;

	set[0] = true;
	for (size_t i = 0; i < glob->n; i++)
		if (!move_set(&glob->items[i], path, set))
			return false;
	return set[path.len];
}
