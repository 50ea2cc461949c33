/* file_keyvalue.c - file.keyvalue: values behind keys, a line each.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/strlist.h"
#include "states/file_edit.h"
#include "states/file_states.h"
#include "states/file_text.h"
#include "value/list.h"

#include "base/banned.h"

struct keyvalue_args {
	struct value key, value;
	struct value key_values;
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
	{"key_values", ARG_VALUE, A(key_values)},
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

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

struct pair {
	struct str key, text; /* what the value prints */
	const char *type;     /* of a value that is no text; else NULL */
	int64_t n_left;       /* lines that may still be changed; < 0: all */
};

struct keyvalue {
	const struct keyvalue_args *args;
	struct pair *pairs;
	size_t n;
	size_t n_changed;
	struct strlist diff; /* owned: as the reference tells it, no unified one */
	struct buf new;      /* owned */
};
static void keyvalue_done(struct keyvalue *keyvalue)
{
	strlist_done(&keyvalue->diff);
	buf_done(&keyvalue->new);
}

static bool is_same(struct str a, struct str b, bool any_case)
{
	if (!any_case)
		return str_eq(a, b);
	autofree char *text = str_dup(b);
	return str_is_nocase(a, text);
}

/* A line without the characters of `uncomment` in front; without blanks when there are none. */
static struct str uncommented(const struct keyvalue_args *args, struct str line)
{
	const struct str marks = args->uncomment.len ? args->uncomment : STR(" \t\v\f\r\n");

	while (line.len && memchr(marks.ptr, *line.ptr, marks.len))
		line = (struct str){line.ptr + 1, line.len - 1};
	return line;
}

/* What stands before the first separator; false: there is none. */
static bool key_cut(const struct keyvalue_args *args, struct str text, struct str *ret_key,
		    struct str *ret_value)
{
	struct str separator = args->separator;
	const char *at = text.len && separator.len
				 ? memmem(text.ptr, text.len, separator.ptr, separator.len)
				 : NULL;
	if (!at)
		return false;
	*ret_key = (struct str){text.ptr, (size_t)(at - text.ptr)};
	*ret_value = (struct str){at + separator.len,
				  text.len - (size_t)(at - text.ptr) - separator.len};
	return true;
}

static void tell_line(struct keyvalue *keyvalue, const struct pair *pair, struct str key)
{
	struct str separator = keyvalue->args->separator;

	if (pair->type)
		strlist_addf(&keyvalue->diff, "+ %.*s%.*s%.*s (from %s type)\n", STR_ARG(key),
			     STR_ARG(separator), STR_ARG(pair->text), pair->type);
	else
		strlist_addf(&keyvalue->diff, "+ %.*s%.*s%.*s\n", STR_ARG(key), STR_ARG(separator),
			     STR_ARG(pair->text));
}

/* Whether a line of that key stays. One that was commented counts as an offer: it is taken while
 * lines are left to be changed; one that was not goes when none is left. */
static bool is_right(const struct keyvalue *keyvalue, const struct pair *pair, struct str value,
		     bool was_commented)
{
	if (was_commented)
		return pair->n_left <= 0;
	return pair->n_left != 0 &&
	       is_same(str_trim(value), str_trim(pair->text), keyvalue->args->value_ignore_case);
}

static void put_line(struct keyvalue *keyvalue, struct str line)
{
	const struct keyvalue_args *args = keyvalue->args;
	struct str text = line_without_end(line), bare = uncommented(args, text);
	bool was_commented = bare.len < text.len;
	struct str key, value;

	for (size_t i = 0; key_cut(args, bare, &key, &value) && i < keyvalue->n; i++) {
		struct pair *pair = &keyvalue->pairs[i];
		if (!is_same(key, pair->key, args->key_ignore_case))
			continue;
		bool stays = is_right(keyvalue, pair, value, was_commented);
		if (!stays) {
			keyvalue->n_changed++;
			strlist_addf(&keyvalue->diff, "- %.*s", STR_ARG(line));
		}
		if (!stays && pair->n_left) {
			tell_line(keyvalue, pair, key);
			buf_printf(&keyvalue->new, "%.*s%.*s%.*s%s", STR_ARG(key),
				   STR_ARG(args->separator), STR_ARG(pair->text),
				   line.len == text.len + 2 ? "\r\n" : "\n");
		}
		pair->n_left -= pair->n_left > 0;
		if (!stays)
			return;
		break;
	}
	buf_append_str(&keyvalue->new, line);
}

/* What is not there yet, behind the rest or, the last of them first, before it. */
static void put_missing(struct keyvalue *keyvalue)
{
	const struct keyvalue_args *args = keyvalue->args;
	autostrlist struct strlist told = {0};
	autobuf struct buf lines = {0};
	bool appends = args->append_if_not_found;

	if (!appends && !args->prepend_if_not_found)
		return;
	for (size_t i = 0; i < keyvalue->n; i++) {
		const struct pair *pair = &keyvalue->pairs[appends ? i : keyvalue->n - 1 - i];
		if (pair->n_left <= 0)
			continue;
		keyvalue->n_changed++;
		autofree char *line = xasprintf("%.*s%.*s%.*s\n", STR_ARG(pair->key),
						STR_ARG(args->separator), STR_ARG(pair->text));
		strlist_addf(&told, "+ %s", line);
		buf_puts(&lines, line);
	}
	if (!lines.len)
		return;
	struct buf *new = &keyvalue->new;
	if (appends) {
		strlist_add(&keyvalue->diff, "- <EOF>\n");
		strlist_add_all(&keyvalue->diff, &told);
		strlist_add(&keyvalue->diff, "+ <EOF>\n");
		if (new->len &&new->ptr[new->len - 1] != '\n')
			buf_putc(new, '\n');
		buf_append_str(new, buf_str(&lines));
		return;
	}
	autostrlist struct strlist rest = steal(&keyvalue->diff);
	strlist_add(&keyvalue->diff, "  <SOF>\n");
	strlist_add_all(&keyvalue->diff, &told);
	strlist_add_all(&keyvalue->diff, &rest);
	buf_append_str(&lines, buf_str(new));
	buf_done(new);
	*new = steal(&lines);
}

static bool pair_add(struct state_call *call, struct keyvalue *keyvalue, struct value key,
		     struct value value, struct outcome *outcome)
{
	const struct keyvalue_args *args = call->args;
	autoerr struct err err = {0};
	struct value texts[2];

	if (value_str(call->heap, key, &texts[0], &err) ||
	    value_str(call->heap, value, &texts[1], &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	keyvalue->pairs[keyvalue->n++] =
		(struct pair){value_bytes(texts[0]), value_bytes(texts[1]),
			      value_is_string(value) ? NULL : value_type_name(value), args->count};
	return true;
}

static bool pairs_of(struct state_call *call, struct keyvalue *keyvalue, struct outcome *outcome)
{
	const struct keyvalue_args *args = call->args;
	const struct dict *all = args->key_values.kind == VALUE_DICT ? args->key_values.dict : NULL;
	bool has_pair = is_given(args->key) && is_given(args->value);

	if (!args->separator.len) {
		outcome_fail(outcome, "empty separator");
		return false;
	}
	if (has_pair && all) {
		outcome_fail(outcome,
			     "file.keyvalue can not combine key_values with key and value");
		return false;
	}
	if (!has_pair && (!all || !all->n)) {
		bool is_empty = all || !is_given(args->key_values);
		outcome_fail(outcome, "file.keyvalue key and value not supplied and key_values %s",
			     is_empty ? "is empty" : "is not a dictionary");
		return false;
	}
	keyvalue->pairs =
		heap_alloc(call->heap, (has_pair ? 1 : all->n) * sizeof(*keyvalue->pairs));
	if (has_pair)
		return pair_add(call, keyvalue, args->key, args->value, outcome);
	dict_foreach(entry, all) if (!pair_add(call, keyvalue, entry->key, entry->value,
					       outcome)) return false;
	return true;
}

static void tell(struct state_call *call, const struct keyvalue *keyvalue, const struct edit *edit,
		 struct outcome *outcome)
{
	const struct keyvalue_args *args = call->args;
	bool is_shown =
		changes_are_shown(args->show_changes, edit->is_new ? 0644 : edit->st.st_mode);
	autofree char *diff = strlist_join(&keyvalue->diff, "");

	outcome_change_text(call->heap, outcome, "diff", is_shown ? diff : "<show_changes=False>");
	if (!call->is_test) {
		outcome_say(outcome, "Changed %zu lines", keyvalue->n_changed);
		return;
	}
	outcome_pending(outcome, "File %s is set to be changed (%zu lines)", edit->path,
			keyvalue->n_changed);
	if (!is_shown)
		return;
	autofree char *lines = strlist_join(&keyvalue->diff, "\r\t\t");
	outcome_say(outcome, "Predicted diff:\n\r\t\t%s", lines);
}

static void keyvalue_apply(struct state_call *call, struct outcome *outcome)
{
	const struct keyvalue_args *args = call->args;
	cleanup(edit_done) struct edit edit = {.path = place_name(call->world, call->name)};
	cleanup(keyvalue_done) struct keyvalue keyvalue = {.args = args,
							   .new = {.max = SIZE_MAX / 2}};
	autoerr struct err err = {0};
	struct str line, rest;

	if (!file_is_named(call, edit.path, outcome) || !pairs_of(call, &keyvalue, outcome))
		return;
	edit.is_new = args->create_if_missing && *edit.path == '/' &&
		      !place_stat(call->world, edit.path, LINKS_FOLLOWED, NULL);
	if (!edit.is_new && place_read(call->world, edit.path, &edit.old, &edit.st, &err)) {
		outcome_say(outcome, "unable to open %s", edit.path);
		outcome->result = args->ignore_if_missing ? RESULT_TRUE : RESULT_FALSE;
		return;
	}
	rest = buf_str(&edit.old);
	while (line_next(&rest, &line))
		put_line(&keyvalue, line);
	put_missing(&keyvalue);
	if (!keyvalue.n_changed && !edit.is_new)
		return;
	if (args->search_only) {
		outcome_fail(outcome, "At least one key/value pair differs in %s", edit.path);
		return;
	}
	if (edit_end(call, &edit, buf_str(&keyvalue.new), args->show_changes, STR(""), outcome))
		tell(call, &keyvalue, &edit, outcome);
}

const struct state_def state_file_keyvalue = {.name = "file.keyvalue",
					      .args = keyvalue_args,
					      .args_size = sizeof(struct keyvalue_args),
					      .apply = keyvalue_apply};
