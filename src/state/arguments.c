/* arguments.c - a state's arguments into its own struct, by its table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/arguments.h"

#include "base/vec.h"
#include "value/list.h"

#include "base/banned.h"

#define NAMES_MAX 96 /* of one state's arguments, for suggestions */

struct decoding {
	struct world *world;
	struct heap *heap;
	const struct state_def *def;
	struct diags *findings;
	size_t n_errors;
};

static void told(struct decoding *decoding, const struct argument *argument, const char *fmt, ...)
	printf_like(3, 4);
static void told(struct decoding *decoding, const struct argument *argument, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf text = {0};
	autodiag struct diag diag = {0};

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	diag_set(&diag, ERR_INPUT, argument->at, "argument '%s' of %s %s", argument->name,
		 decoding->def->name, buf_text(&text));
	diags_take(decoding->findings, &diag);
	decoding->n_errors++;
}

const struct state_arg *state_arg_find(const struct state_def *def, const char *name)
{
	for (const struct state_arg *row = def->args; row && row->name; row++)
		if (text_eq(row->name, name))
			return row;
	return NULL;
}

/* ---- one value to one type ---- */

static const char *kind_words(struct value v)
{
	switch (v.kind) {
	case VALUE_LIST:
	case VALUE_TUPLE: return "a list";
	case VALUE_DICT: return "a mapping";
	case VALUE_STRING: return "a text";
	case VALUE_BOOL: return "a boolean";
	case VALUE_INT:
	case VALUE_FLOAT: return "a number";
	default: return "nothing";
	}
}

static bool is_scalar(struct value v)
{
	return v.kind == VALUE_STRING || value_is_number(v);
}

static bool text_of(struct decoding *decoding, struct value v, struct str *ret_text)
{
	autoerr struct err err = {0};
	struct value text;

	if (!is_scalar(v) || value_str(decoding->heap, v, &text, &err))
		return false;
	/* NUL-terminated: paths and names go to the kernel. */
	*ret_text = (struct str){heap_strdup(decoding->heap, value_bytes(text)), text.len};
	return true;
}

static bool bool_of(struct value v, bool *ret_bool)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};

	if (value_is_number(v)) {
		*ret_bool = v.kind == VALUE_FLOAT ? v.number != 0 : v.integer != 0;
		if (v.kind == VALUE_BOOL)
			*ret_bool = v.boolean;
		return true;
	}
	for (size_t i = 0; v.kind == VALUE_STRING && i < ARRAY_LEN(words); i++)
		for (int truth = 0; truth < 2; truth++)
			if (str_is_nocase(value_bytes(v), words[i][truth])) {
				*ret_bool = truth;
				return true;
			}
	return false;
}

static bool int_of(struct value v, int64_t *ret_int)
{
	if (v.kind == VALUE_STRING)
		return str_to_i64(str_trim(value_bytes(v)), ret_int);
	if (v.kind == VALUE_FLOAT && v.number >= -9e15 && v.number <= 9e15 &&
	    v.number == (double)(int64_t)v.number)
		*ret_int = (int64_t)v.number;
	else if (v.kind == VALUE_INT)
		*ret_int = v.integer;
	else if (v.kind == VALUE_BOOL)
		*ret_int = v.boolean;
	else
		return false;
	return true;
}

/* 644, "0644", "0o644": digits are octal, whatever YAML made of them. */
static bool mode_of(struct decoding *decoding, struct value v, struct file_mode *ret_mode)
{
	struct str text;
	uint32_t mode;

	if (v.kind == VALUE_BOOL || !text_of(decoding, v, &text))
		return false;
	if (str_is(text, "keep")) {
		*ret_mode = (struct file_mode){.is_given = true, .is_keep = true};
		return true;
	}
	if (str_starts(text, STR("0o")))
		text = (struct str){text.ptr + 2, text.len - 2};
	if (!str_to_octal(text, &mode) || mode > 07777)
		return false;
	*ret_mode = (struct file_mode){.is_given = true, .mode = mode};
	return true;
}

static struct list *list_of(struct decoding *decoding, struct value v)
{
	struct list *list;

	if (value_is_sequence(v))
		return v.list;
	list = list_new(decoding->heap, 1);
	list_push(decoding->heap, list, v);
	return list;
}

/* A mapping, or a list of mappings of one key each: what "- env:" makes of both spellings. */
static struct dict *dict_of(struct decoding *decoding, struct value v)
{
	if (v.kind == VALUE_DICT)
		return v.dict;
	if (!value_is_sequence(v))
		return NULL;
	struct dict *dict = dict_new(decoding->heap);
	for (size_t i = 0; i < v.list->n; i++) {
		if (v.list->items[i].kind != VALUE_DICT)
			return NULL;
		dict_update(decoding->heap, dict, v.list->items[i].dict);
	}
	return dict;
}

static void value_decode(struct decoding *decoding, const struct state_arg *row,
			 const struct argument *argument, char *decoded)
{
	static const char *const wanted[] = {
		[ARG_STR] = "a text",       [ARG_BOOL] = "true or false", [ARG_INT] = "a number",
		[ARG_MODE] = "a file mode", [ARG_DICT] = "a mapping",
	};
	void *at = decoded + row->offset;
	struct value v = argument->value;
	bool fits = true;

	switch (row->type) {
	case ARG_STR: fits = text_of(decoding, v, at); break;
	case ARG_BOOL: fits = bool_of(v, at); break;
	case ARG_INT: fits = int_of(v, at); break;
	case ARG_MODE: fits = mode_of(decoding, v, at); break;
	case ARG_VALUE: *(struct value *)at = v; break;
	case ARG_LIST: *(struct list **)at = list_of(decoding, v); break;
	case ARG_DICT:
		*(struct dict **)at = dict_of(decoding, v);
		fits = *(struct dict **)at != NULL;
		break;
	case ARG_IGNORED: break;
	case ARG_REFUSED:
		told(decoding, argument, "is not available here: %s",
		     row->fallback ? row->fallback : "not implemented");
		break;
	}
	if (!fits && v.kind == VALUE_STRING)
		told(decoding, argument, "must be %s, not '%.*s'", wanted[row->type], (int)v.len,
		     v.text);
	else if (!fits)
		told(decoding, argument, "must be %s, not %s", wanted[row->type], kind_words(v));
}

/* null is "not given", but for those who take anything. */
static bool is_given(const struct state_arg *row, struct value v)
{
	return row->type == ARG_VALUE || v.kind != VALUE_NONE;
}

/* ---- unknown ones ---- */

/* One letter more, less, other, or two changed places. */
static bool is_one_typo(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b), i = 0;

	if (len_a > len_b)
		return is_one_typo(b, a);
	if (len_b - len_a > 1 || len_b < 3)
		return false;
	while (i < len_a && a[i] == b[i])
		i++;
	if (len_a != len_b)
		return text_eq(a + i, b + i + 1);
	if (i == len_a)
		return false;
	return text_eq(a + i + 1, b + i + 1) ||
	       (a[i] == b[i + 1] && a[i + 1] == b[i] && text_eq(a + i + 2, b + i + 2));
}

/* What file.managed does not know becomes a variable of the template: a plural or a short name
 * near one that it knows may well be meant as such. */
static bool is_variable_name(const struct state_def *def, const char *name, const char *nearest)
{
	size_t len = strlen(nearest);

	return len <= 4 || !text_starts(def->name, "file.") ||
	       (text_starts(name, nearest) && text_eq(name + len, "s"));
}

static void unknown_told(struct decoding *decoding, const struct argument *argument)
{
	static const char *const global[] = {
		"name",   "names",  "require", "require_in", "watch",     "watch_in",
		"unless", "onlyif", "creates", "prereq",     "onchanges", "onfail",
		"order",  "retry",  "use",     "check_cmd",  "listen",    "failhard"};
	const char *names[NAMES_MAX + ARRAY_LEN(global) + 1] = {NULL};
	size_t n = 0;

	for (; n < ARRAY_LEN(global); n++)
		names[n] = global[n];
	for (const struct state_arg *row = decoding->def->args;
	     row && row->name && n < ARRAY_LEN(names) - 1; row++)
		names[n++] = row->name;
	const char *nearest = str_nearest(argument->name, names);
	bool is_typo = nearest && is_one_typo(argument->name, nearest);
	if (decoding->def->takes_extra) {
		if (is_typo && !is_variable_name(decoding->def, argument->name, nearest))
			told(decoding, argument, "is unknown: did you mean '%s'?", nearest);
		return;
	}
	if (decoding->world->is_strict || is_typo) {
		told(decoding, argument, nearest ? "is unknown: did you mean '%s'?" : "is unknown",
		     nearest ? nearest : "");
		return;
	}
	autofree char *hint = nearest ? xasprintf(" (did you mean '%s'?)", nearest) : xstrdup("");
	diags_warn(decoding->findings, argument->at, "argument '%s' of %s is unknown%s, ignoring",
		   argument->name, decoding->def->name, hint);
}

/* ---- all ---- */

static void fallbacks(struct decoding *decoding, char *decoded)
{
	for (const struct state_arg *row = decoding->def->args; row && row->name; row++) {
		struct argument argument = {row->name, {0}, {0}};
		if (!row->fallback || row->type == ARG_REFUSED || row->type == ARG_IGNORED ||
		    row->alias_of)
			continue;
		argument.value = value_view(str_of(row->fallback));
		value_decode(decoding, row, &argument, decoded);
	}
}

static bool was_given(const struct state_def *def, const struct state_arg *row,
		      const struct argument *arguments, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct state_arg *other = state_arg_find(def, arguments[i].name);
		if (other && (other == row || text_eq(other->alias_of, row->name)) &&
		    is_given(other, arguments[i].value))
			return true;
	}
	return false;
}

static void required_check(struct decoding *decoding, const struct argument *arguments, size_t n,
			   struct src_pos at)
{
	for (const struct state_arg *row = decoding->def->args; row && row->name; row++) {
		autodiag struct diag diag = {0};
		if (!row->is_required || was_given(decoding->def, row, arguments, n))
			continue;
		diag_set(&diag, ERR_INPUT, at, "Missing parameter %s for state %s", row->name,
			 decoding->def->name);
		diags_take(decoding->findings, &diag);
		decoding->n_errors++;
	}
}

/* Other names of an argument come first: its own name wins. */
static void given_decode(struct decoding *decoding, const struct argument *arguments, size_t n,
			 char *decoded)
{
	for (int own = 0; own < 2; own++)
		for (size_t i = 0; i < n; i++) {
			const struct state_arg *row =
				state_arg_find(decoding->def, arguments[i].name);
			if (row && (row->alias_of == NULL) == own &&
			    is_given(row, arguments[i].value))
				value_decode(decoding, row, &arguments[i], decoded);
		}
}

static struct dict *extra_collect(struct decoding *decoding, const struct argument *arguments,
				  size_t n)
{
	struct dict *extra = NULL;

	for (size_t i = 0; i < n; i++) {
		if (state_arg_find(decoding->def, arguments[i].name) ||
		    text_eq(arguments[i].name, "runas") || text_eq(arguments[i].name, "umask"))
			continue;
		unknown_told(decoding, &arguments[i]);
		if (!decoding->def->takes_extra)
			continue;
		if (!extra)
			extra = dict_new(decoding->heap);
		dict_set(decoding->heap, extra, arguments[i].name, arguments[i].value);
	}
	return extra;
}

int arguments_decode(struct world *world, const struct state_def *def,
		     const struct arguments *arguments, struct diags *findings,
		     const void **ret_decoded, struct dict **ret_extra)
{
	struct decoding decoding = {world, world->heap, def, findings, 0};
	char *decoded = heap_alloc(world->heap, def->args_size ? def->args_size : 1);

	fallbacks(&decoding, decoded);
	given_decode(&decoding, arguments->items, arguments->n, decoded);
	struct dict *extra = extra_collect(&decoding, arguments->items, arguments->n);
	required_check(&decoding, arguments->items, arguments->n, arguments->at);
	if (decoding.n_errors)
		return -1;
	*ret_decoded = decoded;
	*ret_extra = extra;
	return 0;
}
