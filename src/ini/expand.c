/* expand.c - $(circus.wid) and $(circus.sockets.NAME) in a word, when a copy starts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/expand.h"

#include <stdio.h>

#include "base/str.h"

#include "base/banned.h"

/* The name in "$(circus.NAME)" or "((circus.NAME))" at text, also "$(NAME)" of the native files;
 * returns what follows it, or NULL when none stands here. */
const char *placeholder_at(const char *text, struct str *ret_name)
{
	const char *close = text[0] == '$' && text[1] == '(' ? ")" : NULL;
	if (text[0] == '(' && text[1] == '(')
		close = "))";
	if (!close)
		return NULL;
	static const struct str prefix = {"circus.", 7};
	const char *name = text + 2, *end = name;
	while ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') ||
	       (*end >= '0' && *end <= '9') || *end == '_' || *end == '.' || *end == '-')
		end++;
	if (strncmp(end, close, strlen(close)) != 0 || (size_t)(end - name) <= prefix.len ||
	    !str_is_nocase((struct str){name, prefix.len}, prefix.ptr))
		return NULL;
	*ret_name = (struct str){name + prefix.len, (size_t)(end - name) - prefix.len};
	return end + strlen(close);
}

/* The number that stands for a name, as text; false: not one of ours. */
static bool value_of(struct str name, const struct expand_values *values, char out[16])
{
	static const char sockets[] = "sockets.";
	int number = -1;
	if (str_is_nocase(name, "wid")) {
		number = values->wid;
	} else if (name.len >= sizeof(sockets) && name.len < sizeof(sockets) + 128 &&
		   str_is_nocase((struct str){name.ptr, sizeof(sockets) - 1}, sockets)) {
		char socket[129];
		snprintf(socket, sizeof(socket), "%.*s", (int)(name.len - sizeof(sockets) + 1),
			 name.ptr + sizeof(sockets) - 1);
		number = values->socket_fd ? values->socket_fd(values->arg, socket) : -1;
	}
	if (number >= 0)
		snprintf(out, 16, "%d", number);
	return number >= 0;
}

int expand_word(const char *word, const struct expand_values *values, char *out, size_t size)
{
	size_t n = 0;
	while (*word) {
		char number[16];
		struct str name, piece = {word, 1};
		const char *behind = placeholder_at(word, &name);
		if (behind) {
			piece.len = (size_t)(behind - word);
			if (value_of(name, values, number))
				piece = str_of(number);
		}
		if (piece.len >= size || n >= size - piece.len)
			return -1;
		memcpy(out + n, piece.ptr, piece.len);
		n += piece.len;
		word = behind ? behind : word + 1;
	}
	if (n >= size)
		return -1;
	out[n] = '\0';
	return (int)n;
}
