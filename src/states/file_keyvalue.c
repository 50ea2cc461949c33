/* file_keyvalue.c - file.keyvalue: values behind keys, a line each.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_edit.h"
#include "states/file_states.h"
#include "states/file_text.h"
#include "value/list.h"

#include "base/banned.h"

struct keyvalue_args {
	struct value key, value;
	struct dict *key_values;
	struct str separator;
	bool append_if_not_found, prepend_if_not_found, search_only;
	struct value show_changes;
	bool ignore_if_missing;
	int64_t count;
	struct str uncomment;
	bool key_ignore_case, value_ignore_case, create_if_missing;
};

#define A(field) offsetof(struct keyvalue_args, field)
static const struct state_arg keyvalue_args[] = {
	{"key", ARG_VALUE, A(key)},
	{"value", ARG_VALUE, A(value)},
	{"key_values", ARG_DICT, A(key_values)},
	{"separator", ARG_STR, A(separator), "="},
	{"append_if_not_found", ARG_BOOL, A(append_if_not_found)},
	{"prepend_if_not_found", ARG_BOOL, A(prepend_if_not_found)},
	{"search_only", ARG_BOOL, A(search_only)},
	{"show_changes", ARG_VALUE, A(show_changes)},
	{"ignore_if_missing", ARG_BOOL, A(ignore_if_missing)},
	{"count", ARG_INT, A(count), "1"},
	{"uncomment", ARG_STR, A(uncomment)},
	{"key_ignore_case", ARG_BOOL, A(key_ignore_case)},
	{"value_ignore_case", ARG_BOOL, A(value_ignore_case)},
	{"create_if_missing", ARG_BOOL, A(create_if_missing)},
	{0},
};
#undef A

struct pair {
	struct str key, value;
	int64_t n_found;
};

struct keyvalue {
	const struct keyvalue_args *args;
	struct pair *pairs;
	size_t n;
	size_t n_changed;
	struct buf *new;
};

static bool is_same(struct str a, struct str b, bool any_case)
{
	if (!any_case)
		return str_eq(a, b);
	autofree char *text = str_dup(b);
	return str_is_nocase(a, text);
}

static struct pair *pair_find(const struct keyvalue *keyvalue, struct str key)
{
	for (size_t i = 0; i < keyvalue->n; i++)
		if (is_same(key, keyvalue->pairs[i].key, keyvalue->args->key_ignore_case))
			return &keyvalue->pairs[i];
	return NULL;
}

/* "  # key = value": what stands in front of the key, the key, the separator with its blanks. */
struct parts {
	struct str key, between, value;
	bool was_commented;
};

static bool split(const struct keyvalue_args *args, struct str line, struct parts *ret_parts)
{
	struct parts parts = {0};
	struct str text = str_trim(line);

	while (text.len && args->uncomment.len &&
	       memchr(args->uncomment.ptr, *text.ptr, args->uncomment.len)) {
		text = (struct str){text.ptr + 1, text.len - 1};
		parts.was_commented = true;
	}
	if (parts.was_commented)
		text = str_trim(text);
	const char *at =
		text.len && args->separator.len
			? memmem(text.ptr, text.len, args->separator.ptr, args->separator.len)
			: NULL;
	if (!at)
		return false;
	parts.key = str_trim((struct str){text.ptr, (size_t)(at - text.ptr)});
	const char *value = at + args->separator.len, *end = text.ptr + text.len;
	while (value < end && strchr(" \t", *value))
		value++;
	const char *key_end = parts.key.ptr + parts.key.len;
	parts.between = (struct str){key_end, (size_t)(value - key_end)};
	parts.value = (struct str){value, (size_t)(end - value)};
	*ret_parts = parts;
	return parts.key.len > 0;
}

static void put_line(struct keyvalue *keyvalue, struct str line)
{
	const struct keyvalue_args *args = keyvalue->args;
	struct str text = line_without_end(line);
	struct parts parts;
	struct pair *pair = split(args, text, &parts) ? pair_find(keyvalue, parts.key) : NULL;
	bool counts = pair && (args->count == 0 || pair->n_found < args->count);

	if (counts)
		pair->n_found++;
	bool is_right = !counts || (!parts.was_commented &&
				    is_same(parts.value, pair->value, args->value_ignore_case));
	if (is_right) {
		buf_append_str(keyvalue->new, line);
		return;
	}
	keyvalue->n_changed++;
	size_t blanks = 0;
	while (blanks < text.len && strchr(" \t", text.ptr[blanks]))
		blanks++;
	buf_append_str(keyvalue->new, (struct str){text.ptr, blanks});
	buf_append_str(keyvalue->new, parts.key);
	buf_append_str(keyvalue->new, parts.between);
	buf_append_str(keyvalue->new, pair->value);
	buf_append_str(keyvalue->new, (struct str){text.ptr + text.len, line.len - text.len});
}

static void put_missing(struct keyvalue *keyvalue, struct buf *lines)
{
	for (size_t i = 0; i < keyvalue->n; i++) {
		const struct pair *pair = &keyvalue->pairs[i];
		if (pair->n_found)
			continue;
		keyvalue->n_changed++;
		buf_printf(lines, "%.*s%.*s%.*s\n", STR_ARG(pair->key),
			   STR_ARG(keyvalue->args->separator), STR_ARG(pair->value));
	}
}

static void make_new(struct keyvalue *keyvalue, struct str old)
{
	const struct keyvalue_args *args = keyvalue->args;
	autobuf struct buf missing = {0}, lines = {.max = SIZE_MAX / 2};
	struct str line, rest = old;
	struct buf *new = keyvalue->new;

	keyvalue->new = &lines;
	while (line_next(&rest, &line))
		put_line(keyvalue, line);
	keyvalue->new = new;
	if (args->append_if_not_found || args->prepend_if_not_found)
		put_missing(keyvalue, &missing);
	if (args->prepend_if_not_found)
		buf_append_str(new, buf_str(&missing));
	buf_append_str(new, buf_str(&lines));
	if (args->prepend_if_not_found || !missing.len)
		return;
	if (new->len &&new->ptr[new->len - 1] != '\n')
		buf_putc(new, '\n');
	buf_append_str(new, buf_str(&missing));
}

static bool pair_add(struct state_call *call, struct keyvalue *keyvalue, struct value key,
		     struct value value, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct value texts[2];

	if (value_str(call->heap, key, &texts[0], &err) ||
	    value_str(call->heap, value, &texts[1], &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	keyvalue->pairs[keyvalue->n++] =
		(struct pair){str_trim(value_bytes(texts[0])), value_bytes(texts[1]), 0};
	return true;
}

static bool pairs_of(struct state_call *call, struct keyvalue *keyvalue, struct outcome *outcome)
{
	const struct keyvalue_args *args = call->args;
	bool has_key = args->key.kind != VALUE_UNDEFINED && args->key.kind != VALUE_NONE;
	size_t n = args->key_values ? args->key_values->n : 1;

	keyvalue->pairs = heap_alloc(call->heap, n * sizeof(*keyvalue->pairs));
	if (!args->key_values && !has_key) {
		outcome_fail(outcome, "is missing a key and value or key_values");
		return false;
	}
	if (!args->key_values)
		return pair_add(call, keyvalue, args->key, args->value, outcome);
	dict_foreach(entry, args->key_values) if (!pair_add(call, keyvalue, entry->key,
							    entry->value, outcome)) return false;
	return true;
}

static void keyvalue_apply(struct state_call *call, struct outcome *outcome)
{
	const struct keyvalue_args *args = call->args;
	cleanup(edit_done) struct edit edit = {.path = place_name(call->world, call->name)};
	autobuf struct buf new = {.max = SIZE_MAX / 2};
	struct keyvalue keyvalue = {.args = args, .new = &new};

	if (args->search_only && args->append_if_not_found) {
		outcome_fail(outcome, "either 'search_only' or 'append_if_not_found' can be "
				      "specified, not both");
		return;
	}
	if (!pairs_of(call, &keyvalue, outcome))
		return;
	edit.is_new = args->create_if_missing && *edit.path == '/' &&
		      !place_stat(call->world, edit.path, LINKS_FOLLOWED, NULL);
	if (!edit.is_new && !edit_begin(call, &edit, outcome)) {
		if (args->ignore_if_missing)
			outcome->result = RESULT_TRUE;
		return;
	}
	make_new(&keyvalue, buf_str(&edit.old));
	if (!keyvalue.n_changed && !edit.is_new) {
		outcome_say(outcome, "No changes needed to be made");
		return;
	}
	if (args->search_only) {
		outcome_fail(outcome, "At least one key/value pair differs in %s", edit.path);
		return;
	}
	if (!edit_end(call, &edit, buf_str(&new), args->show_changes, STR(""), outcome))
		return;
	if (call->is_test)
		outcome_pending(outcome, "File %s is set to be changed (%zu lines)", edit.path,
				keyvalue.n_changed);
	else
		outcome_say(outcome, "Changed %zu lines", keyvalue.n_changed);
}

const struct state_def state_file_keyvalue = {.name = "file.keyvalue",
					      .args = keyvalue_args,
					      .args_size = sizeof(struct keyvalue_args),
					      .apply = keyvalue_apply};
