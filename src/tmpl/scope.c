/* scope.c - variables: found by pointer, from the inside out.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A scope that nobody remembers goes back to the interpreter's spare ones when it is left, so that
 * a loop in a loop costs no memory. */
#include <string.h>

#include "tmpl/interp_private.h"

#include "base/banned.h"

struct scope *scope_new(struct interp *interp, struct scope *parent)
{
	struct scope *scope = interp->spare;

	if (scope) {
		interp->spare = scope->parent;
	} else {
		scope = heap_alloc(interp->heap, sizeof(*scope));
		scope->variables = scope->first;
		scope->cap = SCOPE_INLINE;
	}
	scope->parent = parent;
	scope->n = 0;
	scope->is_captured = scope->is_top = false;
	scope->block = NULL;
	return scope;
}

void scope_release(struct interp *interp, struct scope *scope)
{
	if (scope->is_captured)
		return;
	scope->parent = interp->spare;
	interp->spare = scope;
}

void scope_push(struct interp *interp)
{
	interp->now.scope = scope_new(interp, interp->now.scope);
}

void scope_pop(struct interp *interp)
{
	struct scope *scope = interp->now.scope;

	interp->now.scope = scope->parent;
	scope_release(interp, scope);
}

void scope_capture(struct scope *scope)
{
	for (; scope && !scope->is_captured; scope = scope->parent)
		scope->is_captured = true;
}

struct variable *scope_find(struct scope *scope, const char *name)
{
	for (uint32_t i = 0; i < scope->n; i++)
		if (scope->variables[i].name == name)
			return &scope->variables[i];
	return NULL;
}

static void scope_add(struct interp *interp, struct scope *scope, struct variable variable)
{
	if (scope->n == scope->cap) {
		struct variable *grown = heap_alloc(interp->heap, sizeof(*grown) * scope->cap * 2);
		memcpy(grown, scope->variables, sizeof(*grown) * scope->n);
		scope->variables = grown;
		scope->cap *= 2;
	}
	scope->variables[scope->n++] = variable;
}

void scope_set(struct interp *interp, struct scope *scope, const char *name, struct value v)
{
	struct variable *known = scope_find(scope, name);

	if (known)
		known->value = v;
	else
		scope_add(interp, scope, (struct variable){name, v, false});
}

struct scope *scope_snapshot(struct interp *interp, const struct scope *scope)
{
	struct scope *copy = scope_new(interp, NULL);

	for (; scope; scope = scope->parent)
		for (uint32_t i = 0; i < scope->n; i++)
			if (!scope_find(copy, scope->variables[i].name))
				scope_add(interp, copy, scope->variables[i]);
	scope_capture(copy);
	return copy;
}

struct value variable_find(struct interp *interp, const char *name)
{
	struct engine *engine = interp->engine;
	const struct dict *context = interp->now.rendering->context;

	for (struct scope *scope = interp->now.scope; scope; scope = scope->parent) {
		struct variable *variable = scope_find(scope, name);
		if (variable)
			return variable->value;
		if (scope->block && name == engine->words.super)
			return super_value(interp, scope);
	}
	if (name == engine->words.self)
		return self_value(interp);
	struct str word = str_of(name);
	struct value *found = context ? dict_get_str(context, word) : NULL;
	if (!found)
		found = dict_get_str(engine->globals, word);
	return found ? *found : value_undefined(interp->heap, name, NULL);
}
