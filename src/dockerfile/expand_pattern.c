/* expand_pattern.c - shell patterns in ${name#pattern} and its like, in bounded time.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A set has one flag for each place between the bytes of the value, the end included. Tokens move
 * the whole set at once, so that nothing is tried twice: work is |pattern| times |value|. */
#include "dockerfile/dockerfile_private.h"

#include <stdlib.h>

#include "base/banned.h"

bool pattern_parse(struct str text, struct pattern *ret_pattern)
{
	ret_pattern->n = 0;
	for (size_t i = 0; i < text.len; i++) {
		struct pattern_token token = {TOKEN_BYTE, text.ptr[i]};
		if (token.byte == '*') {
			token.kind = TOKEN_STAR;
		} else if (token.byte == '?') {
			token.kind = TOKEN_ANY;
		} else if (token.byte == '\\') {
			if (++i == text.len || !strchr("*?\\/}", text.ptr[i]))
				return false;
			token.byte = text.ptr[i];
		}
		ret_pattern->tokens[ret_pattern->n++] = token;
	}
	return true;
}

/* Bytes of the UTF-8 character at i, as far as they are there; 0: i is inside of one. */
static size_t character_len(struct str value, size_t i)
{
	unsigned char lead = (unsigned char)value.ptr[i];
	if ((lead & 0xc0) == 0x80)
		return 0;
	size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	return len < value.len - i ? len : value.len - i;
}

/* How far the token leads from place i; 0: nowhere. */
static size_t step_len(struct pattern_token token, struct str value, size_t i)
{
	if (token.kind == TOKEN_ANY)
		return character_len(value, i);
	return value.ptr[i] == token.byte ? 1 : 0;
}

/* From the places in `set` to those where the matches that begin there end. */
static void set_forward(const struct pattern *pattern, struct str value, bool *set)
{
	for (size_t t = 0; t < pattern->n; t++) {
		bool is_star = pattern->tokens[t].kind == TOKEN_STAR;
		for (size_t i = 0; is_star && i < value.len; i++)
			set[i + 1] = set[i + 1] || set[i];
		if (is_star)
			continue;
		for (size_t i = value.len + 1; i-- > 0;) {
			size_t len = i < value.len && set[i]
					     ? step_len(pattern->tokens[t], value, i)
					     : 0;
			set[i] = false;
			if (len)
				set[i + len] = true;
		}
	}
}

/* From the places in `set` back to those where matches that end there begin. */
static void set_backward(const struct pattern *pattern, struct str value, bool *set)
{
	for (size_t t = pattern->n; t-- > 0;) {
		bool is_star = pattern->tokens[t].kind == TOKEN_STAR;
		for (size_t i = value.len; is_star && i-- > 0;)
			set[i] = set[i] || set[i + 1];
		if (is_star)
			continue;
		for (size_t i = 0; i < value.len; i++) {
			size_t len = step_len(pattern->tokens[t], value, i);
			set[i] = len && set[i + len];
		}
		set[value.len] = false;
	}
}

/* The first or last place in the set; false when it is empty. */
static bool set_first(const bool *set, size_t len, size_t *ret_place)
{
	for (size_t i = 0; i <= len; i++) {
		if (!set[i])
			continue;
		*ret_place = i;
		return true;
	}
	return false;
}

static bool set_last(const bool *set, size_t len, size_t *ret_place)
{
	for (size_t i = len + 1; i-- > 0;) {
		if (!set[i])
			continue;
		*ret_place = i;
		return true;
	}
	return false;
}

struct str pattern_trim_front(const struct pattern *pattern, struct str value, bool is_greedy)
{
	autofree bool *ends = xcalloc(value.len + 1, sizeof(*ends));
	size_t end = 0;

	ends[0] = true;
	set_forward(pattern, value, ends);
	if (!(is_greedy ? set_last : set_first)(ends, value.len, &end))
		return value;
	return (struct str){value.ptr + end, value.len - end};
}

struct str pattern_trim_end(const struct pattern *pattern, struct str value, bool is_greedy)
{
	autofree bool *starts = xcalloc(value.len + 1, sizeof(*starts));
	size_t start = value.len;

	starts[value.len] = true;
	set_backward(pattern, value, starts);
	if (!(is_greedy ? set_first : set_last)(starts, value.len, &start))
		return value;
	return (struct str){value.ptr, start};
}

/* A star reaches to the end; without one, each token takes one character. */
static size_t longest_match(const struct pattern *pattern, size_t value_len)
{
	for (size_t t = 0; t < pattern->n; t++)
		if (pattern->tokens[t].kind == TOKEN_STAR)
			return value_len;
	return value_len < pattern->n * 4 ? value_len : pattern->n * 4;
}

/* The end of the longest match at the front of `value`, where there is one. */
static size_t match_end(const struct pattern *pattern, struct str value)
{
	value.len = longest_match(pattern, value.len);
	autofree bool *ends = xcalloc(value.len + 1, sizeof(*ends));
	size_t end = 0;

	ends[0] = true;
	set_forward(pattern, value, ends);
	return set_last(ends, value.len, &end) ? end : 0;
}

void pattern_replace(const struct pattern *pattern, struct str value, struct str replacement,
		     bool all, struct buf *out)
{
	autofree bool *starts = xmalloc(value.len + 1);
	size_t kept = 0, start = 0;
	bool goes_on = pattern->n > 0;

	memset(starts, true, value.len + 1);
	set_backward(pattern, value, starts);
	while (goes_on && start <= value.len) {
		if (!starts[start]) {
			start++;
			continue;
		}
		struct str rest = {value.ptr + start, value.len - start};
		size_t len = match_end(pattern, rest);
		buf_append(out, value.ptr + kept, start - kept);
		buf_append_str(out, replacement);
		kept = start += len;
		goes_on = all && len && start < value.len;
	}
	buf_append(out, value.ptr + kept, value.len - kept);
}
