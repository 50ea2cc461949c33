/* filter_salt_text.c - Salt's filters that change or judge one value.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "tmpl/filter_private.h"
#include "value/regex.h"

#include "base/banned.h"

static const struct param one_value[] = {{"value", PARAM_REQUIRED}, {NULL}};

/* Prints nothing: for filters that are called for what they do. */
int filter_skip(struct call *call, struct value *ret_value, struct err *err)
{
	struct value v;

	if (call_bind(call, "skip_filter", one_value, &v, err))
		return -1;
	*ret_value = value_literal("");
	return 0;
}

/* int(value, 16) of Python takes it. */
int filter_is_hex(struct call *call, struct value *ret_value, struct err *err)
{
	autoerr struct err beyond = {0}; /* more than 64 bits are hexadecimal, too */
	struct value v;
	int64_t integer;

	if (call_bind(call, "is_hex", one_value, &v, err))
		return -1;
	*ret_value = value_bool(value_is_string(v) &&
				int_parse(value_bytes(v), 16, &integer, &beyond) != 0);
	return 0;
}

int filter_contains_whitespace(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *list;
	struct value v, is_space;
	bool truth = false;

	if (call_bind(call, "contains_whitespace", one_value, &v, err) ||
	    value_to_list(call->heap, v, &list, err))
		return -1;
	for (size_t i = 0; i < list->n && !truth; i++)
		if (call_named(call, list->items[i], "isspace", NULL, 0, &is_space, err) ||
		    value_truth(call->heap, is_space, &truth, err))
			return -1;
	*ret_value = value_bool(truth);
	return 0;
}

int filter_to_bool(struct call *call, struct value *ret_value, struct err *err)
{
	struct value v;
	bool truth = false;

	if (call_bind(call, "to_bool", one_value, &v, err))
		return -1;
	if (value_is_string(v)) {
		struct str text = value_bytes(v);
		truth = str_is_nocase(text, "yes") || str_is_nocase(text, "true") ||
			str_is(text, "1");
	} else if (v.kind == VALUE_INT) {
		truth = v.integer > 0;
	} else if ((v.kind == VALUE_BOOL || !is_hashable(v)) &&
		   value_truth(call->heap, v, &truth, err)) {
		return -1;
	}
	*ret_value = value_bool(truth);
	return 0;
}

static int call_filter(struct call *call, call_fn *filter, struct value v, struct value *ret_value,
		       struct err *err)
{
	struct call inner = {.heap = call->heap, .args = &v, .n_args = 1, .interp = call->interp};

	return filter(&inner, ret_value, err);
}

int filter_to_num(struct call *call, struct value *ret_value, struct err *err)
{
	struct value v;
	int64_t integer;
	double number;

	if (call_bind(call, "to_num", one_value, &v, err))
		return -1;
	*ret_value = v;
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	if (value_is_number(v)) /* int(): cut off at the point */
		return call_filter(call, filter_int, v, ret_value, err);
	if (!value_is_string(v))
		return err_set(err, ERR_INPUT,
			       "int() argument must be a string, a bytes-like object or a real "
			       "number, not '%s'",
			       value_type_name(v));
	int is_int = int_parse(value_bytes(v), 10, &integer, err);
	if (is_int < 0)
		return -1;
	if (is_int)
		*ret_value = value_int(integer);
	else if (float_parse(value_bytes(v), &number))
		*ret_value = value_float(number);
	return 0;
}

/* One word for a shell (POSIX, 2.2.2). */
int filter_quote(struct call *call, struct value *ret_value, struct err *err)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_@%+=:,./-";
	autobuf struct buf quoted = text_buf();
	struct value v;
	struct str text;
	bool is_bare = true;

	bool truth;

	if (call_bind(call, "quote", one_value, &v, err) || value_truth(call->heap, v, &truth, err))
		return -1;
	if (!truth)
		v = value_literal("");
	if (matched_text(v, &text, err))
		return -1;
	for (size_t i = 0; i < text.len; i++)
		is_bare &= text.ptr[i] && strchr(bare, text.ptr[i]);
	if (is_bare && text.len) {
		*ret_value = v;
		return 0;
	}
	buf_putc(&quoted, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\'')
			buf_puts(&quoted, "'\"'\"'");
		else
			buf_putc(&quoted, text.ptr[i]);
	}
	buf_putc(&quoted, '\'');
	return text_give(call->heap, &quoted, ret_value, err);
}

/* ---- paths ---- */

/* What stays of a path's parts: without empty ones, "." and "x/..". Returns how many. */
static size_t parts_of(struct str path, bool is_absolute, struct str *parts)
{
	size_t n = 0;

	for (struct str rest = path; rest.ptr;) {
		struct str part = str_cut(&rest, '/');
		bool climbs = str_is(part, "..");
		bool can_climb = n && !str_is(parts[n - 1], "..");
		if (!part.len || str_is(part, "."))
			continue;
		if (climbs && can_climb)
			n--;
		else if (!climbs || !is_absolute)
			parts[n++] = part;
	}
	return n;
}

/* As Python's posixpath.normpath(): two slashes in front stay, three are one. */
static void path_normalize(struct str path, struct buf *buf)
{
	size_t n_roots = 0, n_max = 1;

	while (n_roots < path.len && path.ptr[n_roots] == '/')
		n_roots++;
	for (size_t i = 0; i < path.len; i++)
		n_max += path.ptr[i] == '/';
	autofree struct str *parts = xcalloc(n_max, sizeof(*parts));
	size_t n = parts_of(path, n_roots, parts);
	buf_puts(buf, n_roots == 2 ? "//" : n_roots ? "/" : "");
	for (size_t i = 0; i < n; i++) {
		buf_puts(buf, i ? "/" : "");
		buf_append_str(buf, parts[i]);
	}
	if (!buf->len)
		buf_putc(buf, '.');
}

int filter_path_join(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf joined = text_buf(), normal = text_buf();

	for (size_t i = 0; i < call->n_args; i++) {
		struct str part;
		if (bytes_of(call->args[i], &part, err))
			return -1;
		while (i && part.len && part.ptr[0] == '/')
			part = (struct str){part.ptr + 1, part.len - 1};
		if (i && joined.len && joined.ptr[joined.len - 1] != '/')
			buf_putc(&joined, '/');
		buf_append_str(&joined, part);
	}
	if (call->n_args)
		path_normalize(buf_str(&joined), &normal);
	return text_give(call->heap, &normal, ret_value, err);
}

/* ---- names ---- */

int filter_to_snake_case(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf first = text_buf(), second = text_buf();
	struct regex_replacement by = {.text = STR("\\1_\\2")};
	struct regex *humps, *edges;
	struct value v, snake;
	struct str text;
	size_t n;

	if (call_bind(call, "to_snake_case", one_value, &v, err) || value_as_str(v, &text, err) ||
	    regex_compile(call->heap, STR("(.)([A-Z][a-z]+)"), 0, &humps, err) ||
	    regex_compile(call->heap, STR("([a-z0-9])([A-Z])"), 0, &edges, err) ||
	    regex_replace(humps, text, &by, &first, &n, err) ||
	    regex_replace(edges, buf_str(&first), &by, &second, &n, err) ||
	    text_give(call->heap, &second, &snake, err))
		return -1;
	return call_named(call, snake, "lower", NULL, 0, ret_value, err);
}

int filter_to_camelcase(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"snake_input", PARAM_REQUIRED}, {"uppercamel", PARAM_OPTIONAL}, {NULL}};
	autobuf struct buf camel = text_buf();
	struct value v[2], word;
	struct str rest;
	bool upper;

	if (call_bind(call, "to_camelcase", params, v, err) || value_as_str(v[0], &rest, err) ||
	    arg_bool(call->heap, v[1], false, &upper, err))
		return -1;
	for (bool is_first = true; rest.ptr; is_first = false) {
		struct str part = str_cut(&rest, '_');
		word = value_view(part);
		if ((!is_first || upper) &&
		    call_named(call, word, "capitalize", NULL, 0, &word, err))
			return -1;
		buf_append_str(&camel, value_bytes(word));
	}
	return text_give(call->heap, &camel, ret_value, err);
}

/* ---- sizes ---- */

/* "2G", "30MB", "64KiB"; 0 when it is no size. */
int filter_human_to_bytes(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"size", PARAM_REQUIRED},
					      {"default_unit", PARAM_OPTIONAL},
					      {"handle_metric", PARAM_OPTIONAL},
					      {NULL}};
	static const char letters[] = "bkmgtpezy";
	struct str text, unit = STR("b");
	struct value v[3];
	bool is_metric;
	double number;
	size_t n = 0;

	if (call_bind(call, "human_to_bytes", params, v, err) ||
	    arg_text(call->heap, v[0], &text, err) ||
	    (param_given(v[1]) && value_as_str(v[1], &unit, err)) ||
	    arg_bool(call->heap, v[2], false, &is_metric, err))
		return -1;
	text = str_trim(text);
	while (n < text.len && ((text.ptr[n] >= '0' && text.ptr[n] <= '9') || text.ptr[n] == '.'))
		n++;
	*ret_value = value_int(0);
	if (!n || !float_parse((struct str){text.ptr, n}, &number))
		return 0;
	struct str given = str_trim((struct str){text.ptr + n, text.len - n});
	unit = given.len ? given : unit;
	const char *letter = unit.len ? strchr(letters, unit.ptr[0] | 32) : NULL;
	struct str tail = {unit.ptr + 1, unit.len - 1};
	if (!letter || !*letter)
		return 0;
	bool has_b = letter > letters && str_is_nocase(tail, "b");
	if (tail.len && !has_b && !(letter > letters && str_is_nocase(tail, "ib")))
		return 0;
	number *= pow(has_b && is_metric ? 1000 : 1024, (double)(letter - letters));
	if (number >= 9223372036854775808.0 /* 2**63 */)
		return err_set(err, ERR_INPUT, "%g does not fit into 64 bits", number);
	*ret_value = value_int((int64_t)number);
	return 0;
}

/* ---- calls ---- */

/* x | method_call("split", ","): None when it has no such method. */
int filter_method_call(struct call *call, struct value *ret_value, struct err *err)
{
	struct call inner = *call;
	struct value method;
	struct str name;

	if (call->n_args < 2)
		return err_set(err, ERR_INPUT,
			       "method_call() missing 1 required positional argument: 'f_name'");
	if (value_as_str(call->args[1], &name, err) ||
	    value_attribute(call->heap, call->args[0], name, &method, err))
		return -1;
	*ret_value = value_none();
	if (method.kind == VALUE_UNDEFINED)
		return 0;
	inner.args += 2;
	inner.n_args -= 2;
	return value_call(method, &inner, ret_value, err);
}
