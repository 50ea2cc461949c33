/* words.c - cutting a line into its first word, its flags, and words that quotes hold together.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile_private.h"

#include "base/banned.h"

bool quote_turns(char *quote, char byte)
{
	if (*quote ? byte != *quote : byte != '"' && byte != '\'')
		return false;
	if (*quote)
		*quote = '\0';
	else
		*quote = byte;
	return true;
}

bool byte_is_space(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct str str_skip_space(struct str text)
{
	while (text.len && byte_is_space(text.ptr[0]))
		text = (struct str){text.ptr + 1, text.len - 1};
	return text;
}

struct str cut_word(struct str *rest)
{
	size_t len = 0;
	while (len < rest->len && !byte_is_space(rest->ptr[len]))
		len++;
	struct str word = {rest->ptr, len};
	*rest = str_skip_space((struct str){rest->ptr + len, rest->len - len});
	return word;
}

struct str cut_quoted_word(struct str *rest, char escape)
{
	struct str text = str_skip_space(*rest);
	size_t len = 0;
	char quote = 0;

	while (len < text.len && (quote || !byte_is_space(text.ptr[len]))) {
		char byte = text.ptr[len++];
		if (byte == escape && quote != '\'') {
			if (len < text.len)
				len++;
		} else {
			quote_turns(&quote, byte);
		}
	}
	*rest = str_skip_space((struct str){text.ptr + len, text.len - len});
	return (struct str){text.ptr, len};
}

/* Quotes and escapes removed. */
static char *unquote(struct str word, char escape)
{
	struct buf text = {.max = LIMIT_DOCKERFILE_BYTES};
	char quote = 0;

	for (size_t i = 0; i < word.len; i++) {
		char byte = word.ptr[i];
		if (byte == escape && quote != '\'') {
			if (++i < word.len)
				buf_putc(&text, word.ptr[i]);
		} else if (!quote_turns(&quote, byte)) {
			buf_putc(&text, byte);
		}
	}
	return buf_steal(&text);
}

bool cut_flag(struct str *rest, char escape, struct flag_word *ret_flag)
{
	if (!str_starts(*rest, STR("--")))
		return false;
	struct str word = cut_quoted_word(rest, escape);
	if (word.len == 2)
		return false; /* "--" ends them and is gone */
	struct str behind = {word.ptr + 2, word.len - 2};
	*ret_flag = (struct flag_word){.at = word.ptr, .text = unquote(behind, escape)};
	return true;
}
