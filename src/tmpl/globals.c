/* globals.c - the functions that every template sees.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "tmpl/engine.h"
#include "tmpl/filter_private.h"

#include "base/banned.h"

struct namespace
{
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
	.qualified = "jinja2.utils.Namespace",
	.attribute = namespace_attribute,
	.print = namespace_print,
};

struct dict *namespace_dict(struct object *object)
{
	return ((struct namespace *)object)->dict;
}

static int pairs_add(struct heap *heap, struct dict *dict, struct value pairs, struct err *err)
{
	struct value_iter iter;
	struct value pair;
	struct list *parts;
	int more;

	if (value_iterate(heap, pairs, &iter, err))
		return -1;
	for (size_t i = 0; (more = value_next(&iter, &pair, err)) > 0; i++) {
		autoerr struct err inner = {0};
		if (value_to_list(heap, pair, &parts, &inner))
			return err_set(err, ERR_INPUT,
				       "cannot convert dictionary update sequence element #%zu to "
				       "a sequence",
				       i);
		if (parts->n != 2)
			return err_set(err, ERR_INPUT,
				       "dictionary update sequence element #%zu has length %zu; 2 "
				       "is required",
				       i, parts->n);
		if (dict_assign(heap, dict, parts->items[0], parts->items[1], err))
			return -1;
	}
	return more;
}

/* dict(mapping or pairs, **keywords) */
static int dict_of_call(struct call *call, struct dict **ret_dict, struct err *err)
{
	struct dict *dict = dict_new(call->heap);

	if (call->n_args > 1)
		return err_set(err, ERR_INPUT, "dict expected at most 1 argument, got %zu",
			       call->n_args);
	if (call->n_args && call->args[0].kind == VALUE_DICT)
		dict_update(call->heap, dict, call->args[0].dict);
	else if (call->n_args && pairs_add(call->heap, dict, call->args[0], err))
		return -1;
	for (size_t i = 0; i < call->n_keywords; i++)
		dict_put(call->heap, dict, value_view(call->keywords[i].name),
			 call->keywords[i].value);
	*ret_dict = dict;
	return 0;
}

int global_dict(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *dict;

	if (dict_of_call(call, &dict, err))
		return -1;
	dict->is_ordered = call->closure; /* odict() */
	*ret_value = value_of_dict(dict);
	return 0;
}

int global_namespace(struct call *call, struct value *ret_value, struct err *err)
{
	struct namespace *namespace = heap_alloc(call->heap, sizeof(*namespace));

	if (dict_of_call(call, &namespace->dict, err))
		return -1;
	namespace->object.type = &namespace_type;
	*ret_value = value_of_object(&namespace->object);
	return 0;
}

/* How many turns; the sandbox of the reference counts the same. */
static uint64_t range_turns(const struct range *range)
{
	uint64_t way;

	if (range->step > 0 ? range->start >= range->stop : range->start <= range->stop)
		return 0;
	way = range->step > 0 ? (uint64_t)range->stop - (uint64_t)range->start
			      : (uint64_t)range->start - (uint64_t)range->stop;
	uint64_t step = range->step > 0 ? (uint64_t)range->step : 0 - (uint64_t)range->step;
	return (way - 1) / step + 1;
}

int global_range(struct call *call, struct value *ret_value, struct err *err)
{
	int64_t numbers[3] = {0, 0, 1};

	if (call->n_keywords)
		return err_set(err, ERR_INPUT, "range() takes no keyword arguments");
	if (!call->n_args || call->n_args > 3)
		return err_set(err, ERR_INPUT, "range expected at %s %d argument%s, got %zu",
			       call->n_args ? "most" : "least", call->n_args ? 3 : 1,
			       call->n_args ? "s" : "", call->n_args);
	for (size_t i = 0; i < call->n_args; i++) {
		struct value v = call->args[i];
		if (v.kind != VALUE_INT && v.kind != VALUE_BOOL && v.kind != VALUE_UNDEFINED)
			return err_set(err, ERR_INPUT,
				       "'%s' object cannot be interpreted as an integer",
				       value_type_name(v));
		if (value_as_int(v, &numbers[call->n_args == 1 ? 1 : i], err))
			return -1;
	}
	if (!numbers[2])
		return err_set(err, ERR_INPUT, "range() arg 3 must not be zero");
	struct range *range = heap_alloc(call->heap, sizeof(*range));
	*range = (struct range){numbers[0], numbers[1], numbers[2]};
	if (range_turns(range) > LIMIT_RANGE)
		return err_set(err, ERR_LIMIT,
			       "Range too big. The sandbox blocks ranges larger than MAX_RANGE "
			       "(%d).",
			       LIMIT_RANGE);
	*ret_value = (struct value){.kind = VALUE_RANGE, .range = range};
	return 0;
}

/* ---- cycler ---- */

struct cycler {
	struct object object;
	struct list *items;
	size_t at;
};

static struct cycler *cycler_self(const struct call *call)
{
	return (struct cycler *)call->closure;
}

static int cycler_next(struct call *call, struct value *ret_value, struct err *err)
{
	struct cycler *cycler = cycler_self(call);

	*ret_value = cycler->items->items[cycler->at];
	cycler->at = (cycler->at + 1) % cycler->items->n;
	return 0;
}

static int cycler_reset(struct call *call, struct value *ret_value, struct err *err)
{
	cycler_self(call)->at = 0;
	*ret_value = value_none();
	return 0;
}

static int cycler_attribute(struct heap *heap, struct object *object, struct str name,
			    struct value *ret_value, struct err *err)
{
	struct cycler *cycler = (struct cycler *)object;

	if (str_is(name, "next"))
		*ret_value = value_native(heap, "next", cycler_next, cycler);
	else if (str_is(name, "reset"))
		*ret_value = value_native(heap, "reset", cycler_reset, cycler);
	else if (str_is(name, "current"))
		*ret_value = cycler->items->items[cycler->at];
	else if (str_is(name, "pos"))
		*ret_value = value_int((int64_t)cycler->at);
	else if (str_is(name, "items"))
		*ret_value = value_tuple(heap, cycler->items->items, cycler->items->n);
	else
		return 0;
	return 1;
}

static const struct object_type cycler_type = {.name = "Cycler", .attribute = cycler_attribute};

int global_cycler(struct call *call, struct value *ret_value, struct err *err)
{
	struct cycler *cycler = heap_alloc(call->heap, sizeof(*cycler));

	if (call->n_keywords)
		return err_set(err, ERR_INPUT,
			       "Cycler.__init__() got an unexpected keyword argument '%.*s'",
			       STR_ARG(call->keywords[0].name));
	if (!call->n_args)
		return err_set(err, ERR_INPUT, "at least one item has to be provided");
	cycler->object.type = &cycler_type;
	cycler->items = list_new(call->heap, call->n_args);
	for (size_t i = 0; i < call->n_args; i++)
		list_push(call->heap, cycler->items, call->args[i]);
	*ret_value = value_of_object(&cycler->object);
	return 0;
}

/* ---- joiner ---- */

struct joiner {
	struct object object;
	struct value separator;
	bool is_used;
};

static int joiner_call(struct call *call, struct value *ret_value, struct err *err)
{
	struct joiner *joiner = (struct joiner *)call->self.object;

	*ret_value = joiner->is_used ? joiner->separator : value_literal("");
	joiner->is_used = true;
	return 0;
}

static const struct object_type joiner_type = {.name = "Joiner", .call = joiner_call};

int global_joiner(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"sep", PARAM_OPTIONAL}, {NULL}};
	struct joiner *joiner = heap_alloc(call->heap, sizeof(*joiner));

	if (call_bind(call, "joiner", params, &joiner->separator, err))
		return -1;
	if (!param_given(joiner->separator))
		joiner->separator = value_literal(", ");
	joiner->object.type = &joiner_type;
	*ret_value = value_of_object(&joiner->object);
	return 0;
}

/* ---- Salt's ---- */

int global_raise(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"msg", PARAM_REQUIRED}, {NULL}};
	struct value v;
	struct str text;

	if (call_bind(call, "jinja_raise", params, &v, err) || arg_text(call->heap, v, &text, err))
		return -1;
	return err_set(err, ERR_INPUT, "%.*s", STR_ARG(text));
}

/* ifelse(condition, value, condition, value, …, otherwise): the first that holds. */
int global_ifelse(struct call *call, struct value *ret_value, struct err *err)
{
	bool holds;

	for (size_t i = 0; i + 1 < call->n_args; i += 2) {
		if (value_truth(call->heap, call->args[i], &holds, err))
			return -1;
		if (holds) {
			*ret_value = call->args[i + 1];
			return 0;
		}
	}
	*ret_value = call->n_args % 2 ? call->args[call->n_args - 1] : value_none();
	return 0;
}

int global_show_full_context(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value =
		value_of_dict(call->interp ? interp_variables(call->interp) : dict_new(call->heap));
	return 0;
}

void globals_add(struct heap *heap, struct dict *globals)
{
	static const struct native_row rows[] = {
		{"cycler", global_cycler},         {"dict", global_dict},
		{"ifelse", global_ifelse},         {"joiner", global_joiner},
		{"lipsum", global_lipsum},         {"namespace", global_namespace},
		{"odict", global_dict, "ordered"}, {"raise", global_raise},
		{"range", global_range},           {"show_full_context", global_show_full_context},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		dict_set(heap, globals, rows[i].name,
			 value_native(heap, rows[i].name, rows[i].fn, rows[i].closure));
}
