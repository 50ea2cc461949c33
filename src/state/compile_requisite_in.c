/* compile_requisite_in.c - requisites as they are written, require_in and its kin, use.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/compile_private.h"
#include "value/yaml.h"

#include "base/banned.h"

/* ---- one item of a requisite list ---- */

static const char *node_repr(struct high *high, const struct marked *node)
{
	autoerr struct err err = {0};
	struct value repr;

	if (value_repr(high->heap, value_from_marked(high->heap, (struct marked *)(uintptr_t)node),
		       &repr, &err))
		return marked_kind_name(node->kind);
	return heap_strdup(high->heap, value_bytes(repr));
}

/* "file.managed: x": the module alone is meant. */
static int module_read(struct high *high, const struct high_id *id, const char *key,
		       const struct marked *name, const char **ret_module)
{
	const char *text = marked_text(high->arena, name).ptr,
		   *dot = text ? strchr(text, '.') : NULL;

	if (!text)
		text = "";
	if (dot) {
		compile_error(
			high, name->at,
			"Invalid requisite type '%s' in state '%s', in SLS '%s'. Requisite types "
			"must not contain dots, did you mean '%.*s'?",
			text, id->id, id->sls, (int)(dot - text), text);
		return -1;
	}
	(void)key;
	*ret_module = text_eq(text, "id") ? NULL : text;
	return 0;
}

int requisite_read(struct high *high, const struct high_id *id, const char *key,
		   enum requisite_kind kind, const struct marked *item,
		   struct requisite *ret_requisite)
{
	const struct marked *pattern = item;
	struct requisite requisite = {.kind = kind, .at = item->at};

	if (item->kind != MARKED_STRING && (item->kind != MARKED_MAP || item->map.n != 1)) {
		compile_error(high, item->at,
			      "Requisite declaration %s in SLS %s is not formed as a single key "
			      "dictionary",
			      node_repr(high, item), id->sls);
		return -1;
	}
	if (item->kind == MARKED_MAP) {
		pattern = item->map.items[0].value;
		if (module_read(high, id, key, item->map.items[0].key, &requisite.module))
			return -1;
	}
	if (pattern->kind == MARKED_NULL)
		return 0;
	if (pattern->kind != MARKED_STRING) {
		compile_error(high, pattern->at,
			      "Illegal requisite \"%s\", please check your syntax.",
			      node_repr(high, pattern));
		return -1;
	}
	requisite.pattern = pattern->text.ptr;
	*ret_requisite = requisite;
	return 1;
}

/* ---- to whom an _in form speaks ---- */

static void targets_of_sls(struct high *high, const char *sls, struct declarations *targets)
{
	for (size_t i = 0; i < high->ids.n; i++) {
		const struct high_id *id = high->ids.items[i];
		for (size_t n = 0; text_eq(id->sls, sls) && n < id->declarations.n; n++)
			declarations_add(targets, id->declarations.items[n]);
	}
}

static bool is_named(const struct declaration *declaration, const char *name)
{
	vec_foreach(arg, &declaration->args) {
		if (text_eq(arg->name, "name") && arg->value->kind == MARKED_STRING &&
		    text_eq(arg->value->text.ptr, name))
			return true;
	}
	return false;
}

static void targets_by_name(struct high *high, const struct requisite *to,
			    struct declarations *targets)
{
	for (size_t i = 0; i < high->ids.n; i++) {
		const struct declarations *all = &high->ids.items[i]->declarations;
		for (size_t n = 0; n < all->n; n++)
			if ((!to->module || text_eq(all->items[n]->state, to->module)) &&
			    is_named(all->items[n], to->pattern))
				declarations_add(targets, all->items[n]);
	}
}

/* By (module, ID), else by (module, name); a bare text is an ID, its first module, or a name. */
static void targets_find(struct high *high, const struct requisite *to,
			 struct declarations *targets)
{
	const struct high_id *id = high_find(high, to->pattern);
	struct declaration *by_id = NULL;

	if (text_eq(to->module, "sls")) {
		targets_of_sls(high, to->pattern, targets);
		return;
	}
	if (id && to->module)
		by_id = declaration_find(id, to->module);
	else if (id && id->declarations.n)
		by_id = id->declarations.items[0];
	if (by_id)
		declarations_add(targets, by_id);
	else
		targets_by_name(high, to, targets);
}

/* ---- use ---- */

static bool args_have(const struct high_args *args, const char *name)
{
	vec_foreach(arg, args)
		if (text_eq(arg->name, name))
			return true;
	return false;
}

/* What `to` did not set itself; never names, order or requisites. */
static void use_args(struct declaration *to, const struct declaration *from)
{
	vec_foreach(arg, &from->args) {
		const struct engine_keyword *keyword = engine_keyword_find(arg->name);
		if (text_eq(arg->name, "name") || text_eq(arg->name, "names") ||
		    text_eq(arg->name, "order") || text_eq(arg->name, "onfail_stop") ||
		    args_have(&to->args, arg->name))
			continue;
		if (!keyword ||
		    (keyword->kind != KEY_REQUISITE && keyword->kind != KEY_REQUISITE_IN))
			args_add(&to->used, *arg);
	}
}

/* ---- the walk ---- */

static void requisite_in_apply(struct high *high, struct declaration *from, bool is_in,
			       const struct requisite *read)
{
	struct declarations targets = {0};

	targets_find(high, read, &targets);
	if (!targets.n && read->kind != REQ_USE)
		compile_error_extend(high, read->at, read->pattern, from->id->sls);
	for (size_t i = 0; i < targets.n; i++) {
		struct declaration *target = targets.items[i];
		if (read->kind == REQ_USE) {
			use_args(is_in ? target : from, is_in ? from : target);
			continue;
		}
		required_add(target, (struct requisite){.kind = read->kind,
							.module = from->state,
							.pattern = from->id->id,
							.at = read->at});
	}
	vec_done(&targets);
}

/* {cmd: a, file: b}: a mapping where a list is usual. */
static void requisite_in_map(struct high *high, struct declaration *from,
			     const struct high_arg *arg, const struct engine_keyword *keyword)
{
	if (keyword->requisite == REQ_USE) {
		diags_warn(high->findings, arg->value->at,
			   "'%s' is not formed as a list and has no effect", arg->name);
		return;
	}
	for (size_t i = 0; i < arg->value->map.n; i++) {
		const struct marked_entry *entry = &arg->value->map.items[i];
		struct marked item = {.kind = MARKED_MAP,
				      .at = entry->key->at,
				      .map = {&arg->value->map.items[i], 1}};
		struct requisite read;
		if (requisite_read(high, from->id, arg->name, keyword->requisite, &item, &read) > 0)
			requisite_in_apply(high, from, true, &read);
	}
}

static void requisite_in_arg(struct high *high, struct declaration *from,
			     const struct high_arg *arg)
{
	const struct engine_keyword *keyword = engine_keyword_find(arg->name);
	bool is_use = keyword && keyword->requisite == REQ_USE &&
		      (keyword->kind == KEY_REQUISITE || keyword->kind == KEY_REQUISITE_IN);

	/* listen_in is looked up when everything has run. */
	if (!keyword || keyword->requisite == REQ_LISTEN_IN ||
	    (keyword->kind != KEY_REQUISITE_IN && !is_use))
		return;
	bool is_in = keyword->kind == KEY_REQUISITE_IN;
	if (arg->value->kind == MARKED_MAP) {
		requisite_in_map(high, from, arg, keyword);
		return;
	}
	for (size_t i = 0; arg->value->kind == MARKED_LIST && i < arg->value->list.n; i++) {
		struct requisite read;
		if (requisite_read(high, from->id, arg->name, keyword->requisite,
				   arg->value->list.items[i], &read) > 0)
			requisite_in_apply(high, from, is_in, &read);
	}
}

static void used_take(struct declaration *declaration)
{
	vec_foreach(arg, &declaration->used)
		declaration_add_arg(declaration, *arg);
}

void high_requisite_in(struct high *high)
{
	for (size_t i = 0; i < high->ids.n; i++)
		for (size_t n = 0; n < high->ids.items[i]->declarations.n; n++) {
			struct declaration *declaration = high->ids.items[i]->declarations.items[n];
			vec_foreach(arg, &declaration->args)
				requisite_in_arg(high, declaration, arg);
		}
	for (size_t i = 0; i < high->ids.n; i++)
		for (size_t n = 0; n < high->ids.items[i]->declarations.n; n++)
			used_take(high->ids.items[i]->declarations.items[n]);
}
