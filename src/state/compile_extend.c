/* compile_extend.c - what other files add to an ID, and what they take out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/compile_private.h"

#include "base/banned.h"

void compile_error_extend(struct high *high, struct src_pos at, const char *id, const char *sls)
{
	compile_error(
		high, at,
		"Cannot extend ID '%s' in 'base:%s'. It is not part of the high state.\n"
		"This is likely due to a missing include statement or an incorrectly typed ID.\n"
		"Ensure that a state with an ID of '%s' is available\n"
		"in environment 'base' and to SLS '%s'",
		id, sls, id, sls);
}

static bool is_named(const struct declaration *declaration, const char *name)
{
	vec_foreach(arg, &declaration->args)
		if (text_eq(arg->name, "name") && arg->value->kind == MARKED_STRING &&
		    text_eq(arg->value->text.ptr, name))
			return true;
	return false;
}

struct declaration *high_find_named(const struct high *high, const char *state, const char *name,
				    size_t *ret_n)
{
	struct declaration *found = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < high->ids.n; i++) {
		struct declaration *declaration = declaration_find(high->ids.items[i], state);
		if (declaration && is_named(declaration, name)) {
			found = declaration;
			++*ret_n;
		}
	}
	return found;
}

/* ---- extend ---- */

static void args_remove_item(struct high_args *args, uint32_t item)
{
	size_t kept = 0;

	for (size_t i = 0; i < args->n; i++)
		if (args->items[i].item != item)
			args->items[kept++] = args->items[i];
	args->n = kept;
}

/* Requisites add up; anything else replaces what has the same name, and `name` also `names`. */
static void arg_extend(struct declaration *target, const struct high_arg *arg)
{
	const struct engine_keyword *keyword = engine_keyword_find(arg->name);
	struct high_arg added = *arg;

	added.adds = keyword && keyword->kind == KEY_REQUISITE && keyword->requisite != REQ_USE;
	if (!added.adds)
		for (size_t i = target->args.n; i > 0; i--) {
			const struct high_arg *old = &target->args.items[i - 1];
			if (!text_eq(old->name, arg->name) &&
			    !(text_eq(arg->name, "name") && text_eq(old->name, "names")))
				continue;
			args_remove_item(&target->args, old->item);
			i = target->args.n + 1;
		}
	declaration_add_arg(target, added);
}

static void declaration_extend(struct declaration *target, const struct declaration *with)
{
	vec_foreach(arg, &with->args)
		arg_extend(target, arg);
	vec_foreach(function, &with->functions) {
		if (target->functions.n == 1)
			target->functions.items[0] = *function;
		else
			functions_add(target, function->name, function->at);
	}
}

static struct high_id *extension_target(struct high *high, const struct extension *extension,
					const char *state)
{
	struct high_id *id = high_find(high, extension->id);
	size_t n;

	if (id)
		return id;
	struct declaration *named = high_find_named(high, state, extension->id, &n);
	return n == 1 ? named->id : NULL;
}

/* A body of its own, read as one under an ID is, then merged. */
static void extension_apply(struct high *high, const struct extension *extension,
			    const struct marked_entry *entry)
{
	struct str key = marked_text(high->arena, entry->key);
	struct high_id scratch = {.id = extension->id, .sls = extension->sls, .at = extension->at};
	struct declaration with = {.id = &scratch, .at = entry->key->at};
	const char *dot = key.ptr ? strchr(key.ptr, '.') : NULL;

	if (!key.ptr || str_starts(key, STR("__")))
		return;
	with.state = dot ? heap_strdup(high->heap, (struct str){key.ptr, (size_t)(dot - key.ptr)})
			 : key.ptr;
	struct high_id *id = extension_target(high, extension, with.state);
	if (!id) {
		compile_error_extend(high, extension->at, extension->id, extension->sls);
		return;
	}
	if (entry->value->kind != MARKED_LIST) {
		compile_error(high, entry->value->at,
			      "State '%s' in SLS '%s' is not formed as a list", extension->id,
			      extension->sls);
		return;
	}
	declaration_take_list(high, &with, entry->value);
	if (dot)
		vec_push(&with.functions, {dot + 1, entry->key->at});
	struct declaration *target = declaration_find(id, with.state);
	if (!target)
		target = declaration_new(high, id, with.state, with.at);
	declaration_extend(target, &with);
	vec_done(&with.args);
	vec_done(&with.functions);
}

static bool sls_is_excluded(const struct high *high, const char *sls)
{
	vec_foreach(exclusion, &high->exclusions)
		if (!exclusion->is_id && text_eq(exclusion->pattern, sls))
			return true;
	return false;
}

void high_extend(struct high *high)
{
	vec_foreach(extension, &high->extensions) {
		if (sls_is_excluded(high, extension->sls))
			continue;
		for (size_t i = 0; i < extension->body->map.n; i++)
			extension_apply(high, extension, &extension->body->map.items[i]);
	}
}

/* ---- exclude ---- */

void high_exclude(struct high *high)
{
	for (size_t i = 0; i < high->ids.n; i++) {
		struct high_id *id = high->ids.items[i];
		vec_foreach(exclusion, &high->exclusions)
			id->is_excluded |= exclusion->is_id ? text_eq(exclusion->pattern, id->id)
							    : str_glob(exclusion->pattern, id->sls);
	}
}
