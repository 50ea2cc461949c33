/* compile_low.c - high data to the list of states in their order.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "state/arguments.h"
#include "state/compile_private.h"
#include "state/limits.h"

#include "base/banned.h"

struct making { /* one declaration becomes chunks */
	struct high *high;
	const struct declaration *declaration;
	struct low_list *low;
	const struct marked *order;
	const char *name; /* the one of `names`; NULL: there are none */
	size_t n_made;
};

/* ---- arguments ---- */

static bool is_true(const struct marked *node)
{
	switch (node->kind) {
	case MARKED_NULL: return false;
	case MARKED_BOOL: return node->boolean;
	case MARKED_INT: return node->integer != 0;
	case MARKED_FLOAT: return node->number != 0;
	case MARKED_STRING: return node->text.len > 0; /* "false", too */
	case MARKED_LIST: return node->list.n > 0;
	case MARKED_MAP: return node->map.n > 0;
	}
	return false;
}

static void condition_take(struct conditions *when, const struct high_arg *arg)
{
	const struct {
		const char *name;
		struct marked **at;
	} values[] = {
		{"onlyif", &when->onlyif},   {"unless", &when->unless},
		{"creates", &when->creates}, {"check_cmd", &when->check_cmd},
		{"retry", &when->retry},     {"cmd_opts_exclude", &when->cmd_opts_exclude},
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (text_eq(values[i].name, arg->name))
			*values[i].at = arg->value;
	if (text_eq(arg->name, "failhard")) {
		when->failhard = is_true(arg->value);
		when->has_failhard = true;
	} else if (text_eq(arg->name, "reload_pillar")) {
		when->reload_pillar = is_true(arg->value);
	} else if (text_eq(arg->name, "onfail_stop")) {
		when->handles_failure = arg->value->kind == MARKED_BOOL && !arg->value->boolean;
	}
}

static void chunk_arg_set(struct chunk *chunk, const struct high_arg *arg)
{
	vec_foreach(old, &chunk->args) {
		if (!text_eq(old->name, arg->name))
			continue;
		old->value = arg->value;
		old->at = arg->at;
		return;
	}
	vec_push(&chunk->args, {arg->name, arg->value, arg->at});
}

/* Requisites of a kind replace those that stood before: written twice, or for one of the names. */
static void requisites_drop(struct chunk *chunk, enum requisite_kind kind)
{
	size_t kept = 0;

	for (size_t i = 0; i < chunk->requisites.n; i++)
		if (chunk->requisites.items[i].kind != kind)
			chunk->requisites.items[kept++] = chunk->requisites.items[i];
	chunk->requisites.n = kept;
}

static void requisites_take(struct making *making, struct chunk *chunk, const struct high_arg *arg,
			    enum requisite_kind kind)
{
	for (size_t i = 0; arg->value->kind == MARKED_LIST && i < arg->value->list.n; i++) {
		struct requisite read;
		if (requisite_read(making->high, making->declaration->id, arg->name, kind,
				   arg->value->list.items[i], &read) > 0)
			requisites_add(chunk, read);
	}
}

static void arg_take(struct making *making, struct chunk *chunk, const struct high_arg *arg)
{
	const struct engine_keyword *keyword = engine_keyword_find(arg->name);
	bool is_own = keyword && chunk->def && state_arg_find(chunk->def, arg->name) &&
		      keyword->kind == KEY_CONDITION && text_eq(arg->name, "check_cmd");

	if (text_eq(arg->name,
		    "name")) { /* what is no text falls back to the ID, or to its own of `names` */
		if (arg->value->kind == MARKED_STRING)
			chunk->name = arg->value->text.ptr;
		else if (!making->name)
			chunk->name = chunk->id;
		return;
	}
	if (text_eq(arg->name, "order"))
		making->order = arg->value;
	if (text_starts(arg->name, "__") || text_eq(arg->name, "names") ||
	    text_eq(arg->name, "order"))
		return;
	if (!keyword || keyword->kind == KEY_SHARED || keyword->kind == KEY_REFUSED || is_own) {
		chunk_arg_set(chunk, arg);
	} else if (keyword->kind == KEY_CONDITION) {
		condition_take(&chunk->when, arg);
	} else if (keyword->kind == KEY_REQUISITE || keyword->requisite == REQ_LISTEN_IN) {
		if (!arg->adds)
			requisites_drop(chunk, keyword->requisite);
		requisites_take(making, chunk, arg, keyword->requisite);
	}
}

static void overrides_take(struct making *making, struct chunk *chunk, const struct marked *list)
{
	for (size_t i = 0; i < list->list.n; i++) {
		const struct marked *item = list->list.items[i];
		for (size_t n = 0; item->kind == MARKED_MAP && n < item->map.n; n++) {
			const struct marked_entry *entry = &item->map.items[n];
			struct str key = marked_text(making->high->arena, entry->key);
			struct high_arg arg = {key.ptr ? key.ptr : "", entry->value, entry->key->at,
					       0, false};
			arg_take(making, chunk, &arg);
		}
	}
}

/* ---- order ---- */

static void order_take(struct making *making, struct chunk *chunk, size_t name_number)
{
	const struct marked *order = making->order;

	chunk->order_kind = ORDER_GIVEN;
	if (!order) {
		chunk->order = (double)making->declaration->order;
		if (!making->declaration->has_order)
			chunk->order_kind = ORDER_NONE;
	} else if (order->kind == MARKED_INT) {
		chunk->order = (double)order->integer;
	} else if (order->kind == MARKED_FLOAT) {
		chunk->order = isfinite(order->number) ? order->number : 0;
		chunk->order_kind = ORDER_FRACTION;
	} else if (order->kind == MARKED_BOOL) {
		chunk->order = order->boolean;
	} else if (str_is(order->source, "last")) {
		chunk->order_kind = ORDER_LAST;
	} else if (!str_is(order->source, "first")) {
		chunk->order_kind = ORDER_NONE;
	}
	chunk->name_number = (uint32_t)name_number;
}

/* What has no number comes behind the highest that was met on the way, in steps of a hundred. */
static void orders_settle(struct low_list *low)
{
	double cap = 1;

	for (size_t i = 0; i < low->n; i++) {
		const struct chunk *chunk = low->items[i];
		if (chunk->order_kind == ORDER_GIVEN && chunk->order > cap - 1 && chunk->order > 0)
			cap = chunk->order + 100;
	}
	for (size_t i = 0; i < low->n; i++) {
		struct chunk *chunk = low->items[i];
		if (chunk->order_kind == ORDER_NONE)
			chunk->order = cap;
		else if (chunk->order_kind == ORDER_LAST)
			chunk->order = cap + 1000000;
		chunk->order += chunk->name_number / 10000.0;
		if (chunk->order < 0)
			chunk->order += cap + 1000000;
	}
}

static int chunk_compare(const void *a, const void *b)
{
	const struct chunk *left = *(struct chunk *const *)a, *right = *(struct chunk *const *)b;

	if (left->order < right->order || left->order > right->order)
		return left->order < right->order ? -1 : 1;
	autofree char *left_text = xasprintf("%s%s%s", left->state, left->name, left->fun);
	autofree char *right_text = xasprintf("%s%s%s", right->state, right->name, right->fun);
	int order = strcmp(left_text, right_text);
	if (order)
		return order;
	return left->position < right->position ? -1 : 1;
}

/* ---- chunks ---- */

static void chunk_make(struct making *making, const char *name, const struct marked *overrides,
		       size_t name_number)
{
	struct high *high = making->high;
	const struct declaration *declaration = making->declaration;
	struct chunk *chunk = heap_alloc(high->heap, sizeof(*chunk));
	const char *fun = declaration->functions.n ? declaration->functions.items[0].name : "";

	*chunk = (struct chunk){
		.state = declaration->state,
		.fun = fun,
		.id = declaration->id->id,
		.name = declaration->id->id,
		.sls = declaration->id->sls,
		.at = declaration->at,
		.position = making->low->n,
	};
	const char *full = heap_printf(high->heap, "%s.%s", chunk->state, fun);
	chunk->def = state_find(high->options->states, full);
	making->order = NULL;
	making->name = NULL;
	vec_foreach(arg, &declaration->args)
		arg_take(making, chunk, arg);
	vec_foreach(requisite, &declaration->required)
		requisites_add(chunk, *requisite);
	making->name = name;
	if (name)
		chunk->name = name;
	if (overrides)
		overrides_take(making, chunk, overrides);
	order_take(making, chunk, name_number);
	low_add(making->low, chunk);
	making->n_made++;
	if (declaration->functions.n == 1)
		chunk_check(high, chunk, making->n_made > 1 && !overrides);
}

static bool name_is_new(struct map *names, const char *name)
{
	if (map_has(names, name))
		return false;
	map_set(names, name, names);
	return true;
}

/* "- nginx", or "- nginx: [ {enable: true} ]" */
static void name_take(struct making *making, struct map *names, const struct marked *item)
{
	const struct marked *name = item, *overrides = NULL;

	if (item->kind == MARKED_MAP && item->map.n) {
		name = item->map.items[0].key;
		overrides = item->map.items[0].value;
	}
	if (name->kind != MARKED_STRING) {
		compile_error(
			making->high, name->at,
			"ID '%.*s' in SLS '%s' is not formed as a string, but is %s: quote it",
			STR_ARG(name->source), making->declaration->id->sls,
			marked_kind_name(name->kind));
		return;
	}
	if (overrides && overrides->kind != MARKED_LIST) {
		compile_error(
			making->high, overrides->at,
			"The arguments of name '%s' in state '%s' in SLS '%s' need to be formed as a "
			"list",
			name->text.ptr, making->declaration->id->id, making->declaration->id->sls);
		return;
	}
	if (making->low->n >= LIMIT_STATES)
		compile_error(making->high, making->declaration->id->at, "more than %d states",
			      LIMIT_STATES);
	else if (name_is_new(names, name->text.ptr))
		chunk_make(making, name->text.ptr, overrides, names->n);
}

static void declaration_to_low(struct high *high, const struct declaration *declaration,
			       struct low_list *low)
{
	struct making making = {.high = high, .declaration = declaration, .low = low};
	automap struct map names = {0};
	bool has_names = false;

	vec_foreach(arg, &declaration->args) {
		if (!text_eq(arg->name, "names") || arg->value->kind != MARKED_LIST)
			continue;
		for (size_t i = 0; i < arg->value->list.n; i++)
			name_take(&making, &names, arg->value->list.items[i]);
		has_names |= arg->value->list.n > 0;
	}
	if (!has_names)
		chunk_make(&making, NULL, NULL, 0);
}

void high_to_low(struct high *high, struct low_list *low)
{
	for (size_t i = 0; i < high->ids.n; i++) {
		const struct high_id *id = high->ids.items[i];
		for (size_t n = 0; !id->is_excluded && n < id->declarations.n; n++) {
			if (low->n >= LIMIT_STATES) {
				compile_error(high, id->at, "more than %d states", LIMIT_STATES);
				return;
			}
			declaration_to_low(high, id->declarations.items[n], low);
		}
	}
	orders_settle(low);
	vec_sort(low, chunk_compare); /* NOLINT(bugprone-sizeof-expression): of pointers */
}
