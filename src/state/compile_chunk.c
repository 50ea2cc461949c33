/* compile_chunk.c - whether a state exists, whether its arguments and conditions fit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/arguments.h"
#include "state/compile_private.h"
#include "value/yaml.h"

#include "base/banned.h"

/* ---- the state itself ---- */

static bool python_state_is_there(struct high *high, const char *state)
{
	autofree char *own = xasprintf("salt://_states/%s.py", state);

	if (source_exists(high->world, own))
		return true;
	vec_foreach(root, &high->world->roots) {
		autofree char *path = xasprintf("salt://%s/_states/%s.py",
						root->prefix ? root->prefix : "", state);
		if (source_exists(high->world, path))
			return true;
	}
	return false;
}

static void unknown_told(struct high *high, const struct chunk *chunk)
{
	autofree char *full = xasprintf("%s.%s", chunk->state, chunk->fun);
	autodiag struct diag diag = {0};
	const char *nearest = state_nearest(high->options->states, full);
	const char *why = state_is_known_elsewhere(full)
				  ? "it is known to Salt, not implemented here"
				  : "it is unknown";

	if (python_state_is_there(high, chunk->state))
		why = "a Python module cannot run here";
	diag_set(&diag, ERR_INPUT, chunk->at, "State '%s' was not found in SLS '%s': %s", full,
		 chunk->sls, why);
	if (nearest)
		diag_note(&diag, (struct src_pos){0}, "did you mean '%s'?", nearest);
	compile_quote(high, &diag);
	diags_take(high->findings, &diag);
}

/* ---- conditions ---- */

static void condition_item_check(struct high *high, const char *name, const struct marked *item)
{
	const struct marked *fun = marked_get(item, "fun");

	if (item->kind == MARKED_STRING)
		return;
	if (item->kind != MARKED_MAP) {
		compile_error(high, item->at,
			      "'%s' needs a command, not %s: quote it ('%.*s') when it is one",
			      name, marked_kind_name(item->kind), STR_ARG(item->source));
		return;
	}
	if (!fun || fun->kind != MARKED_STRING)
		compile_error(high, item->at, "no `fun` argument in %s", name);
	else if (!world_function(high->world, fun->text))
		compile_error(high, fun->at, "'%s' is not available", fun->text.ptr);
}

/* of creates and check_cmd: no functions */
static void text_item_check(struct high *high, const char *name, const struct marked *item)
{
	if (item->kind != MARKED_STRING)
		compile_error(high, item->at, "'%s' needs a text, not %s", name,
			      marked_kind_name(item->kind));
}

typedef void condition_check_fn(struct high *high, const char *name, const struct marked *item);

static void condition_check(struct high *high, const char *name, const struct marked *node,
			    condition_check_fn *check)
{
	if (node && node->kind != MARKED_LIST)
		check(high, name, node);
	for (size_t i = 0; node && node->kind == MARKED_LIST && i < node->list.n; i++)
		check(high, name, node->list.items[i]);
}

static void conditions_check(struct high *high, const struct chunk *chunk)
{
	const struct conditions *when = &chunk->when;

	condition_check(high, "onlyif", when->onlyif, condition_item_check);
	condition_check(high, "unless", when->unless, condition_item_check);
	condition_check(high, "creates", when->creates, text_item_check);
	condition_check(high, "check_cmd", when->check_cmd, text_item_check);
}

/* ---- arguments ---- */

/* Octal, whatever YAML made of it: a file that others may read is worse than a run that ends. */
static void umask_check(struct high *high, const struct chunk *chunk)
{
	uint32_t mask;

	vec_foreach(arg, &chunk->args)
		if (text_eq(arg->name, "umask") &&
		    (!arg->value->source.ptr || !str_to_octal(arg->value->source, &mask) ||
		     mask > 0777))
			compile_error(high, arg->value->at, "Invalid umask: %.*s",
				      STR_ARG(arg->value->source));
}

/* "__slot__:salt:fn(x)" anywhere in an argument */
static const struct marked *slot_find(const struct marked *node)
{
	const struct marked *found = NULL;

	if (node->kind == MARKED_STRING)
		return str_starts(node->text, STR("__slot__:")) ? node : NULL;
	for (size_t i = 0; node->kind == MARKED_LIST && !found && i < node->list.n; i++)
		if (node->list.items[i]->kind == MARKED_STRING)
			found = slot_find(node->list.items[i]);
	for (size_t i = 0; node->kind == MARKED_MAP && !found && i < node->map.n; i++)
		if (node->map.items[i].value->kind == MARKED_STRING)
			found = slot_find(node->map.items[i].value);
	return found;
}

static void refused_told(struct high *high, const struct chunk *chunk)
{
	vec_foreach(arg, &chunk->args) {
		const struct engine_keyword *keyword = engine_keyword_find(arg->name);
		const struct marked *slot = slot_find(arg->value);
		if (keyword && keyword->kind == KEY_REFUSED)
			compile_error(high, arg->at, "'%s' is not available here", arg->name);
		if (slot)
			compile_error(high, slot->at, "slots are not available here: '%s'",
				      slot->text.ptr);
	}
}

static size_t arguments_collect(struct high *high, const struct chunk *chunk,
				struct argument **ret_arguments)
{
	struct argument *arguments =
		heap_alloc(high->heap, (chunk->args.n + 1) * sizeof(*arguments));
	size_t n = 0;

	vec_foreach(arg, &chunk->args) {
		const struct engine_keyword *keyword = engine_keyword_find(arg->name);
		if (!keyword || keyword->kind != KEY_REFUSED)
			arguments[n++] = (struct argument){
				arg->name, value_from_marked(high->heap, arg->value), arg->at};
	}
	*ret_arguments = arguments;
	return n;
}

/* New findings get the lines around them. */
static void findings_quote(struct high *high, size_t from)
{
	for (size_t i = from; i < high->findings->n; i++)
		compile_quote(high, &high->findings->items[i]);
}

static void own_check(struct high *high, const struct chunk *chunk)
{
	struct state_call call = {
		.world = high->world,
		.heap = high->heap,
		.name = chunk->name,
		.id = chunk->id,
		.sls = chunk->sls,
		.fun = chunk->fun,
		.args = chunk->decoded,
		.extra = chunk->extra,
		.at = chunk->at,
		.is_test = true,
		.chunk = chunk,
	};

	if (chunk->decoded && chunk->def->check && high->options->arguments_too)
		chunk->def->check(&call, high->findings);
}

void chunk_check(struct high *high, struct chunk *chunk, bool quiet)
{
	struct diags ignored = {0}, *findings = high->findings;
	size_t before = findings->n;
	struct argument *arguments;

	if (quiet)
		high->findings = &ignored;
	if (!chunk->def) {
		unknown_told(high, chunk);
	} else {
		size_t n = arguments_collect(high, chunk, &arguments);
		refused_told(high, chunk);
		umask_check(high, chunk);
		conditions_check(high, chunk);
		const struct arguments given = {arguments, n, chunk->at};
		if (arguments_decode(high->world, chunk->def, &given, high->findings,
				     &chunk->decoded, &chunk->extra) == 0)
			own_check(high, chunk);
	}
	high->findings = findings;
	findings_quote(high, before);
	diags_clear(&ignored);
}
