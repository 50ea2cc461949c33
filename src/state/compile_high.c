/* compile_high.c - ID declarations: from YAML to high data, and what is wrong with their form.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/compile_private.h"
#include "value/yaml.h"

#include "base/banned.h"

static const char *python_kind(const struct marked *node)
{
	static const char *const names[] = {
		[MARKED_NULL] = "NoneType", [MARKED_BOOL] = "bool",  [MARKED_INT] = "int",
		[MARKED_FLOAT] = "float",   [MARKED_STRING] = "str", [MARKED_LIST] = "list",
		[MARKED_MAP] = "dict",
	};

	return names[node->kind];
}

struct high_id *high_find(const struct high *high, const char *id)
{
	return map_get(&high->by_id, id);
}

struct declaration *declaration_find(const struct high_id *id, const char *state)
{
	for (size_t i = 0; i < id->declarations.n; i++)
		if (text_eq(id->declarations.items[i]->state, state))
			return id->declarations.items[i];
	return NULL;
}

struct declaration *declaration_new(struct high *high, struct high_id *id, const char *state,
				    struct src_pos at)
{
	struct declaration *declaration = heap_alloc(high->heap, sizeof(*declaration));

	*declaration = (struct declaration){.id = id, .state = state, .at = at};
	declarations_add(&id->declarations, declaration);
	return declaration;
}

/* ---- the body of a declaration ---- */

/* The classic under-indented context: null, its keys its siblings. It works by accident. */
static void indentation_check(struct high *high, const struct marked *map)
{
	const struct marked_entry *first = &map->map.items[0];

	if (map->map.n > 1 && first->value->kind == MARKED_NULL &&
	    (str_is(first->key->source, "context") || str_is(first->key->source, "defaults")))
		diags_warn(high->findings, map->map.items[1].key->at,
			   "'%.*s' is empty and the keys below it are arguments of their own: did "
			   "you mean to indent them?",
			   STR_ARG(first->key->source));
}

static void item_take(struct high *high, struct declaration *declaration, const struct marked *item,
		      uint32_t number)
{
	for (size_t n = 0; n < item->map.n; n++) {
		const struct marked_entry *entry = &item->map.items[n];
		struct str key = marked_text(high->arena, entry->key);
		args_add(&declaration->args, (struct high_arg){key.ptr ? key.ptr : "", entry->value,
							       entry->key->at, number});
	}
	if (item->map.n)
		indentation_check(high, item);
}

void declaration_take_list(struct high *high, struct declaration *declaration,
			   const struct marked *list)
{
	for (size_t i = 0; i < list->list.n; i++) {
		const struct marked *item = list->list.items[i];
		uint32_t number = declaration->n_items++;
		if (item->kind == MARKED_STRING)
			functions_add(declaration, item->text.ptr, item->at);
		else if (item->kind == MARKED_MAP)
			item_take(high, declaration, item, number);
		else if (item->kind == MARKED_NULL)
			diags_warn(high->findings, item->at,
				   "an empty item among arguments, ignoring");
		else
			compile_error(
				high, item->at,
				"State '%s' in SLS '%s': an argument must be 'key: value', not "
				"%s",
				declaration->id->id, declaration->id->sls,
				marked_kind_name(item->kind));
	}
}

/* "file.managed:" or "file:" */
static void body_key(struct high *high, struct high_id *id, const struct marked_entry *entry,
		     bool dotted)
{
	const char *key = entry->key->text.ptr, *dot = strchr(key, '.');
	const char *state =
		dot ? heap_strdup(high->heap, (struct str){key, (size_t)(dot - key)}) : key;

	if ((dot != NULL) != dotted)
		return;
	if (declaration_find(id, state)) {
		compile_error(
			high, entry->key->at,
			"ID '%s' in SLS '%s' contains multiple state declarations of the same "
			"type",
			id->id, id->sls);
		return;
	}
	struct declaration *declaration = declaration_new(high, id, state, entry->key->at);
	if (entry->value->kind == MARKED_LIST)
		declaration_take_list(high, declaration, entry->value);
	if (dot || entry->value->kind != MARKED_LIST) /* what has no form has no second error */
		vec_push(&declaration->functions, {dot ? dot + 1 : key, entry->key->at});
	if (entry->value->kind == MARKED_NULL)
		compile_error(
			high, entry->key->at,
			"ID '%s' in SLS '%s' contains a short declaration (%s) with a trailing "
			"colon. When not passing any arguments to a state, the colon must be "
			"omitted.",
			id->id, id->sls, key);
	else if (entry->value->kind != MARKED_LIST)
		compile_error(high, entry->value->at,
			      "State '%s' in SLS '%s' is not formed as a list", id->id, id->sls);
}

/* Dotted ones come behind the others: the reference numbers them so. */
static void body_take(struct high *high, struct high_id *id, const struct marked *body)
{
	for (int dotted = 0; dotted < 2; dotted++)
		for (size_t i = 0; i < body->map.n; i++) {
			const struct marked_entry *entry = &body->map.items[i];
			if (entry->key->kind != MARKED_STRING) {
				if (!dotted)
					compile_error(high, entry->key->at,
						      "ID '%s' in SLS '%s': the name of a state is "
						      "not formed as a string, but is a %s",
						      id->id, id->sls, python_kind(entry->key));
				continue;
			}
			if (!str_starts(entry->key->text, STR("__")))
				body_key(high, id, entry, dotted);
		}
}

/* ---- IDs ---- */

static bool id_conflicts(struct high *high, const char *id, const char *sls,
			 const struct marked_entry *entry)
{
	const struct high_id *first = high_find(high, id);
	autodiag struct diag diag = {0};

	if (!first)
		return false;
	diag_set(&diag, ERR_INPUT, entry->key->at,
		 "Detected conflicting IDs, SLS IDs need to be globally unique.\n    The "
		 "conflicting ID is '%s' and is found in SLS 'base:%s' and SLS 'base:%s'",
		 id, first->sls, sls);
	diag_note(&diag, first->at, "the first '%s'", id);
	compile_quote(high, &diag);
	diags_take(high->findings, &diag);
	return true;
}

static void short_form(struct high *high, struct high_id *id, const struct marked *body)
{
	const char *dot = strchr(body->text.ptr, '.');
	const char *state = heap_strdup(
		high->heap, (struct str){body->text.ptr, (size_t)(dot - body->text.ptr)});
	struct declaration *declaration = declaration_new(high, id, state, body->at);

	vec_push(&declaration->functions, {dot + 1, body->at});
}

static void id_declare(struct high *high, const char *sls, const struct marked_entry *entry)
{
	struct marked *body = entry->value;
	struct str name = marked_text(high->arena, entry->key);

	if (entry->key->kind != MARKED_STRING) {
		compile_error(
			high, entry->key->at,
			"ID '%.*s' in SLS '%s' is not formed as a string, but is a %s. It may "
			"need to be quoted.",
			STR_ARG(name), sls, python_kind(entry->key));
		return;
	}
	if (str_starts(name, STR("__")) || id_conflicts(high, name.ptr, sls, entry))
		return;
	bool is_short = body->kind == MARKED_STRING && strchr(body->text.ptr, '.');
	if (body->kind != MARKED_MAP && !is_short) {
		compile_error(high, entry->key->at, "ID %s in SLS %s is not a dictionary", name.ptr,
			      sls);
		return;
	}
	struct high_id *id = heap_alloc(high->heap, sizeof(*id));
	*id = (struct high_id){.id = name.ptr, .sls = sls, .at = entry->key->at};
	vec_push(&high->ids, id); /* NOLINT(bugprone-sizeof-expression): of pointers */
	map_set(&high->by_id, id->id, id);
	if (is_short)
		short_form(high, id, body);
	else
		body_take(high, id, body);
}

/* ---- extend, exclude ---- */

static void extension_add(struct high *high, struct extension extension)
{
	vec_push(&high->extensions, extension);
}

static void exclusion_add(struct high *high, struct exclusion exclusion)
{
	vec_push(&high->exclusions, exclusion);
}

static void extend_declare(struct high *high, const char *sls, const struct marked *map)
{
	if (map->kind != MARKED_MAP) {
		compile_error(high, map->at, "Extension value in SLS '%s' is not a dictionary",
			      sls);
		return;
	}
	for (size_t i = 0; i < map->map.n; i++) {
		const struct marked_entry *entry = &map->map.items[i];
		struct str name = marked_text(high->arena, entry->key);
		if (entry->value->kind != MARKED_MAP)
			compile_error(high, entry->value->at,
				      "Extension name '%.*s' in SLS '%s' is not a dictionary",
				      STR_ARG(name), sls);
		else
			extension_add(high, (struct extension){name.ptr, sls, entry->value,
							       entry->key->at});
	}
}

static void exclude_declare(struct high *high, const char *sls, const struct marked *list)
{
	if (list->kind != MARKED_LIST) {
		compile_error(high, list->at,
			      "Exclude Declaration in SLS %s is not formed as a list", sls);
		return;
	}
	for (size_t i = 0; i < list->list.n; i++) {
		const struct marked *item = list->list.items[i], *id = marked_get(item, "id");
		const struct marked *pattern = item->kind == MARKED_STRING ? item
					       : id                        ? id
						    : marked_get(item, "sls");
		struct str text = pattern ? marked_text(high->arena, pattern) : (struct str){0};
		if (text.ptr && (item->kind == MARKED_STRING || item->map.n == 1))
			exclusion_add(high, (struct exclusion){text.ptr, id != NULL});
		else
			compile_error(
				high, item->at,
				"exclude in SLS %s: an item is the name of an SLS, or 'id: X' or "
				"'sls: X'",
				sls);
	}
}

void high_declare(struct high *high, const char *sls, const struct marked *root)
{
	for (size_t i = 0; i < root->map.n; i++) {
		const struct marked_entry *entry = &root->map.items[i];
		if (str_is(entry->key->source, "include"))
			continue;
		if (str_is(entry->key->source, "extend"))
			extend_declare(high, sls, entry->value);
		else if (str_is(entry->key->source, "exclude"))
			exclude_declare(high, sls, entry->value);
		else
			id_declare(high, sls, entry);
	}
}

/* The order of definition: an SLS counts behind what it includes. */
void high_number(struct high *high, const char *sls, size_t i)
{
	const struct high_id *id = high->ids.items[i];

	for (size_t n = 0; text_eq(id->sls, sls) && n < id->declarations.n; n++) {
		struct declaration *declaration = id->declarations.items[n];
		declaration->order = high->next_order;
		declaration->has_order = true;
		bool is_given = false;
		vec_foreach(arg, &declaration->args)
			is_given |= text_eq(arg->name, "order");
		high->next_order += !is_given;
	}
}

/* ---- the form of what was declared and extended ---- */

struct mutual { /* what an ID's last requisite argument named, as the reference remembers it */
	const char *state;
	struct map needs; /* ID → the module asked for */
};

static void mutual_done(struct map *mutuals)
{
	const char *key;
	void *value;

	for (size_t i = 0; map_next(mutuals, &i, &key, &value);) {
		struct mutual *mutual = value;
		map_done(&mutual->needs);
	}
	map_done(mutuals);
}

/* "A requires B, B requires A" is known before anything runs. */
static void mutual_check(struct high *high, struct map *mutuals, const struct declaration *of,
			 const struct high_arg *arg)
{
	const char *id = of->id->id;
	struct mutual *own = map_get(mutuals, id);

	if (!own) {
		own = heap_alloc(high->heap, sizeof(*own));
		map_set(mutuals, id, own);
	}
	map_done(&own->needs);
	own->state = of->state;
	for (size_t i = 0; i < arg->value->list.n; i++) {
		struct requisite read;
		if (requisite_read(high, of->id, arg->name, REQ_REQUIRE, arg->value->list.items[i],
				   &read) <= 0)
			continue;
		const char *module = read.module ? read.module : "id";
		map_set(&own->needs, read.pattern, (void *)(uintptr_t)module);
		const struct mutual *other = map_get(mutuals, read.pattern);
		const char *back = other ? map_get(&other->needs, id) : NULL;
		if (back && text_eq(back, of->state) && text_eq(other->state, module))
			compile_error(
				high, read.at,
				"A recursive requisite was found, SLS \"%s\" ID \"%s\" ID \"%s\"",
				of->id->sls, id, read.pattern);
	}
}

static void requisite_verify(struct high *high, struct map *mutuals, const struct declaration *of,
			     const struct high_arg *arg)
{
	static const char *const counted[] = {"require", "watch", "prereq", "onchanges"};
	const struct engine_keyword *keyword = engine_keyword_find(arg->name);
	struct requisite ignored;

	if (!keyword || (keyword->kind != KEY_REQUISITE && keyword->kind != KEY_REQUISITE_IN))
		return;
	if (arg->value->kind != MARKED_LIST) {
		/* One mapping is taken by the _in forms; by `use` it is seen and not heard. */
		if (arg->value->kind != MARKED_MAP ||
		    (keyword->kind == KEY_REQUISITE && keyword->requisite != REQ_USE))
			compile_error(
				high, arg->value->at,
				"The %s statement in state '%s' in SLS '%s' needs to be formed "
				"as a list",
				arg->name, of->id->id, of->id->sls);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(counted); i++)
		if (text_eq(counted[i], arg->name)) {
			mutual_check(high, mutuals, of, arg);
			return;
		}
	for (size_t i = 0; i < arg->value->list.n; i++)
		if (requisite_read(high, of->id, arg->name, keyword->requisite,
				   arg->value->list.items[i], &ignored) < 0)
			return;
}

static void functions_verify(struct high *high, const struct declaration *declaration)
{
	const struct high_id *id = declaration->id;

	vec_foreach(function, &declaration->functions) {
		if (!strchr(function->name, ' '))
			continue;
		compile_error(
			high, function->at,
			"The function \"%s\" in state \"%s\" in SLS \"%s\" has whitespace, a "
			"function with whitespace is not supported, perhaps this is an argument "
			"that is missing a \":\"",
			function->name, id->id, id->sls);
		return;
	}
	if (declaration->functions.n == 0)
		compile_error(high, declaration->at,
			      "No function declared in state '%s' in SLS '%s'", declaration->state,
			      id->sls);
	if (declaration->functions.n > 1)
		compile_error(high, declaration->functions.items[1].at,
			      "Too many functions declared in state '%s' in SLS '%s'",
			      declaration->state, id->sls);
}

/* A mapping of arguments has each name once: what stands there twice is meant otherwise. */
static void repetition_warn(struct high *high, const struct declaration *declaration,
			    const struct high_arg *arg)
{
	for (const struct high_arg *old = declaration->args.items; old < arg; old++) {
		if (arg->adds || !text_eq(old->name, arg->name))
			continue;
		diags_warn(high->findings, arg->at,
			   "'%s' stands twice in state '%s': the first one is replaced", arg->name,
			   declaration->id->id);
		return;
	}
}

/* The first of several arguments of one list item. */
static bool item_begins(const struct declaration *declaration, const struct high_arg *arg)
{
	const struct high_arg *first = declaration->args.items, *end = first + declaration->args.n;

	return (arg == first || arg[-1].item != arg->item) && arg + 1 < end &&
	       arg[1].item == arg->item;
}

static void declaration_verify(struct high *high, struct map *mutuals,
			       const struct declaration *declaration)
{
	const struct high_id *id = declaration->id;

	functions_verify(high, declaration);
	vec_foreach(arg, &declaration->args) {
		const struct engine_keyword *keyword = engine_keyword_find(arg->name);
		if (text_eq(arg->name, "names") && arg->value->kind != MARKED_LIST)
			compile_error(high, arg->value->at,
				      "The 'names' argument in state '%s' in SLS '%s' needs to be "
				      "formed as a list",
				      id->id, id->sls);
		requisite_verify(high, mutuals, declaration, arg);
		if (keyword && keyword->kind == KEY_REQUISITE && keyword->requisite != REQ_USE)
			repetition_warn(high, declaration, arg);
		if (keyword && keyword->kind == KEY_REQUISITE && item_begins(declaration, arg))
			compile_error(
				high, arg->at,
				"Multiple dictionaries defined in argument of state '%s' in SLS "
				"'%s'",
				id->id, id->sls);
	}
}

void high_verify(struct high *high)
{
	struct map mutuals = {0};

	for (size_t i = 0; i < high->ids.n; i++)
		for (size_t n = 0; n < high->ids.items[i]->declarations.n; n++)
			declaration_verify(high, &mutuals,
					   high->ids.items[i]->declarations.items[n]);
	mutual_done(&mutuals);
}
