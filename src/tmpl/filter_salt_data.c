/* filter_salt_data.c - Salt's filters from values to YAML and JSON and back, and paths into them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/json.h"
#include "value/unicode.h"
#include "value/yaml.h"

#include "base/banned.h"

/* Salt leaves what is not ASCII as it is. */
int filter_json(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"sort_keys", PARAM_OPTIONAL},
					      {"indent", PARAM_OPTIONAL},
					      {NULL}};
	struct value_json_options options = {0};
	autobuf struct buf json = text_buf();
	struct value v[3];
	int64_t indent = -1;

	if (call_bind(call, "format_json", params, v, err) ||
	    arg_bool(call->heap, v[1], true, &options.sort_keys, err) ||
	    (v[2].kind != VALUE_NONE && arg_int(v[2], -1, &indent, err)))
		return -1;
	options.indent = indent > LIMIT_DEPTH ? LIMIT_DEPTH : (int)indent;
	if (value_to_json(call->heap, v[0], &options, &json, err) ||
	    text_give(call->heap, &json, ret_value, err))
		return -1;
	ret_value->flags |= VALUE_MARKUP;
	return 0;
}

int filter_yaml(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"flow_style", PARAM_OPTIONAL}, {NULL}};
	autobuf struct buf yaml = text_buf();
	struct value v[2];
	bool flow;

	if (call_bind(call, "format_yaml", params, v, err) ||
	    arg_bool(call->heap, v[1], true, &flow, err) ||
	    value_to_yaml(call->heap, v[0], flow ? YAML_FLOW : 0, &yaml, err))
		return -1;
	while (yaml.len && yaml.ptr[yaml.len - 1] == '\n')
		buf_truncate(&yaml, yaml.len - 1);
	if (text_give(call->heap, &yaml, ret_value, err))
		return -1;
	ret_value->flags |= VALUE_MARKUP;
	return 0;
}

/* YAML 1.1, 5.6; what is not printable ASCII is escaped. */
static void dquote(struct buf *buf, struct str text)
{
	static const struct {
		uint32_t code;
		char letter;
	} escapes[] = {{0, '0'},     {7, 'a'},    {8, 'b'},    {9, 't'},      {10, 'n'},
		       {11, 'v'},    {12, 'f'},   {13, 'r'},   {27, 'e'},     {'"', '"'},
		       {'\\', '\\'}, {0x85, 'N'}, {0xa0, '_'}, {0x2028, 'L'}, {0x2029, 'P'}};

	buf_putc(buf, '"');
	for (size_t i = 0, n; i < text.len; i += n) {
		uint32_t code;
		size_t k = 0;
		n = utf8_decode(text.ptr + i, text.len - i, &code);
		while (k < ARRAY_LEN(escapes) && escapes[k].code != code)
			k++;
		if (k < ARRAY_LEN(escapes))
			buf_printf(buf, "\\%c", escapes[k].letter);
		else if (code >= ' ' && code < 0x7f)
			buf_putc(buf, (char)code);
		else
			buf_printf(buf,
				   code < 0x100     ? "\\x%02X"
				   : code < 0x10000 ? "\\u%04X"
						    : "\\U%08X",
				   code);
	}
	buf_putc(buf, '"');
}

int filter_yaml_dquote(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"text", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf quoted = text_buf();
	struct value v;
	struct str text;

	if (call_bind(call, "yaml_dquote", params, &v, err) || arg_text(call->heap, v, &text, err))
		return -1;
	dquote(&quoted, text);
	return text_give(call->heap, &quoted, ret_value, err);
}

/* A line end is folded when it is read: it is written once more. */
int filter_yaml_squote(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"text", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf quoted = text_buf();
	struct value v;
	struct str text;

	if (call_bind(call, "yaml_squote", params, &v, err) || arg_text(call->heap, v, &text, err))
		return -1;
	buf_putc(&quoted, '\'');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == '\'' || (c == '\n' && (i == 0 || text.ptr[i - 1] != '\n')))
			buf_putc(&quoted, c);
		buf_putc(&quoted, c);
	}
	buf_putc(&quoted, '\'');
	return text_give(call->heap, &quoted, ret_value, err);
}

int filter_yaml_encode(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf encoded = text_buf();
	struct value v;

	if (call_bind(call, "yaml_encode", params, &v, err))
		return -1;
	if (!value_is_string(v) && !value_is_number(v) && v.kind != VALUE_NONE)
		return err_set(err, ERR_INPUT,
			       "yaml_encode() only works with YAML scalar data; failed for <class "
			       "'%s'>",
			       value_type_name(v));
	if (value_is_string(v))
		dquote(&encoded, value_bytes(v));
	else if (value_to_yaml(call->heap, v, YAML_FLOW, &encoded, err))
		return -1;
	while (encoded.len && encoded.ptr[encoded.len - 1] == '\n')
		buf_truncate(&encoded, encoded.len - 1);
	return text_give(call->heap, &encoded, ret_value, err);
}

int filter_load_yaml(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;
	struct str text;

	if (call_bind(call, "load_yaml", params, &v, err))
		return -1;
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	if (!value_is_string(v) && v.kind != VALUE_OBJECT /* a module is its text */)
		return err_set(err, ERR_INPUT, "a string or stream input is required");
	if (arg_text(call->heap, v, &text, err))
		return -1;
	return value_from_yaml(call->heap, text, "load_yaml", ret_value, err);
}

int filter_load_json(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	autoerr struct err inner = {0};
	struct value v;
	struct str text;

	if (call_bind(call, "load_json", params, &v, err) || arg_text(call->heap, v, &text, err))
		return -1;
	if (value_from_json(call->heap, text, ret_value, &inner))
		return err_set(err, inner.kind, "Unable to load json from %.*s: %s", STR_ARG(text),
			       err_text(&inner));
	return 0;
}

int filter_load_text(struct call *call, struct value *ret_value, struct err *err)
{
	return filter_string(call, ret_value, err);
}

/* ---- "a:b:0" ---- */

/* The first dict in the list that has the key. */
static bool step_into_embedded(struct value *at, struct value key)
{
	for (size_t i = 0; i < at->list->n; i++) {
		struct value item = at->list->items[i];
		const struct value *found =
			item.kind == VALUE_DICT ? dict_find(item.dict, key) : NULL;
		if (found) {
			*at = *found;
			return true;
		}
	}
	return false;
}

/* In a dict: a key, or what YAML makes of it. */
static bool step_into_dict(struct heap *heap, struct value *at, struct value key)
{
	const struct value *found = dict_find(at->dict, key);
	autoerr struct err err = {0};
	struct value read;

	if (!found && value_is_string(key) && key.len &&
	    !value_from_yaml(heap, value_bytes(key), "traverse", &read, &err) &&
	    read.kind != VALUE_STRING)
		found = dict_find(at->dict, read);
	if (found)
		*at = *found;
	return found != NULL;
}

/* One step down: a key, a place, or a key of the first dict in a list that has it. */
static bool step_into(struct heap *heap, struct value *at, struct value key)
{
	int64_t i;

	if (at->kind == VALUE_DICT)
		return step_into_dict(heap, at, key);
	autoerr struct err err = {0};
	bool is_place = key.kind == VALUE_INT && !value_as_int(key, &i, &err);
	if (at->kind == VALUE_LIST && value_is_string(key))
		is_place = str_to_i64(str_trim(value_bytes(key)), &i);
	if (at->kind == VALUE_LIST && step_into_embedded(at, is_place ? value_int(i) : key))
		return true;
	if (!is_place)
		return false;
	struct value item;
	if ((!value_is_sequence(*at) && !value_is_string(*at) && at->kind != VALUE_RANGE) ||
	    value_item(heap, *at, value_int(i), &item, &err) || item.kind == VALUE_UNDEFINED)
		return false;
	*at = item;
	return true;
}

int filter_traverse(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED},
					      {"key", PARAM_REQUIRED},
					      {"default", PARAM_OPTIONAL},
					      {"delimiter", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[4], at;
	struct str delimiter = STR(":");
	struct list *keys;

	if (call_bind(call, "traverse", params, v, err) ||
	    (param_given(v[3]) && value_as_str(v[3], &delimiter, err)))
		return -1;
	if (value_is_string(v[1])) {
		struct value separator = value_view(delimiter), parts;
		if (call_named(call, v[1], "split", &separator, 1, &parts, err))
			return -1;
		v[1] = parts;
	} else if (v[1].kind == VALUE_INT) {
		struct list *one = list_new(call->heap, 1);
		list_push(call->heap, one, v[1]);
		v[1] = value_of_list(one);
	}
	if (value_to_list(call->heap, v[1], &keys, err))
		return -1;
	at = v[0];
	if (at.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(at, err);
	for (size_t i = 0; i < keys->n; i++)
		if (!step_into(call->heap, &at, keys->items[i])) {
			*ret_value = param_given(v[2]) ? v[2] : value_none();
			return 0;
		}
	*ret_value = at;
	return 0;
}

/* Both made unicode out of bytes once; there are no bytes here. */
static int copy_filter(struct call *call, const char *name, struct value *ret_value,
		       struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED}, {NULL}};
	struct value v;

	return call_bind(call, name, params, &v, err) || value_copy(call->heap, v, ret_value, err)
		       ? -1
		       : 0;
}

int filter_json_encode_list(struct call *call, struct value *ret_value, struct err *err)
{
	return copy_filter(call, "json_encode_list", ret_value, err);
}

int filter_json_encode_dict(struct call *call, struct value *ret_value, struct err *err)
{
	return copy_filter(call, "json_encode_dict", ret_value, err);
}

/* {a: 1, b: 2} as the list of one-key dicts that a state's arguments are. */
int filter_dict_to_sls_yaml_params(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"flow_style", PARAM_OPTIONAL}, {NULL}};
	autobuf struct buf yaml = text_buf();
	struct list *list = list_new(call->heap, 0);
	const struct dict *dict;
	struct value v[2];
	bool flow;

	if (call_bind(call, "dict_to_sls_yaml_params", params, v, err) ||
	    arg_bool(call->heap, v[1], false, &flow, err))
		return -1;
	if (dict_of(call->heap, v[0], &dict, err))
		return -1;
	dict_foreach(entry, dict)
	{
		struct dict *one = dict_new(call->heap);
		dict_put(call->heap, one, entry->key, entry->value);
		list_push(call->heap, list, value_of_dict(one));
	}
	if (value_to_yaml(call->heap, value_of_list(list), flow ? YAML_FLOW : 0, &yaml, err))
		return -1;
	while (yaml.len && yaml.ptr[yaml.len - 1] == '\n')
		buf_truncate(&yaml, yaml.len - 1);
	return text_give(call->heap, &yaml, ret_value, err);
}
