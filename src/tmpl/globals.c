/* globals.c - the functions that every template sees.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filters.h"

#include "tmpl/filter_private.h"

#include "base/banned.h"

struct namespace {
	struct object object;
	struct dict *dict;
};

static int namespace_attribute(struct heap *heap, struct object *object, struct str name,
			       struct value *ret_value, struct err *err)
{
	const struct value *found = dict_get_str(namespace_dict(object), name);

	if (!found)
		return 0;
	*ret_value = *found;
	return 1;
}

static int namespace_print(struct heap *heap, struct object *object, struct buf *buf,
			   struct err *err)
{
	buf_puts(buf, "<Namespace ");
	if (value_print_repr(heap, value_of_dict(namespace_dict(object)), buf, err))
		return -1;
	buf_putc(buf, '>');
	return 0;
}

const struct object_type namespace_type = {
	.name = "Namespace",
	.attribute = namespace_attribute,
	.print = namespace_print,
};

struct dict *namespace_dict(struct object *object)
{
	return ((struct namespace *)object)->dict;
}

/* dict(mapping or pairs, **keywords) */
static int dict_of_call(struct call *call, const char *name, struct dict **ret_dict,
			struct err *err)
{
	struct dict *dict = dict_new(call->heap);

	if (call->n_args > 1)
		return err_set(err, ERR_INPUT, "%s expected at most 1 argument, got %zu", name,
			       call->n_args);
	if (call->n_args && call->args[0].kind == VALUE_DICT)
		dict_update(call->heap, dict, call->args[0].dict);
	for (size_t i = 0; i < call->n_keywords; i++)
		dict_put(call->heap, dict, value_view(call->keywords[i].name),
			 call->keywords[i].value);
	*ret_dict = dict;
	return 0;
}

int global_dict(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *dict;

	if (dict_of_call(call, "dict", &dict, err))
		return -1;
	*ret_value = value_of_dict(dict);
	return 0;
}

int global_namespace(struct call *call, struct value *ret_value, struct err *err)
{
	struct namespace *namespace = heap_alloc(call->heap, sizeof(*namespace));

	if (dict_of_call(call, "namespace", &namespace->dict, err))
		return -1;
	namespace->object.type = &namespace_type;
	*ret_value = value_of_object(&namespace->object);
	return 0;
}

void globals_add(struct heap *heap, struct dict *globals)
{
	dict_set(heap, globals, "dict", value_native(heap, "dict", global_dict, NULL));
	dict_set(heap, globals, "namespace",
		 value_native(heap, "namespace", global_namespace, NULL));
}
