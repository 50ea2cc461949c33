/* module.c - imports and includes: a template's names as a value, a template's text in place.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/interp_private.h"
#include "value/json.h"
#include "value/yaml.h"

#include "base/banned.h"

struct module {
	struct object object;
	const struct template *template;
	struct scope *top;
	struct value text; /* what it printed */
};

struct module_link {
	const struct template *template;
	struct module *module;
	struct module_link *next;
};

static int module_attribute(struct heap *heap, struct object *object, struct str name,
			    struct value *ret_value, struct err *err)
{
	const struct module *module = (const void *)object;

	for (uint32_t i = 0; i < module->top->n; i++) {
		const struct variable *variable = &module->top->variables[i];
		if (variable->is_exported && str_is(name, variable->name)) {
			*ret_value = variable->value;
			return 1;
		}
	}
	return 0;
}

static int module_print(struct heap *heap, struct object *object, struct buf *buf, struct err *err)
{
	const struct module *module = (const void *)object;

	return value_print(heap, module->text, buf, err);
}

static const struct object_type module_type = {
	.name = "TemplateModule",
	.qualified = "jinja2.environment.TemplateModule",
	.attribute = module_attribute,
	.print = module_print,
};

/* ---- running another template ---- */

/* What the loader tells about a template is seen inside of it before what was handed over; but what
 * the caller of the rendering names counts for the first one. */
static struct scope *scope_described(struct interp *interp, const struct template *template,
				     const struct dict *context, struct scope *around)
{
	const struct loader *loader = &interp->engine->loader;
	struct scope *scope = around;
	bool is_first = !interp->now.template;

	if (!loader->describe)
		return around;
	struct dict *told = dict_new(interp->heap);
	loader->describe(loader->arg, interp->heap, template->name, told);
	if (told->n)
		scope = scope_new(interp, around);
	dict_foreach(entry, told)
	{
		if (is_first && context && dict_find(context, entry->key))
			continue;
		scope_set(
			interp, scope,
			names_intern(&interp->engine->names, interp->heap, value_bytes(entry->key)),
			entry->value);
	}
	return scope;
}

void rendering_begin(struct interp *interp, const struct template *template, struct dict *context,
		     struct scope *around)
{
	struct rendering *rendering = heap_alloc(interp->heap, sizeof(*rendering));

	rendering->template = template;
	rendering->context = context;
	rendering->n_captures = interp->n_captures;
	rendering->top = scope_new(interp, scope_described(interp, template, context, around));
	rendering->top->is_top = true;
	blocks_add(interp, rendering, template);
	interp->now =
		(struct place){template, rendering, rendering->top, interp->engine->autoescape};
}

/* Leaves interp->now at the new template's place on failure, for the hints; notes the way. */
static int run_template(struct interp *interp, const struct template *template, bool with_context,
			struct mark mark, const char *how, struct rendering **ret_rendering,
			struct err *err)
{
	struct place saved = interp->now;
	struct scope *around = with_context ? scope_snapshot(interp, saved.scope) : NULL;
	bool sees_context = with_context || interp->engine->context_is_global;

	if (call_enter(interp, err))
		return -1;
	rendering_begin(interp, template, sees_context ? saved.rendering->context : NULL, around);
	*ret_rendering = interp->now.rendering;
	int failed = exec_template(interp, err);
	interp->now = saved;
	interp->depth--;
	if (failed)
		fail_note(interp, saved.template, mark, "%s", how);
	return failed;
}

static int load(struct interp *interp, const char *name, struct mark mark, const char *how,
		const struct template **ret_template, struct err *err)
{
	if (template_load(interp->engine, name, interp->now.template->name, ret_template,
			  interp->diag, err) == 0)
		return 0;
	if (interp->diag->severity != DIAG_NOTHING) { /* it was found, and does not parse */
		interp->failure.is_set = true;
		fail_note(interp, interp->now.template, mark, "%s", how);
	}
	return -1;
}

static int template_name(struct interp *interp, const struct expr *expr, struct value v,
			 const char **ret_name, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED) {
		err_set(err, ERR_INPUT, "%s", v.why->message);
		return fail_operand(interp, expr, v);
	}
	if (v.kind != VALUE_STRING) {
		err_set(err, ERR_INPUT, "'%s' object is not iterable", value_type_name(v));
		return fail_here(interp, expr->mark);
	}
	*ret_name = heap_strdup(interp->heap, value_bytes(v));
	return 0;
}

static int not_found(struct interp *interp, const struct expr *expr, const char *name,
		     struct err *err)
{
	if (err->kind == ERR_MISSING && interp->diag->severity == DIAG_NOTHING) {
		err_clear(err);
		err_set(err, ERR_MISSING, "template '%s' not found", name);
	}
	return fail_here(interp, expr->mark);
}

static int load_by_expr(struct interp *interp, const struct expr *expr, const char *how,
			const struct template **ret_template, struct err *err)
{
	struct value v;
	const char *name = NULL;

	if (eval(interp, expr, &v, err) || template_name(interp, expr, v, &name, err))
		return -1;
	if (load(interp, name, expr->mark, how, ret_template, err))
		return not_found(interp, expr, name, err);
	return 0;
}

int extends_load(struct interp *interp, const struct expr *expr,
		 const struct template **ret_template, struct err *err)
{
	return load_by_expr(interp, expr, "extended from", ret_template, err);
}

/* ---- import ---- */

static struct module *module_known(struct interp *interp, const struct template *template)
{
	for (struct module_link *link = interp->modules; link; link = link->next)
		if (link->template == template)
			return link->module;
	return NULL;
}

/* Without context a template is run once in a rendering, and all who import it share it. */
static int module_import(struct interp *interp, const struct stmt *stmt, const struct expr *from,
			 bool with_context, struct module **ret_module, struct err *err)
{
	const struct template *template;
	struct rendering *rendering;

	if (load_by_expr(interp, from, "imported from", &template, err))
		return -1;
	struct module *module = with_context ? NULL : module_known(interp, template);
	if (module) {
		*ret_module = module;
		return 0;
	}
	size_t begin = capture_begin(interp);
	if (run_template(interp, template, with_context, stmt->mark, "imported from", &rendering,
			 err))
		return -1;
	module = heap_alloc(interp->heap, sizeof(*module));
	*module = (struct module){
		{&module_type}, template, rendering->top, capture_end(interp, begin)};
	scope_capture(rendering->top);
	if (!with_context) {
		struct module_link *link = heap_alloc(interp->heap, sizeof(*link));
		*link = (struct module_link){template, module, interp->modules};
		interp->modules = link;
	}
	*ret_module = module;
	return 0;
}

static void set_imported(struct interp *interp, const char *name, struct value v)
{
	struct scope *scope = interp->now.scope;

	scope_set(interp, scope, name, v);
	if (scope->is_top)
		scope_find(scope, name)->is_exported = false;
}

int exec_import(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct module *module;

	if (module_import(interp, stmt, stmt->import.from, stmt->import.with_context, &module, err))
		return -1;
	set_imported(interp, stmt->import.as, value_of_object(&module->object));
	return FLOW_NEXT;
}

static struct value missing_name(struct interp *interp, const struct stmt *stmt,
				 const struct module *module, const char *name)
{
	const struct template *here = interp->now.template;
	const char *in = here->name ? heap_printf(interp->heap, " in '%s'", here->name) : "";

	return value_undefined(interp->heap, name,
			       "the template '%s' (imported on line %u%s) does not export the "
			       "requested name '%s'",
			       module->template->name, stmt->mark.line, in, name);
}

int exec_from(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct module *module;

	if (module_import(interp, stmt, stmt->import.from, stmt->import.with_context, &module, err))
		return -1;
	for (const struct import_name *name = stmt->import.names; name; name = name->next) {
		const struct variable *found = scope_find(module->top, name->name);
		set_imported(interp, name->as ? name->as : name->name,
			     found && found->is_exported
				     ? found->value
				     : missing_name(interp, stmt, module, name->name));
	}
	return FLOW_NEXT;
}

/* ---- include ---- */

/* 1: there is one; 0: none of the candidates exists. */
static int first_of(struct interp *interp, const struct stmt *stmt, struct value candidates,
		    const struct template **ret_template, struct err *err)
{
	const struct expr *from = stmt->import.from;
	struct list *names;
	autobuf struct buf tried = {0};

	if (!value_is_sequence(candidates)) {
		struct value *one = heap_alloc(interp->heap, sizeof(*one));
		*one = candidates;
		candidates = value_tuple(interp->heap, one, 1);
	}
	names = candidates.list;
	for (size_t i = 0; i < names->n; i++) {
		const char *name = NULL;
		if (template_name(interp, from, names->items[i], &name, err))
			return -1;
		if (load(interp, name, from->mark, "included from", ret_template, err) == 0)
			return 1;
		if (err->kind != ERR_MISSING)
			return fail_here(interp, from->mark);
		if (stmt->import.ignore_missing || names->n > 1) {
			err_clear(err);
			buf_printf(&tried, "%s%s", i ? ", " : "", name);
			continue;
		}
		return not_found(interp, from, name, err);
	}
	if (stmt->import.ignore_missing)
		return 0;
	if (names->n == 0)
		err_set(err, ERR_MISSING, "Tried to select from an empty list of templates.");
	else
		err_set(err, ERR_MISSING, "none of the templates given were found: %s",
			buf_text(&tried));
	return fail_here(interp, from->mark);
}

int exec_include(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	const struct template *template;
	struct rendering *rendering;
	struct value candidates;

	if (eval(interp, stmt->import.from, &candidates, err))
		return -1;
	int found = first_of(interp, stmt, candidates, &template, err);
	if (found <= 0)
		return found;
	if (run_template(interp, template, stmt->import.with_context, stmt->mark, "included from",
			 &rendering, err))
		return -1;
	scope_release(interp, rendering->top);
	return FLOW_NEXT;
}

/* ---- load_yaml, import_yaml and their kin ---- */

static int load_text(struct interp *interp, const struct stmt *stmt, const struct target *target,
		     struct value text, const char *file, struct err *err)
{
	struct value v = text;
	struct str bytes = value_bytes(text);

	if ((stmt->load.format == LOAD_YAML &&
	     value_from_yaml(interp->heap, bytes, file, &v, err)) ||
	    (stmt->load.format == LOAD_JSON && value_from_json(interp->heap, bytes, &v, err)) ||
	    assign_set(interp, target, v, err))
		return -1;
	return FLOW_NEXT;
}

int exec_load(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value text;
	int flow = capture_body(interp, stmt->load.body, &text, err);

	return flow == FLOW_NEXT ? load_text(interp, stmt, stmt->load.target, text,
					     interp->now.template->file, err)
				 : flow;
}

int exec_import_text(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct target target = {TARGET_NAME, stmt->mark, .name = stmt->load.as};
	struct module *module;

	if (module_import(interp, stmt, stmt->load.from, stmt->load.with_context, &module, err))
		return -1;
	return load_text(interp, stmt, &target, module->text, module->template->file, err);
}
