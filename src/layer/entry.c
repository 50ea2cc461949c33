/* entry.c - what a file of a layer owns in memory, and its extended attributes as a sorted set.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

#include "base/banned.h"

void entry_clear(struct entry *entry)
{
	free(entry->path);
	free(entry->target);
	xattrs_done(&entry->xattrs);
	*entry = (struct entry){0};
}

/* The first item that does not sort before `name`. Sets are small: a walk beats a search. */
static size_t position_of(const struct xattrs *xattrs, const char *name, bool *ret_found)
{
	size_t i = xattrs->n; /* names mostly arrive sorted: look from the end */
	int order = -1;
	while (i > 0 && (order = strcmp(xattrs->items[i - 1].name, name)) >= 0) {
		i--;
		if (order == 0)
			break;
	}
	*ret_found = i < xattrs->n && order == 0;
	return i;
}

void xattrs_set(struct xattrs *xattrs, const char *name, const void *value, size_t len)
{
	bool found;
	size_t i = position_of(xattrs, name, &found);
	if (found) {
		void *copy = xmemdup(value, len); /* first: `value` may be the old one */
		free(xattrs->items[i].value);
		xattrs->items[i].value = copy;
		xattrs->items[i].len = len;
		return;
	}
	vec_reserve(xattrs, 1);
	memmove(xattrs->items + i + 1, xattrs->items + i, (xattrs->n - i) * sizeof(struct xattr));
	xattrs->items[i] = (struct xattr){xstrdup(name), xmemdup(value, len), len};
	xattrs->n++;
}

const struct xattr *xattrs_get(const struct xattrs *xattrs, const char *name)
{
	bool found;
	size_t i = position_of(xattrs, name, &found);
	return found ? &xattrs->items[i] : NULL;
}

static bool xattr_eq(const struct xattr *a, const struct xattr *b)
{
	return strcmp(a->name, b->name) == 0 && a->len == b->len &&
	       (a->len == 0 || memcmp(a->value, b->value, a->len) == 0);
}

bool xattrs_eq(const struct xattrs *a, const struct xattrs *b)
{
	bool eq = a->n == b->n;
	for (size_t i = 0; i < a->n && eq; i++)
		eq = xattr_eq(&a->items[i], &b->items[i]);
	return eq;
}

void xattrs_done(struct xattrs *xattrs)
{
	vec_foreach(xattr, xattrs) {
		free(xattr->name);
		free(xattr->value);
	}
	vec_done(xattrs);
}

/* The first rule whose prefix fits decides; `exact` rules fit whole names only. */
static const struct rule {
	struct str prefix;
	bool exact;
	bool kept;
} rules[] = {
	{STR("user.overlay."), false, false}, /* overlayfs' own marks, with userxattr */
	{STR("user."), false, true},
	{STR("trusted.overlay."), false, false},
	{STR("trusted."), false, true},
	{STR("security.capability"), true, true},
	{STR("security.ima"), true, true},
	{STR("system.posix_acl_access"), true, true},
	{STR("system.posix_acl_default"), true, true},
};

bool xattr_is_kept(const char *name)
{
	struct str text = str_of(name);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct rule *rule = &rules[i];
		if (rule->exact ? str_eq(text, rule->prefix) : str_starts(text, rule->prefix))
			return rule->kept && (rule->exact || text.len > rule->prefix.len);
	}
	return false;
}
