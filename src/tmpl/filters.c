/* filters.c - which filters and tests there are.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filters.h"

#include "base/strlist.h"
#include "tmpl/filter_private.h"

#include "base/banned.h"

static const struct native_row filters[] = {
	{"string", filter_string},
};

static const struct native_row tests[] = {
	{"string", test_string},
};

#define NAMES_MAX 256

/* Names in an array that ends with NULL, as str_nearest wants them. */
static const char *nearest(const struct native_row *rows, size_t n, struct str name)
{
	const char *names[NAMES_MAX + 1] = {0};
	autofree char *word = str_dup(name);

	for (size_t i = 0; i < n && i < NAMES_MAX; i++)
		names[i] = rows[i].name;
	return str_nearest(word, names);
}

const struct native_row *filter_find(struct str name)
{
	return native_find(filters, ARRAY_LEN(filters), name);
}

const struct native_row *test_find(struct str name)
{
	return native_find(tests, ARRAY_LEN(tests), name);
}

const char *filter_nearest(struct str name)
{
	return nearest(filters, ARRAY_LEN(filters), name);
}

const char *test_nearest(struct str name)
{
	return nearest(tests, ARRAY_LEN(tests), name);
}

void filter_names(struct strlist *ret_names)
{
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		strlist_add(ret_names, filters[i].name);
}

void test_names(struct strlist *ret_names)
{
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		strlist_add(ret_names, tests[i].name);
}
