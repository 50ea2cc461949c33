/* name.c - the grammars of repositories and tags, read by hand: one pass, no backtracking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/name.h"

#include "base/banned.h"

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The separator at the front: ".", "_", "__" or any number of "-"; 0: none. */
static size_t separator_length(struct str rest)
{
	size_t n = 0;

	if (rest.ptr[0] == '.')
		return 1;
	if (rest.ptr[0] == '_')
		return rest.len > 1 && rest.ptr[1] == '_' ? 2 : 1;
	while (n < rest.len && rest.ptr[n] == '-')
		n++;
	return n;
}

static bool component_is_valid(struct str component)
{
	size_t i = 0;

	for (;;) {
		size_t word = i;
		while (i < component.len && is_alnum(component.ptr[i]))
			i++;
		if (i == word)
			return false;
		if (i == component.len)
			return true;
		i += separator_length((struct str){component.ptr + i, component.len - i});
	}
}

bool repository_name_is_valid(struct str name)
{
	if (!name.len || name.len > REPOSITORY_NAME_MAX || name.ptr[name.len - 1] == '/')
		return false;
	while (name.len)
		if (!component_is_valid(str_cut(&name, '/')))
			return false;
	return true;
}

static bool is_word(char c)
{
	return is_alnum(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

bool tag_is_valid(struct str tag)
{
	if (!tag.len || tag.len > TAG_MAX || !is_word(tag.ptr[0]))
		return false;
	for (size_t i = 1; i < tag.len; i++)
		if (!is_word(tag.ptr[i]) && tag.ptr[i] != '.' && tag.ptr[i] != '-')
			return false;
	return true;
}
