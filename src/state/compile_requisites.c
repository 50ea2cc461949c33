/* compile_requisites.c - from requisites to the states that they mean.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A pattern is a glob over IDs and names. Those without glob characters, nearly all, are found by a
 * table; the others look at every state. */
#include "base/vec.h"
#include "state/compile_private.h"
#include "state/limits.h"

#include "base/banned.h"

struct chunk_list {
	struct chunk **items;
	size_t n, cap;
};

struct linking {
	struct high *high;
	struct low_list *low;
	struct map by_text; /* ID or name → struct chunk_list *, in the order of the list */
	struct map by_sls;
	size_t n_links;
};

static void table_add(struct linking *linking, struct map *table, const char *key,
		      struct chunk *chunk)
{
	struct chunk_list *list = map_get(table, key);

	if (!list) {
		list = heap_alloc(linking->high->heap, sizeof(*list));
		map_set(table, key, list);
	}
	vec_push(list, chunk); /* NOLINT(bugprone-sizeof-expression): of pointers */
}

static void table_done(struct map *table)
{
	const char *key;
	void *value;

	for (size_t i = 0; map_next(table, &i, &key, &value);) {
		struct chunk_list *list = value;
		vec_done(list);
	}
	map_done(table);
}

static bool is_glob(const char *pattern)
{
	return pattern[strcspn(pattern, "*?[")] != '\0';
}

static bool chunk_matches(const struct chunk *chunk, const struct requisite *requisite)
{
	if (text_eq(requisite->module, "sls"))
		return str_glob(requisite->pattern, chunk->sls);
	if (requisite->module && !text_eq(requisite->module, chunk->state))
		return false;
	return str_glob(requisite->pattern, chunk->name) || str_glob(requisite->pattern, chunk->id);
}

static void prerequired_add(struct chunk *target, struct chunk *holder)
{
	vec_push(&target->prerequired, holder); /* NOLINT(bugprone-sizeof-expression) */
}

/* "*" and the whole SLS are all the others: nothing runs before itself. */
static bool is_itself(const struct chunk *chunk, const struct requisite *requisite,
		      const struct chunk *target)
{
	return requisite->kind == REQ_PREREQ && target == chunk &&
	       (is_glob(requisite->pattern) || text_eq(requisite->module, "sls"));
}

static void link_one(struct linking *linking, struct chunk *chunk, struct requisite *requisite,
		     struct chunk *target)
{
	if (is_itself(chunk, requisite, target) || linking->n_links++ >= LIMIT_REQUISITE_TARGETS)
		return;
	vec_push(&requisite->targets, target); /* NOLINT(bugprone-sizeof-expression): of pointers */
	if (requisite->kind == REQ_PREREQ)
		prerequired_add(target, chunk);
	if (requisite->kind <= REQ_WATCH_ANY && text_eq(chunk->state, "file") &&
	    text_eq(target->state, "file"))
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
		vec_push(&target->needed_by, chunk);
}

static void requisite_link(struct linking *linking, struct chunk *chunk,
			   struct requisite *requisite)
{
	bool is_sls = text_eq(requisite->module, "sls");

	if (is_glob(requisite->pattern)) {
		for (size_t i = 0; i < linking->low->n; i++)
			if (chunk_matches(linking->low->items[i], requisite))
				link_one(linking, chunk, requisite, linking->low->items[i]);
		return;
	}
	const struct chunk_list *list =
		map_get(is_sls ? &linking->by_sls : &linking->by_text, requisite->pattern);
	for (size_t i = 0; list && i < list->n; i++)
		if (is_sls || !requisite->module ||
		    text_eq(requisite->module, list->items[i]->state))
			link_one(linking, chunk, requisite, list->items[i]);
}

/* Listeners are looked up by themselves, at the end of the run. */
static bool is_linked(const struct requisite *requisite)
{
	return requisite->kind < REQ_LISTEN;
}

/* Two states that are each other's prereq can never begin. */
static void mutual_prereqs_told(struct high *high, const struct chunk *chunk, size_t i,
				const size_t *places)
{
	for (size_t n = 0; n < chunk->prerequired.n; n++) {
		const struct chunk *holder = chunk->prerequired.items[n];
		for (size_t m = 0; m < holder->prerequired.n; m++)
			if (holder->prerequired.items[m] == chunk && places[holder->position] <= i)
				compile_error(
					high, chunk->at,
					"A recursive requisite was found, SLS \"%s\" ID \"%s\" ID "
					"\"%s\"",
					chunk->sls, chunk->id, holder->id);
	}
}

static void prereqs_check(struct high *high, const struct low_list *low)
{
	autofree size_t *places = xcalloc(low->n + 1, sizeof(*places));

	for (size_t i = 0; i < low->n; i++)
		places[low->items[i]->position] = i;
	for (size_t i = 0; i < low->n; i++)
		mutual_prereqs_told(high, low->items[i], i, places);
}

void low_link(struct high *high, struct low_list *low)
{
	struct linking linking = {.high = high, .low = low};

	for (size_t i = 0; i < low->n; i++) {
		struct chunk *chunk = low->items[i];
		table_add(&linking, &linking.by_text, chunk->id, chunk);
		if (!text_eq(chunk->id, chunk->name))
			table_add(&linking, &linking.by_text, chunk->name, chunk);
		table_add(&linking, &linking.by_sls, chunk->sls, chunk);
	}
	for (size_t i = 0; i < low->n; i++)
		vec_foreach(requisite, &low->items[i]->requisites)
			if (is_linked(requisite))
				requisite_link(&linking, low->items[i], requisite);
	if (linking.n_links > LIMIT_REQUISITE_TARGETS)
		compile_error(high, (struct src_pos){0}, "requisites name more than %d states",
			      LIMIT_REQUISITE_TARGETS);
	prereqs_check(high, low);
	table_done(&linking.by_text);
	table_done(&linking.by_sls);
}

/* ---- for `check`: what apply would tell as results ---- */

static void missing_told(struct high *high, const struct chunk *chunk,
			 const struct requisite *requisite)
{
	compile_error(
		high, requisite->at,
		"The following requisites were not found: %s: %s: %s (of %s '%s' in SLS '%s')",
		requisite_names[requisite->kind], requisite->module ? requisite->module : "id",
		requisite->pattern, chunk->state, chunk->id, chunk->sls);
}

struct walk_step {
	struct chunk *chunk;
	size_t requisite, target, prerequired;
};
struct walk { /* depth first, with a stack of its own */
	struct walk_step *items;
	size_t n, cap;
};

enum { MARK_NEW, MARK_OPEN, MARK_DONE };

/* What has to run before the step's state, one by one; NULL: no more. */
static struct chunk *step_next(struct walk_step *step, struct src_pos *ret_at)
{
	const struct chunk *chunk = step->chunk;

	for (; step->requisite < chunk->requisites.n; step->requisite++, step->target = 0) {
		const struct requisite *requisite = &chunk->requisites.items[step->requisite];
		if (!is_linked(requisite) || requisite->kind == REQ_PREREQ ||
		    step->target >= requisite->targets.n)
			continue;
		*ret_at = requisite->at;
		return requisite->targets.items[step->target++];
	}
	*ret_at = chunk->at;
	return step->prerequired < chunk->prerequired.n
		       ? chunk->prerequired.items[step->prerequired++]
		       : NULL;
}

static void cycle_told(struct high *high, const struct walk *walk, const struct chunk *again,
		       struct src_pos at)
{
	autodiag struct diag diag = {0};
	bool is_inside = false;
	int n_told = 0;

	if (diags_errors(high->findings) >= LIMIT_ERRORS)
		return;
	diag_set(&diag, ERR_INPUT, at, "Recursive requisite found: %s '%s' in SLS '%s'",
		 again->state, again->id, again->sls);
	vec_foreach(step, walk) {
		is_inside |= step->chunk == again;
		if (is_inside && n_told++ < LIMIT_CYCLE)
			diag_note(&diag, step->chunk->at, "through %s '%s'", step->chunk->state,
				  step->chunk->id);
	}
	compile_quote(high, &diag);
	diags_take(high->findings, &diag);
}

static void walk_enter(struct walk *walk, struct chunk *chunk, uint8_t *marks)
{
	marks[chunk->position] = MARK_OPEN;
	vec_push(walk, {.chunk = chunk});
}

static void cycles_from(struct high *high, struct chunk *start, uint8_t *marks)
{
	struct walk walk = {0};

	walk_enter(&walk, start, marks);
	while (walk.n) {
		struct src_pos at;
		struct walk_step *top = &walk.items[walk.n - 1];
		struct chunk *next = step_next(top, &at);
		if (!next) {
			marks[top->chunk->position] = MARK_DONE;
			walk.n--;
		} else if (marks[next->position] == MARK_OPEN) {
			cycle_told(high, &walk, next, at);
		} else if (marks[next->position] == MARK_NEW) {
			walk_enter(&walk, next, marks);
		}
	}
	vec_done(&walk);
}

void low_check_requisites(struct high *high, struct low_list *low)
{
	autofree uint8_t *marks = xcalloc(low->n + 1, 1);

	for (size_t i = 0; i < low->n; i++)
		vec_foreach(requisite, &low->items[i]->requisites) {
			if (is_linked(requisite) && !requisite->targets.n)
				missing_told(high, low->items[i], requisite);
		}
	for (size_t i = 0; i < low->n; i++)
		if (marks[low->items[i]->position] == MARK_NEW)
			cycles_from(high, low->items[i], marks);
}
