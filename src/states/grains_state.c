/* grains_state.c - grains.*: values in /etc/salt/grains, as the run's grains show them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a state sets is seen by the states and templates behind it: a name with colons changes a
 * part of the grain that stands in front of the first one, and the whole grain is written. */
#include "states/grains_state.h"

#include "state/functions.h"
#include "states/text_file.h"
#include "value/list.h"
#include "value/yaml.h"

#include "base/banned.h"

#define GRAINS_FILE "/etc/salt/grains"

struct grains_args {
	struct value value;
	struct str delimiter; /* of the name; empty: a colon */
	bool force, destructive, convert;
};

#define ROW(arg_name, arg_type, field)                        \
	{                                                     \
		.name = (arg_name), .type = (arg_type),       \
		.offset = offsetof(struct grains_args, field) \
	}
static const struct state_arg value_rows[] = {
	{.name = "value",
	 .type = ARG_VALUE,
	 .offset = offsetof(struct grains_args, value),
	 .is_required = true},
	ROW("delimiter", ARG_STR, delimiter),
	ROW("force", ARG_BOOL, force),
	ROW("convert", ARG_BOOL, convert),
	{0},
};
static const struct state_arg name_rows[] = {
	ROW("delimiter", ARG_STR, delimiter),
	ROW("force", ARG_BOOL, force),
	ROW("destructive", ARG_BOOL, destructive),
	{0},
};

/* ---- what is there ---- */

/* The path with colons, whatever divides it in the file. */
static const char *path_of(struct state_call *call)
{
	const struct grains_args *args = call->args;
	struct str rest = str_of(call->name), delimiter = args->delimiter;
	autobuf struct buf path = {0};

	while (delimiter.len) {
		const char *cut = memmem(rest.ptr, rest.len, delimiter.ptr, delimiter.len);
		if (!cut)
			break;
		buf_append(&path, rest.ptr, (size_t)(cut - rest.ptr));
		buf_putc(&path, ':');
		rest.len -= (size_t)(cut - rest.ptr) + delimiter.len;
		rest.ptr = cut + delimiter.len;
	}
	buf_append(&path, rest.ptr, rest.len);
	return heap_strdup(call->heap, buf_str(&path));
}

static struct value grain_at(struct state_call *call, struct str path)
{
	return mapping_get(call->heap, value_of_dict(call->world->grains), path, STR(":"),
			   (struct value){0});
}

static bool is_there(struct value v)
{
	return v.kind != VALUE_UNDEFINED;
}

static bool is_complex(struct value v)
{
	return v.kind == VALUE_DICT || v.kind == VALUE_LIST;
}

static bool is_true(struct state_call *call, struct value v)
{
	autoerr struct err err = {0};
	bool truth;

	return is_there(v) && !value_truth(call->heap, v, &truth, &err) && truth;
}

static bool is_equal(struct value a, struct value b)
{
	return is_there(a) && value_same(a, b);
}

static const char *text_of(struct state_call *call, struct value v)
{
	struct value text;
	autoerr struct err err = {0};

	return value_str(call->heap, v, &text, &err) ? ""
						     : heap_strdup(call->heap, value_bytes(text));
}

static size_t position(const struct list *list, struct value v)
{
	size_t i = 0;

	while (i < list->n && !is_equal(list->items[i], v))
		i++;
	return i;
}

/* ---- what is to be ---- */

/* Keys in the order of the alphabet, as the reference writes its file. */
static struct dict *sorted(struct heap *heap, struct dict *dict, struct err *err)
{
	struct list *keys = list_new(heap, dict->n);
	struct dict *ordered = dict_new(heap);

	dict_foreach(entry, dict) list_push(heap, keys, entry->key);
	if (list_sort(heap, keys, false, err))
		return NULL;
	for (size_t i = 0; i < keys->n; i++)
		dict_put(heap, ordered, keys->items[i], *dict_find(dict, keys->items[i]));
	return ordered;
}

static int write_grain(struct state_call *call, const char *key, const struct value *v,
		       struct err *err)
{
	static const struct ownership fresh = {0, 0, 0644};
	autobuf struct buf old = {0};
	autobuf struct buf text = {0};
	struct value kept = {0};
	struct dict *file;

	if (text_file_read(call->world, GRAINS_FILE, &old, NULL, err) ||
	    value_from_yaml(call->heap, value_bytes(value_text(call->heap, buf_str(&old))),
			    GRAINS_FILE, &kept, err))
		return err_wrap(err, "Unable to read existing grains file");
	file = kept.kind == VALUE_DICT ? kept.dict : dict_new(call->heap);
	if (v)
		dict_set(call->heap, file, key, *v);
	else
		dict_remove(file, value_cstr(call->heap, key), NULL);
	file = sorted(call->heap, file, err);
	if (!file || value_to_yaml(call->heap, value_of_dict(file), false, &text, err))
		return -1;
	buf_putc(&text, '\n');
	return text_file_write(call->world, GRAINS_FILE, buf_str(&text), &fresh, err);
}

/* In the file and in the run; NULL: away. changes: {key: value}. */
static bool set_grain(struct state_call *call, const char *key, const struct value *v,
		      struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (write_grain(call, key, v, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (v)
		dict_set(call->heap, call->world->grains, key, *v);
	else
		dict_remove(call->world->grains, value_cstr(call->heap, key), NULL);
	outcome_change(call->heap, outcome, key, v ? *v : value_none());
	return true;
}

static struct value single(struct heap *heap, struct value key, struct value v)
{
	struct dict *dict = dict_new(heap);

	dict_put(heap, dict, key, v);
	return value_of_dict(dict);
}

/* In a list of names and of mappings with one key: the name gets a value. */
static void put_in_list(struct heap *heap, struct list *list, struct value name, struct value v)
{
	bool found = false;

	for (size_t i = 0; i < list->n; i++) {
		struct value *item = &list->items[i];
		if (is_equal(*item, name)) {
			*item = single(heap, name, v);
		} else if (item->kind == VALUE_DICT && dict_find(item->dict, name)) {
			*item = value_of_dict(dict_copy(heap, item->dict));
			dict_put(heap, item->dict, name, v);
		} else {
			continue;
		}
		found = true;
	}
	if (!found)
		list_push(heap, list, single(heap, name, v));
}

static const char *last_colon(struct str path)
{
	return path.ptr && path.len ? memrchr(path.ptr, ':', path.len) : NULL;
}

static struct value copy_of(struct heap *heap, const struct list *list)
{
	struct list *copy = list_new(heap, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		list_push(heap, copy, list->items[i]);
	return value_of_list(copy);
}

/* One step up: the value of the last part becomes a part of what holds it. Of a copy: what was told
 * of states before stays, and so does the grain when it cannot be written. */
static bool put_in_parent(struct state_call *call, struct str parent, struct value name,
			  bool removes, struct value *v, struct outcome *outcome)
{
	const struct grains_args *args = call->args;
	struct value has = grain_at(call, parent);

	if (has.kind == VALUE_DICT)
		has = value_of_dict(dict_copy(call->heap, has.dict));
	else if (has.kind == VALUE_LIST)
		has = copy_of(call->heap, has.list);
	else if (!is_there(has))
		has = value_of_dict(dict_new(call->heap));
	if (has.kind == VALUE_DICT && removes)
		dict_remove(has.dict, name, NULL);
	else if (has.kind == VALUE_DICT)
		dict_put(call->heap, has.dict, name, *v);
	else if (has.kind == VALUE_LIST)
		put_in_list(call->heap, has.list, name, *v);
	else if (args->force || is_equal(has, name))
		has = single(call->heap, name, *v);
	else {
		outcome_fail(outcome,
			     "The key '%.*s' value is '%s', which is different from the provided "
			     "key '%s'. Use 'force=True' to overwrite.",
			     STR_ARG(parent), text_of(call, has), text_of(call, name));
		return false;
	}
	*v = has;
	return true;
}

/* salt['grains.set']: false, and it is told why, when something else is there. */
static bool grain_set(struct state_call *call, const char *path, struct value v,
		      struct outcome *outcome)
{
	const struct grains_args *args = call->args;
	struct value has = grain_at(call, str_of(path));
	bool removes = v.kind == VALUE_NONE && args->destructive;

	if (is_equal(has, v) && !removes) {
		outcome_say(outcome, "Grain is already set");
		return false;
	}
	if (is_there(has) && has.kind != VALUE_NONE && !args->force &&
	    (is_complex(has) || is_complex(v))) {
		outcome_fail(outcome,
			     is_complex(has)
				     ? "The key '%s' exists but is a dict or a list. Use "
				       "'force=True' to overwrite."
				     : "The key '%s' exists and the given value is a dict or a "
				       "list. Use 'force=True' to overwrite.",
			     path);
		return false;
	}
	struct str rest = str_of(path);
	const char *cut;
	while ((cut = last_colon(rest))) {
		struct str name = {cut + 1, rest.len - (size_t)(cut + 1 - rest.ptr)};
		rest.len = (size_t)(cut - rest.ptr);
		if (!put_in_parent(call, rest, value_text(call->heap, name), removes, &v, outcome))
			return false;
		removes = false;
	}
	return set_grain(call, heap_strdup(call->heap, rest), removes ? NULL : &v, outcome);
}

/* ---- one value ---- */

static void grains_exists(struct state_call *call, struct outcome *outcome)
{
	if (is_there(grain_at(call, str_of(path_of(call)))))
		outcome_say(outcome, "Grain exists");
	else
		outcome_fail(outcome, "Grain does not exist");
}

static void grains_present(struct state_call *call, struct outcome *outcome)
{
	const struct grains_args *args = call->args;
	const char *path = path_of(call);
	struct value has = grain_at(call, str_of(path));

	if (is_equal(has, args->value)) {
		outcome_say(outcome, "Grain is already set");
	} else if (!call->is_test) {
		if (grain_set(call, path, args->value, outcome))
			outcome_say(outcome, "Set grain %s to %s", path,
				    text_of(call, args->value));
	} else if (is_there(has)) {
		outcome_pending(outcome, "Grain %s is set to be changed", path);
		outcome_change(call->heap, outcome, "changed",
			       single(call->heap, value_cstr(call->heap, path), args->value));
	} else {
		outcome_pending(outcome, "Grain %s is set to be added", path);
		outcome_change_text(call->heap, outcome, "new", path);
	}
}

/* What is told of a value that goes, or becomes null. */
static void tell_absent(struct state_call *call, const char *path, bool is_null,
			struct outcome *outcome)
{
	const struct grains_args *args = call->args;
	outcome->result = call->is_test ? RESULT_NONE : RESULT_TRUE;
	if (is_null && !args->destructive)
		return;
	outcome->changes = (struct value){0};
	if (args->destructive) {
		outcome_say(outcome, "Grain %s %s deleted", path,
			    call->is_test ? "is set to be" : "was");
		outcome_change_text(call->heap, outcome, "deleted", path);
		return;
	}
	outcome_say(outcome, "Value for grain %s %s", path,
		    call->is_test ? "is set to be deleted (None)" : "was set to None");
	outcome_change_text(call->heap, outcome, "grain", path);
	outcome_change(call->heap, outcome, "value", value_none());
}

static void grains_absent(struct state_call *call, struct outcome *outcome)
{
	const char *path = path_of(call);
	struct value has = grain_at(call, str_of(path));

	if (!is_there(has))
		outcome_say(outcome, "Grain %s does not exist", path);
	else if (call->is_test || grain_set(call, path, value_none(), outcome))
		tell_absent(call, path, has.kind == VALUE_NONE, outcome);
}

/* ---- lists ---- */

/* The list itself, put into what holds it. */
static bool set_list(struct state_call *call, const char *path, struct list *list,
		     struct outcome *outcome)
{
	struct str rest = str_of(path);
	struct value v = value_of_list(list);
	const char *cut;

	while ((cut = last_colon(rest))) {
		struct str name = {cut + 1, rest.len - (size_t)(cut + 1 - rest.ptr)};
		rest.len = (size_t)(cut - rest.ptr);
		if (!put_in_parent(call, rest, value_text(call->heap, name), false, &v, outcome))
			return false;
	}
	return set_grain(call, heap_strdup(call->heap, rest), &v, outcome);
}

static bool has_all(const struct list *list, struct value v)
{
	if (v.kind != VALUE_LIST)
		return position(list, v) < list->n;
	for (size_t i = 0; i < v.list->n; i++)
		if (position(list, v.list->items[i]) == list->n)
			return false;
	return true;
}

/* A list is so many values. */
static void push_all(struct heap *heap, struct list *list, struct value v)
{
	for (size_t i = 0; v.kind == VALUE_LIST && i < v.list->n; i++)
		list_push(heap, list, v.list->items[i]);
	if (v.kind != VALUE_LIST)
		list_push(heap, list, v);
}

static void grains_list_present(struct state_call *call, struct outcome *outcome)
{
	const struct grains_args *args = call->args;
	const char *path = path_of(call), *text = text_of(call, args->value);
	struct value has = grain_at(call, str_of(path)), v = args->value;
	bool is_set = is_true(call, has);

	if (is_set && has.kind != VALUE_LIST) {
		outcome_fail(outcome, "Grain %s is not a valid list", path);
		return;
	}
	if (is_set && has_all(has.list, v)) {
		outcome_say(outcome, "Value %s is already in grain %s", text, path);
		return;
	}
	if (call->is_test) {
		if (is_set)
			outcome_pending(outcome, "Value %s is set to be appended to grain %s", text,
					path);
		else
			outcome_pending(outcome, "Grain %s is set to be added", path);
		outcome_change(call->heap, outcome, "new", is_there(has) ? has : value_literal(""));
		return;
	}
	if (is_there(has) && has.kind != VALUE_LIST) {
		outcome_fail(outcome, "Failed append value %s to grain %s", text, path);
		return;
	}
	struct value list = is_there(has) ? copy_of(call->heap, has.list)
					  : value_of_list(list_new(call->heap, 1));
	push_all(call->heap, list.list, v);
	if (!set_list(call, path, list.list, outcome))
		return;
	struct value set = outcome->changes;
	outcome->changes = (struct value){0};
	outcome_change(call->heap, outcome, "new", set);
	outcome_say(outcome, "Append value %s to grain %s", text, path);
}

/* One value less; false: it failed, and that is told. */
static bool take_out(struct state_call *call, const char *path, struct value *list, size_t at,
		     struct outcome *outcome)
{
	*list = copy_of(call->heap, list->list);
	memmove(list->list->items + at, list->list->items + at + 1,
		(list->list->n - at - 1) * sizeof(*list->list->items));
	list->list->n--;
	return set_list(call, path, list->list, outcome);
}

static void grains_list_absent(struct state_call *call, struct outcome *outcome)
{
	const struct grains_args *args = call->args;
	const char *path = path_of(call);
	struct value has = grain_at(call, str_of(path));
	const struct list *values = args->value.kind == VALUE_LIST ? args->value.list : NULL;
	struct list *gone = list_new(call->heap, 1);

	if (!is_true(call, has)) {
		outcome_say(outcome, "Grain %s does not exist", path);
		return;
	}
	if (has.kind != VALUE_LIST) {
		outcome_fail(outcome, "Grain %s is not a valid list", path);
		return;
	}
	for (size_t i = 0; i < (values ? values->n : 1); i++) {
		struct value v = values ? values->items[i] : args->value;
		size_t at = position(has.list, v);
		if (at == has.list->n) {
			outcome_say(outcome, "Value %s is absent from grain %s", text_of(call, v),
				    path);
			continue;
		}
		list_push(call->heap, gone, v);
		if (call->is_test)
			outcome_pending(outcome, "Value %s in grain %s is set to be deleted",
					text_of(call, v), path);
		else if (take_out(call, path, &has, at, outcome))
			outcome_say(outcome, "Value %s was deleted from grain %s", text_of(call, v),
				    path);
		else
			return;
	}
	outcome->changes = (struct value){0};
	if (gone->n)
		outcome_change(call->heap, outcome, "deleted", value_of_list(gone));
}

static void grains_append(struct state_call *call, struct outcome *outcome)
{
	const struct grains_args *args = call->args;
	const char *path = path_of(call), *text = text_of(call, args->value);
	struct value has = grain_at(call, str_of(path));
	bool is_list = has.kind == VALUE_LIST;

	if (!is_true(call, has) && !dict_get(call->world->grains, path)) {
		outcome_fail(outcome, "Grain %s does not exist", path);
		return;
	}
	if (is_list && position(has.list, args->value) < has.list->n) {
		outcome_say(outcome, "Value %s is already in the list for grain %s", text, path);
		return;
	}
	if (!is_list && !args->convert) {
		outcome_fail(outcome, "Grain %s is not a valid list", path);
		return;
	}
	if (call->is_test && is_list)
		outcome_pending(outcome, "Value %s in grain %s is set to be added", text, path);
	else if (call->is_test)
		outcome_pending(outcome,
				"Grain %s is set to be converted to list and value %s will be "
				"added",
				path, text);
	if (!call->is_test) {
		struct list *list =
			is_list ? copy_of(call->heap, has.list).list : list_new(call->heap, 2);
		if (!is_list && has.kind != VALUE_NONE)
			list_push(call->heap, list, has);
		push_all(call->heap, list, args->value);
		if (!set_list(call, path, list, outcome))
			return;
		outcome->changes = (struct value){0};
		outcome_say(outcome, "Value %s was added to grain %s", text, path);
	}
	outcome_change(call->heap, outcome, "added", args->value);
}

#define GRAINS(fun, rows)                                \
	const struct state_def grains_##fun##_def = {    \
		.name = "grains." #fun,                  \
		.args = (rows),                          \
		.args_size = sizeof(struct grains_args), \
		.apply = grains_##fun,                   \
	}

GRAINS(exists, name_rows);
GRAINS(present, value_rows);
GRAINS(absent, name_rows);
GRAINS(append, value_rows);
GRAINS(list_present, value_rows);
GRAINS(list_absent, value_rows);
