/* compile.c - SLS files to the list of states to be run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/compile.h"

#include "base/vec.h"
#include "state/compile_private.h"
#include "state/limits.h"
#include "value/list.h"
#include "value/yaml.h"

#include "base/banned.h"

void compile_quote(struct high *high, struct diag *diag)
{
	const struct str *text = diag->at.file ? map_get(&high->texts, diag->at.file) : NULL;

	if (text)
		diag_quote(diag, *text);
}

/* The same is not told twice: a list is read more than once on its way. */
static bool was_told(const struct diags *findings, const struct diag *diag)
{
	vec_foreach(old, findings)
		if (old->at.line == diag->at.line && old->at.column == diag->at.column &&
		    old->severity == diag->severity && text_eq(old->message, diag->message))
			return true;
	return false;
}

void compile_error(struct high *high, struct src_pos at, const char *fmt, ...)
{
	va_list args;
	autodiag struct diag diag = {0};
	autobuf struct buf text = {0};

	if (diags_errors(high->findings) >= LIMIT_ERRORS)
		return;
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	diag_set(&diag, ERR_INPUT, at, "%s", buf_text(&text));
	if (was_told(high->findings, &diag))
		return;
	compile_quote(high, &diag);
	diags_take(high->findings, &diag);
}

static void high_done(struct high *high)
{
	for (size_t i = 0; i < high->ids.n; i++) {
		struct high_id *id = high->ids.items[i];
		for (size_t n = 0; n < id->declarations.n; n++) {
			struct declaration *declaration = id->declarations.items[n];
			vec_done(&declaration->functions);
			vec_done(&declaration->args);
			vec_done(&declaration->used);
			vec_done(&declaration->required);
		}
		vec_done(&id->declarations);
	}
	vec_done(&high->ids);
	vec_done(&high->extensions);
	vec_done(&high->exclusions);
	map_done(&high->by_id);
	map_done(&high->seen);
	map_done(&high->texts);
	strlist_done(&high->available);
}

/* A name from the command line may be a glob. */
static void top_read(struct high *high, const char *name)
{
	autoerr struct err err = {0};
	bool matched = false;

	if (name[strcspn(name, "*?[")] && !high->is_listed) {
		high->is_listed = true;
		if (source_list_states(high->world, &high->available, &err))
			compile_error(high, (struct src_pos){0}, "%s", err_text(&err));
	}
	for (size_t i = 0; name[strcspn(name, "*?[")] && i < high->available.n; i++)
		if (str_glob(name, high->available.items[i])) {
			matched = true;
			high_read(high, high->available.items[i], (struct src_pos){0}, 0);
		}
	if (!matched)
		high_read(high, name, (struct src_pos){0}, 0);
}

int sls_compile(struct world *world, const struct compile_options *options, const char *const *sls,
		size_t n_sls, struct low_list *ret_low, struct diags *findings)
{
	struct high high = {
		.world = world,
		.heap = world->heap,
		.arena = &world->heap->arena,
		.options = options,
		.findings = findings,
		.next_order = 10000,
	};
	size_t before = diags_errors(findings);

	world_share(world); /* a pillar may have come since the world began */
	for (size_t i = 0; i < n_sls; i++)
		top_read(&high, sls[i]);
	/* What could not be read would look as if it were missing. */
	bool is_whole = diags_errors(findings) == before;
	if (is_whole)
		high_extend(&high);
	high_verify(&high);
	if (is_whole)
		high_requisite_in(&high);
	high_exclude(&high);
	high_to_low(&high, ret_low);
	low_link(&high, ret_low);
	if (options->for_check && is_whole)
		low_check_requisites(&high, ret_low);
	int status = diags_errors(findings) > before ? -1 : 0;
	high_done(&high);
	return status;
}

void low_list_done(struct low_list *low)
{
	for (size_t i = 0; i < low->n; i++) {
		struct chunk *chunk = low->items[i];
		vec_foreach(requisite, &chunk->requisites)
			vec_done(&requisite->targets);
		vec_done(&chunk->requisites);
		vec_done(&chunk->prerequired);
		vec_done(&chunk->needed_by);
		vec_done(&chunk->args);
	}
	vec_done(low);
}

/* ---- as values ---- */

static struct value requisites_value(struct heap *heap, const struct chunk *chunk,
				     enum requisite_kind kind)
{
	struct list *list = NULL;

	vec_foreach(requisite, &chunk->requisites) {
		struct dict *item = dict_new(heap);
		if (requisite->kind != kind)
			continue;
		if (!list)
			list = list_new(heap, 1);
		dict_set(heap, item, requisite->module ? requisite->module : "id",
			 value_cstr(heap, requisite->pattern));
		list_push(heap, list, value_of_dict(item));
	}
	return list ? value_of_list(list) : value_none();
}

static void conditions_set(struct heap *heap, struct dict *dict, const struct conditions *when)
{
	const struct {
		const char *name;
		struct marked *node;
	} nodes[] = {{"onlyif", when->onlyif},
		     {"unless", when->unless},
		     {"creates", when->creates},
		     {"check_cmd", when->check_cmd},
		     {"retry", when->retry}};

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (nodes[i].node)
			dict_set(heap, dict, nodes[i].name, value_from_marked(heap, nodes[i].node));
	if (when->has_failhard)
		dict_set(heap, dict, "failhard", value_bool(when->failhard));
	if (when->handles_failure)
		dict_set(heap, dict, "onfail_stop", value_bool(false));
	if (when->reload_pillar)
		dict_set(heap, dict, "reload_pillar", value_bool(true));
}

struct value chunk_to_value(struct heap *heap, const struct chunk *chunk)
{
	struct dict *dict = dict_new(heap);
	bool is_whole = chunk->order > -9e15 && chunk->order < 9e15 &&
			chunk->order == (double)(int64_t)chunk->order;

	dict_set(heap, dict, "state", value_cstr(heap, chunk->state));
	dict_set(heap, dict, "name", value_cstr(heap, chunk->name));
	dict_set(heap, dict, "__sls__", value_cstr(heap, chunk->sls));
	dict_set(heap, dict, "__env__", value_literal("base"));
	dict_set(heap, dict, "__id__", value_cstr(heap, chunk->id));
	vec_foreach(arg, &chunk->args)
		dict_set(heap, dict, arg->name, value_from_marked(heap, arg->value));
	for (enum requisite_kind kind = 0; kind < REQ_USE; kind++) {
		struct value list = requisites_value(heap, chunk, kind);
		if (list.kind == VALUE_LIST)
			dict_set(heap, dict, requisite_names[kind], list);
	}
	conditions_set(heap, dict, &chunk->when);
	dict_set(heap, dict, "order",
		 is_whole ? value_int((int64_t)chunk->order) : value_float(chunk->order));
	dict_set(heap, dict, "fun", value_cstr(heap, chunk->fun));
	return value_of_dict(dict);
}

struct value low_to_value(struct heap *heap, const struct low_list *low)
{
	struct list *list = list_new(heap, low->n);

	for (size_t i = 0; i < low->n; i++)
		list_push(heap, list, chunk_to_value(heap, low->items[i]));
	return value_of_list(list);
}
