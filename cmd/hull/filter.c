/* filter.c - --filter texts to key and value pairs, and the questions asked of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include "base/str.h"

#include "base/banned.h"

static bool is_known(const char *const *known, const char *key)
{
	for (; *known; known++)
		if (text_eq(*known, key))
			return true;
	return false;
}

int filters_parse(const struct strlist *texts, const char *const *known,
		  struct filters *ret_filters, struct err *err)
{
	struct filters filters = {0};

	for (size_t i = 0; i < texts->n; i++) {
		struct str value = str_of(texts->items[i]);
		struct str key = str_trim(str_cut(&value, '='));
		autofree char *key_text = str_dup(key);
		if (!value.ptr) {
			filters_done(&filters);
			return err_set(err, ERR_INPUT, "filter '%s' is not KEY=VALUE",
				       texts->items[i]);
		}
		if (!is_known(known, key_text)) {
			const char *nearest = str_nearest(key_text, known);
			filters_done(&filters);
			return err_set(err, ERR_INPUT, "unknown filter '%s'%s%s%s", key_text,
				       nearest ? " (did you mean '" : "", nearest ? nearest : "",
				       nearest ? "'?)" : "");
		}
		strlist_add(&filters.keys, key_text);
		strlist_add_str(&filters.values, str_trim(value));
	}
	*ret_filters = filters;
	return 0;
}

void filters_done(struct filters *filters)
{
	strlist_done(&filters->keys);
	strlist_done(&filters->values);
}

bool filters_has(const struct filters *filters, const char *key)
{
	return strlist_has(&filters->keys, key);
}

bool filters_pass(const struct filters *filters, const char *key,
		  bool (*matches)(const char *value, void *arg), void *arg)
{
	bool asked = false;
	for (size_t i = 0; i < filters->keys.n; i++) {
		if (!text_eq(filters->keys.items[i], key))
			continue;
		if (matches(filters->values.items[i], arg))
			return true;
		asked = true;
	}
	return !asked;
}

static bool has_label(const struct strlist *labels, const char *wanted)
{
	size_t len = strlen(wanted);
	bool with_value = strchr(wanted, '=') != NULL;
	for (size_t i = 0; i < labels->n; i++) {
		const char *label = labels->items[i];
		if (with_value ? text_eq(label, wanted)
			       : strncmp(label, wanted, len) == 0 && label[len] == '=')
			return true;
	}
	return false;
}

bool filters_pass_labels(const struct filters *filters, const struct strlist *labels)
{
	for (size_t i = 0; i < filters->keys.n; i++)
		if (text_eq(filters->keys.items[i], "label") &&
		    !has_label(labels, filters->values.items[i]))
			return false;
	return true;
}
