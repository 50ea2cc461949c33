/* strlist.c - keeping a NULL-terminated list of owned strings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/strlist.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void strlist_take(struct strlist *list, char *text)
{
	assert(text);
	if (list->n + 2 > list->cap) {
		list->cap = list->cap ? list->cap * 2 : 8;
		list->items = xreallocarray(list->items, list->cap, sizeof(*list->items));
	}
	list->items[list->n++] = text;
	list->items[list->n] = NULL;
}

void strlist_add(struct strlist *list, const char *text)
{
	strlist_take(list, xstrdup(text));
}

void strlist_add_str(struct strlist *list, struct str s)
{
	strlist_take(list, str_dup(s));
}

void strlist_addf(struct strlist *list, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	strlist_take(list, xvasprintf(fmt, args));
	va_end(args);
}

void strlist_add_all(struct strlist *list, const struct strlist *other)
{
	size_t n = other->n; /* a list may be added to itself */
	for (size_t i = 0; i < n; i++)
		strlist_add(list, other->items[i]);
}

void strlist_copy(struct strlist *dst, const struct strlist *src)
{
	struct strlist copy = {0};
	strlist_add_all(&copy, src);
	strlist_done(dst);
	*dst = copy;
}

bool strlist_has(const struct strlist *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->items[i], text) == 0)
			return true;
	}
	return false;
}

void strlist_remove_at(struct strlist *list, size_t i)
{
	assert(i < list->n);
	free(list->items[i]);
	memmove(list->items + i, list->items + i + 1, (list->n - i) * sizeof(*list->items));
	list->n--;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strlist_sort(struct strlist *list)
{
	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), compare_texts);
}

char *strlist_join(const struct strlist *list, const char *sep)
{
	size_t len = 1, sep_len = strlen(sep);
	for (size_t i = 0; i < list->n; i++)
		len += strlen(list->items[i]) + sep_len;
	char *joined = xmalloc(len), *end = joined;
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			end = mempcpy(end, sep, sep_len);
		end = mempcpy(end, list->items[i], strlen(list->items[i]));
	}
	*end = '\0';
	return joined;
}

void strlist_split(struct strlist *list, struct str text, char sep)
{
	if (text.len == 0)
		return;
	for (struct str rest = text; rest.ptr;)
		strlist_add_str(list, str_cut(&rest, sep));
}

char *const *strlist_argv(const struct strlist *list)
{
	static char *const nothing[] = {NULL};
	return list->items ? list->items : nothing;
}

void strlist_done(struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strlist){0};
}

/* The place of "key=...", or of "key" alone; list->n when there is none. */
static size_t env_find(const struct strlist *env, struct str key)
{
	size_t i = 0;
	for (; i < env->n; i++) {
		struct str rest = str_of(env->items[i]);
		if (str_eq(str_cut(&rest, '='), key))
			break;
	}
	return i;
}

static void env_take(struct strlist *env, char *assignment)
{
	struct str rest = str_of(assignment);
	size_t i = env_find(env, str_cut(&rest, '='));
	if (i == env->n) {
		strlist_take(env, assignment);
		return;
	}
	free(env->items[i]);
	env->items[i] = assignment;
}

void strlist_env_set(struct strlist *env, const char *assignment)
{
	env_take(env, xstrdup(assignment));
}

void strlist_env_setf(struct strlist *env, const char *key, const char *value)
{
	env_take(env, xasprintf("%s=%s", key, value));
}

const char *strlist_env_get(const struct strlist *env, const char *key)
{
	size_t i = env_find(env, str_of(key));
	const char *equals = i < env->n ? strchr(env->items[i], '=') : NULL;
	return equals ? equals + 1 : NULL;
}

void strlist_env_unset(struct strlist *env, const char *key)
{
	size_t i = env_find(env, str_of(key));
	if (i < env->n)
		strlist_remove_at(env, i);
}
