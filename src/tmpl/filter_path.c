/* filter_path.c - attributes of attributes, as "a.b.0" names them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"

#include "base/banned.h"

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

int path_parse(struct heap *heap, struct value attribute, struct path *ret_path, struct err *err)
{
	struct path path = {.n = 0};

	if (!param_given(attribute) || attribute.kind == VALUE_NONE) {
		*ret_path = path;
		return 0;
	}
	if (!value_is_string(attribute)) {
		path.parts[path.n++] = attribute;
		*ret_path = path;
		return 0;
	}
	for (struct str rest = value_bytes(attribute); rest.ptr;) {
		struct str part = str_cut(&rest, '.');
		int64_t index;
		if (path.n == PATH_PARTS_MAX)
			return err_set(err, ERR_LIMIT, "an attribute of more than %d parts",
				       PATH_PARTS_MAX);
		path.parts[path.n++] = is_digits(part) && str_to_i64(part, &index)
					       ? value_int(index)
					       : value_view(part);
	}
	*ret_path = path;
	return 0;
}

int path_get(struct heap *heap, const struct path *path, struct value item, struct value fallback,
	     struct value *ret_value, struct err *err)
{
	bool has_fallback = param_given(fallback) && fallback.kind != VALUE_NONE;

	for (size_t i = 0; i < path->n; i++) {
		if (value_item(heap, item, path->parts[i], &item, err))
			return -1;
		if (item.kind == VALUE_UNDEFINED && has_fallback)
			item = fallback;
	}
	*ret_value = item;
	return 0;
}

int key_get(struct call *call, const struct sort_key *key, struct value item,
	    struct value *ret_value, struct err *err)
{
	struct value part;

	if (path_get(call->heap, &key->path, item, key->fallback, &part, err))
		return -1;
	if (!key->is_case_sensitive && value_is_string(part))
		return call_named(call, part, "lower", NULL, 0, ret_value, err);
	*ret_value = part;
	return 0;
}
