/* world.c - the world of a run: its engine and globals, its functions by name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/world.h"

#include <unistd.h>

#include "base/vec.h"
#include "state/functions.h"
#include "value/list.h"

#include "base/banned.h"

void world_share(struct world *world)
{
	struct dict *globals = world->engine.globals;

	dict_set(world->heap, globals, "pillar", value_of_dict(world->pillar));
	dict_set(world->heap, globals, "grains", value_of_dict(world->grains));
	dict_set(world->heap, globals, "opts", value_of_dict(world->opts));
}

void world_begin(struct world *world)
{
	struct engine *engine = &world->engine;
	struct heap *heap = world->heap;
	struct dict **dicts[] = {&world->pillar, &world->grains, &world->opts, &world->accumulators,
				 &engine->globals};

	for (size_t i = 0; i < ARRAY_LEN(dicts); i++)
		if (!*dicts[i])
			*dicts[i] = dict_new(heap);
	heap->world = world;
	engine->heap = heap;
	engine->salt_newline = true;
	engine->context_is_global = true;
	if (!engine->loader.load)
		engine->loader = source_loader(world);
	engine_init(engine);
	dict_set(heap, engine->globals, "salt", salt_object(world));
	dict_set(heap, engine->globals, "saltenv", value_literal("base"));
	dict_set(heap, engine->globals, "env", value_literal("base"));
	world_share(world);
}

void world_done(struct world *world)
{
	engine_done(&world->engine);
	vec_foreach(root, &world->roots)
		if (root->dirfd >= 0)
			close(root->dirfd);
	vec_done(&world->roots);
}

int world_render(struct world *world, const char *name, const char *file, struct str text,
		 struct dict *context, struct str *ret_text, struct diag *diag)
{
	struct rendered rendered = {0};

	if (text_starts(name, "salt://"))
		name += strlen("salt://");
	int status = engine_render_text(&world->engine, name, file, text, context, &rendered, diag);
	if (status == 0)
		*ret_text = rendered.text;
	rendered_done(&rendered);
	return status;
}

static const struct state_function *table_find(const struct function_table *table, struct str name)
{
	size_t low = 0, high = table->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct str row = str_of(table->rows[middle].name);
		size_t common = row.len < name.len ? row.len : name.len;
		int order = memcmp(row.ptr, name.ptr, common);
		if (order == 0 && row.len == name.len)
			return &table->rows[middle];
		if (order < 0 || (order == 0 && row.len < name.len))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct state_function *world_function(const struct world *world, struct str name)
{
	for (size_t i = 0; world->functions && world->functions[i]; i++) {
		const struct state_function *found = table_find(world->functions[i], name);
		if (found)
			return found;
	}
	return NULL;
}

int world_call(struct world *world, const char *function, struct call *call,
	       struct value *ret_value, struct err *err)
{
	const struct state_function *found = world_function(world, str_of(function));

	if (!found)
		return err_set(err, ERR_MISSING, "'%s' is not available", function);
	if (world->is_check && (found->flags & FN_RUNS))
		return err_set(err, ERR_DENIED,
			       "'%s' runs a program or changes something: not while checking",
			       function);
	call->heap = world->heap;
	return found->fn(call, ret_value, err);
}

/* A list's part: by number, or by key in the first of its mappings that has it. */
static struct value *part_of_list(const struct list *list, struct str key)
{
	int64_t i;

	if (str_to_i64(key, &i)) {
		if (i < 0)
			i += (int64_t)list->n;
		return i >= 0 && i < (int64_t)list->n ? &list->items[i] : NULL;
	}
	for (size_t n = 0; n < list->n; n++) {
		struct value *found = list->items[n].kind == VALUE_DICT
					      ? dict_get_str(list->items[n].dict, key)
					      : NULL;
		if (found)
			return found;
	}
	return NULL;
}

static struct value *part_of(struct value v, struct str key)
{
	struct value *found = NULL;
	int64_t number;

	if (value_is_sequence(v))
		return part_of_list(v.list, key);
	if (v.kind != VALUE_DICT)
		return NULL;
	found = dict_get_str(v.dict, key);
	if (!found && str_to_i64(key, &number))
		found = dict_find(v.dict, value_int(number));
	return found;
}

struct value value_traverse(struct heap *heap, struct value v, struct str path, char separator)
{
	struct str rest = path;

	while (rest.ptr) {
		struct str key = str_cut(&rest, separator);
		struct value *part = part_of(v, key);
		if (!part)
			return value_undefined(heap, heap_strdup(heap, path), "'%.*s' is undefined",
					       STR_ARG(path));
		v = *part;
	}
	return v;
}
