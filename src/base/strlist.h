/* strlist.h - an owned list of strings; always NULL-terminated, so `items` is an argv.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

struct strlist {
	char **items; /* NULL while empty; else items[n] is NULL */
	size_t n;
	size_t cap;
};

void strlist_add(struct strlist *list, const char *text);
void strlist_add_str(struct strlist *list, struct str s);
void strlist_take(struct strlist *list, char *text); /* the list owns text now */
void strlist_addf(struct strlist *list, const char *fmt, ...) printf_like(2, 3);
void strlist_add_all(struct strlist *list, const struct strlist *other);
void strlist_copy(struct strlist *dst, const struct strlist *src); /* replaces dst */
bool strlist_has(const struct strlist *list, const char *text);
void strlist_remove_at(struct strlist *list, size_t i);
void strlist_sort(struct strlist *list); /* bytewise */
char *strlist_join(const struct strlist *list, const char *sep);
void strlist_split(struct strlist *list, struct str text,
		   char sep);                          /* appends the parts; "" has none */
char *const *strlist_argv(const struct strlist *list); /* never NULL */
void strlist_done(struct strlist *list);
#define autostrlist cleanup(strlist_done)

/* The list as an environment, "KEY=value". A later value replaces the earlier in place. */
void strlist_env_set(struct strlist *env, const char *assignment);
void strlist_env_setf(struct strlist *env, const char *key, const char *value);
const char *strlist_env_get(const struct strlist *env, const char *key); /* NULL: unset */
void strlist_env_unset(struct strlist *env, const char *key);
