/* macro.c - macros and the bodies of call blocks, as values that are called.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A macro sees the scope that it was defined in as it is when the macro runs: what is set later is
 * seen too. Arguments are bound as the reference's Macro.__call__ does. */
#include <stdio.h>

#include "tmpl/interp_private.h"

#include "base/banned.h"

struct macro {
	struct object object;
	const struct macro_def *def;
	struct place place;   /* where it was defined */
	bool caller_is_named; /* `caller` is one of the parameters */
};

static bool has_parameter(const struct macro_def *def, const char *name)
{
	for (const struct parameter *p = def->parameters; p; p = p->next)
		if (p->name == name)
			return true;
	return false;
}

struct value macro_new(struct interp *interp, const struct macro_def *def)
{
	struct macro *macro = heap_alloc(interp->heap, sizeof(*macro));

	scope_capture(interp->now.scope);
	*macro = (struct macro){{&macro_type}, def, interp->now, false};
	macro->caller_is_named = has_parameter(def, interp->engine->words.caller);
	return value_of_object(&macro->object);
}

/* As Python prints it in the texts of errors: 'name', or None for the body of a call block. */
static const char *quoted_name(struct heap *heap, const struct macro *macro)
{
	return macro->def->name ? heap_printf(heap, "'%s'", macro->def->name) : "None";
}

static int take_keyword(const struct call *call, const char *name, uint64_t *taken)
{
	for (size_t i = 0; i < call->n_keywords; i++)
		if (str_is(call->keywords[i].name, name)) {
			if (i < 64)
				*taken |= (uint64_t)1 << i;
			return (int)i;
		}
	return -1;
}

static bool is_taken(uint64_t taken, size_t i)
{
	return i < 64 && taken >> i & 1;
}

/* Parameters that were not given are undefined until their default is evaluated. */
static void bind_parameters(struct interp *interp, const struct macro *macro,
			    const struct call *call, uint64_t *taken, uint32_t *ret_n_given)
{
	struct scope *scope = interp->now.scope;
	uint32_t i = 0;

	for (const struct parameter *p = macro->def->parameters; p; p = p->next, i++) {
		int keyword = i < call->n_args ? -1 : take_keyword(call, p->name, taken);
		struct value v;
		if (i < call->n_args)
			v = call->args[i];
		else if (keyword >= 0)
			v = call->keywords[keyword].value;
		else if (p->fallback) /* a default that comes before its own asks for it */
			v = value_undefined(interp->heap, p->name, NULL);
		else
			v = value_undefined(interp->heap, p->name,
					    "parameter '%s' was not provided", p->name);
		scope_set(interp, scope, p->name, v);
	}
	*ret_n_given = call->n_args < i ? (uint32_t)call->n_args : i;
}

static int eval_defaults(struct interp *interp, const struct macro *macro, const struct call *call,
			 uint32_t n_given, struct err *err)
{
	uint32_t i = 0;

	for (const struct parameter *p = macro->def->parameters; p; p = p->next, i++) {
		struct value v;
		if (i < n_given || !p->fallback || call_keyword(call, p->name))
			continue;
		if (eval(interp, p->fallback, &v, err))
			return -1;
		scope_set(interp, interp->now.scope, p->name, v);
	}
	return 0;
}

static void bind_caller(struct interp *interp, const struct macro *macro, const struct call *call,
			uint64_t *taken)
{
	const char *name = interp->engine->words.caller;

	if (!macro->def->uses_caller || macro->caller_is_named)
		return;
	int keyword = take_keyword(call, name, taken);
	scope_set(interp, interp->now.scope, name,
		  keyword >= 0 ? call->keywords[keyword].value
			       : value_undefined(interp->heap, "caller", "No caller defined"));
}

static void hint_parameter(struct interp *interp, const struct macro_def *def, struct str name)
{
	const char **names = heap_alloc(interp->heap, sizeof(*names) * (def->n_parameters + 1));
	size_t n = 0;

	for (const struct parameter *p = def->parameters; p; p = p->next)
		names[n++] = p->name;
	hint_nearest(interp, heap_strdup(interp->heap, name), names);
}

static int bind_keywords(struct interp *interp, const struct macro *macro, const struct call *call,
			 uint64_t taken, struct err *err)
{
	struct dict *rest = macro->def->uses_kwargs ? dict_new(interp->heap) : NULL;

	for (size_t i = 0; i < call->n_keywords; i++) {
		const struct keyword *keyword = &call->keywords[i];
		if (is_taken(taken, i))
			continue;
		if (rest) {
			dict_put(interp->heap, rest, value_view(keyword->name), keyword->value);
			continue;
		}
		const char *name = quoted_name(interp->heap, macro);
		if (call_keyword(call, "caller"))
			return err_set(err, ERR_INPUT,
				       "macro %s was invoked with two values for the special "
				       "caller argument. This is most likely a bug.",
				       name);
		hint_parameter(interp, macro->def, keyword->name);
		return err_set(err, ERR_INPUT, "macro %s takes no keyword argument '%.*s'", name,
			       STR_ARG(keyword->name));
	}
	if (rest)
		scope_set(interp, interp->now.scope, interp->engine->words.kwargs,
			  value_of_dict(rest));
	return 0;
}

static int bind_varargs(struct interp *interp, const struct macro *macro, const struct call *call,
			struct err *err)
{
	uint32_t n = macro->def->n_parameters;
	size_t more = call->n_args > n ? call->n_args - n : 0;

	if (macro->def->uses_varargs)
		scope_set(interp, interp->now.scope, interp->engine->words.varargs,
			  value_tuple(interp->heap, call->args + (more ? n : 0), more));
	else if (more)
		return err_set(err, ERR_INPUT, "macro %s takes not more than %u argument(s)",
			       quoted_name(interp->heap, macro), n);
	return 0;
}

static int macro_bind(struct interp *interp, const struct macro *macro, const struct call *call,
		      struct err *err)
{
	uint64_t taken = 0; /* keywords that parameters took */
	uint32_t n_given;

	bind_parameters(interp, macro, call, &taken, &n_given);
	bind_caller(interp, macro, call, &taken);
	if (bind_keywords(interp, macro, call, taken, err) ||
	    bind_varargs(interp, macro, call, err))
		return -1;
	return 0;
}

static int macro_run(struct interp *interp, const struct macro *macro, const struct call *call,
		     struct err *err)
{
	uint32_t n_given = call->n_args < macro->def->n_parameters ? (uint32_t)call->n_args
								   : macro->def->n_parameters;

	if (eval_defaults(interp, macro, call, n_given, err))
		return -1;
	return exec_body(interp, macro->def->body, err) < 0 ? -1 : 0;
}

static int macro_call(struct call *call, struct value *ret_value, struct err *err)
{
	const struct macro *macro = (const void *)call->self.object;
	struct interp *interp = call->interp;

	if (!interp)
		return err_set(err, ERR_INPUT, "a macro is called outside of a template");
	if (call_enter(interp, err))
		return -1;
	struct place saved = interp->now;
	interp->now = macro->place;
	scope_push(interp);
	if (macro_bind(interp, macro, call, err)) {
		interp->now = saved; /* the call is to blame, not the macro */
		return -1;
	}
	size_t begin = capture_begin(interp);
	if (macro_run(interp, macro, call, err)) {
		interp->now = saved;
		interp->failure.in_macro = true;
		interp->failure.macro = macro->def->name;
		return -1;
	}
	*ret_value = capture_end(interp, begin);
	ret_value->flags = saved.autoescape ? VALUE_MARKUP : 0;
	scope_pop(interp);
	interp->now = saved;
	interp->depth--;
	return 0;
}

static struct value parameter_names(struct heap *heap, const struct macro_def *def)
{
	struct list *names = list_new(heap, def->n_parameters);

	for (const struct parameter *p = def->parameters; p; p = p->next)
		list_push(heap, names, value_view(str_of(p->name)));
	return value_tuple(heap, names->items, names->n);
}

static int macro_attribute(struct heap *heap, struct object *object, struct str name,
			   struct value *ret_value, struct err *err)
{
	const struct macro *macro = (const void *)object;
	const struct macro_def *def = macro->def;

	if (str_is(name, "name"))
		*ret_value = def->name ? value_view(str_of(def->name)) : value_none();
	else if (str_is(name, "arguments"))
		*ret_value = parameter_names(heap, def);
	else if (str_is(name, "catch_kwargs"))
		*ret_value = value_bool(def->uses_kwargs);
	else if (str_is(name, "catch_varargs"))
		*ret_value = value_bool(def->uses_varargs);
	else if (str_is(name, "caller"))
		*ret_value = value_bool(def->uses_caller);
	else if (str_is(name, "explicit_caller"))
		*ret_value = value_bool(macro->caller_is_named);
	else
		return 0;
	return 1;
}

static int macro_print(struct heap *heap, struct object *object, struct buf *buf, struct err *err)
{
	const struct macro *macro = (const void *)object;

	if (macro->def->name)
		buf_printf(buf, "<Macro '%s'>", macro->def->name);
	else
		buf_puts(buf, "<Macro anonymous>");
	return 0;
}

const struct object_type macro_type = {
	.name = "Macro",
	.qualified = "jinja2.runtime.Macro",
	.call = macro_call,
	.attribute = macro_attribute,
	.print = macro_print,
};
