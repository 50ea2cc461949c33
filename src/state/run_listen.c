/* run_listen.c - listen and listen_in: what reacts to changes once everything has run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/run_private.h"

#include "base/banned.h"

struct listening {
	struct state_run *run;
	const struct low_list *low;
	struct { /* who reacts, each once */
		struct chunk **items;
		size_t n, cap;
	} listeners;
	struct { /* "Referenced state x: y does not exist" */
		struct result **items;
		size_t n, cap;
	} errors;
};

static bool chunk_is(const struct chunk *chunk, const char *module, const char *word)
{
	return text_eq(chunk->state, module) &&
	       (text_eq(chunk->id, word) || text_eq(chunk->name, word));
}

static bool exists(const struct listening *listening, const char *module, const char *word)
{
	for (size_t i = 0; i < listening->low->n; i++)
		if (chunk_is(listening->low->items[i], module, word))
			return true;
	return false;
}

static void missing_told(struct listening *listening, const struct chunk *from, const char *module,
			 const char *word)
{
	struct heap *heap = listening->run->heap;
	struct result *result = result_new(listening->run, from, RESULT_FALSE,
					   "Referenced state %s: %s does not exist", module, word);

	result->has_no_state = true;
	result->state = "Listen_Error";
	result->fun = "Listen_Error";
	result->id = heap_printf(heap, "listen_%s", word);
	result->name = heap_printf(heap, "listen_%s:%s", module, word);
	result->name_of_tag = heap_printf(heap, "listen_%s", module);
	vec_foreach(other, &listening->errors)
		if (text_eq((*other)->id, result->id) && text_eq((*other)->name, result->name))
			return;
	vec_push(&listening->errors, result); /* NOLINT(bugprone-sizeof-expression): of pointers */
}

static void listener_add(struct listening *listening, struct chunk *chunk)
{
	vec_foreach(other, &listening->listeners)
		if (*other == chunk)
			return;
	vec_push(&listening->listeners, chunk); /* NOLINT(bugprone-sizeof-expression) */
}

/* All states of that module and ID (or name) listen. */
static void listeners_add(struct listening *listening, const struct chunk *from, const char *module,
			  const char *word)
{
	if (!exists(listening, module, word))
		missing_told(listening, from, module, word);
	for (size_t i = 0; i < listening->low->n; i++)
		if (chunk_is(listening->low->items[i], module, word))
			listener_add(listening, listening->low->items[i]);
}

static bool has_changed(const struct listening *listening, const char *module, const char *word)
{
	for (size_t i = 0; i < listening->low->n; i++) {
		const struct chunk *chunk = listening->low->items[i];
		bool is_meant = module ? chunk_is(chunk, module, word)
				       : text_eq(chunk->id, word) || text_eq(chunk->name, word);
		if (is_meant && chunk->result && result_has_changes(chunk->result))
			return true;
	}
	return false;
}

static void listen_take(struct listening *listening, struct chunk *chunk,
			const struct requisite *requisite)
{
	const char *module = requisite->module, *word = requisite->pattern;

	if (requisite->kind == REQ_LISTEN && module && !exists(listening, module, word))
		missing_told(listening, chunk, module, word);
	else if (requisite->kind == REQ_LISTEN && has_changed(listening, module, word))
		listeners_add(listening, chunk, chunk->state, chunk->id);
	else if (requisite->kind == REQ_LISTEN_IN && chunk->result &&
		 has_changed(listening, chunk->state, chunk->id))
		listeners_add(listening, chunk, module ? module : "id", word);
}

static void listener_run(struct listening *listening, const struct chunk *chunk)
{
	struct state_run *run = listening->run;
	static const struct watching nobody;
	struct chunk *copy = heap_alloc(run->heap, sizeof(*copy));

	*copy = *chunk;
	copy->id = heap_printf(run->heap, "listener_%s", chunk->id);
	copy->fun = "mod_watch";
	copy->result = NULL;
	result_set(run, copy, chunk_call(run, copy, false, &nobody));
	if (chunk_failed_hard(run, copy))
		run->is_failhard = true;
}

/* Those of `listen` and `listen_in` as they are met, state by state. */
static void listeners_collect(struct listening *listening)
{
	const struct low_list *low = listening->low;

	for (size_t i = 0; i < low->n; i++)
		for (enum requisite_kind kind = REQ_LISTEN; kind <= REQ_LISTEN_IN; kind++)
			vec_foreach(requisite, &low->items[i]->requisites) {
				if (requisite->kind == kind)
					listen_take(listening, low->items[i], requisite);
			}
}

static void error_tell(struct state_run *run, struct result *error)
{
	error->run_num = run->run_num++;
	vec_push(run->results, error); /* NOLINT(bugprone-sizeof-expression): of pointers */
	if (run->told)
		run->told(run->told_arg, error);
}

void listeners_run(struct state_run *run, const struct low_list *low)
{
	struct listening listening = {.run = run, .low = low};

	listeners_collect(&listening);
	run->is_failhard = false;
	for (size_t i = 0; i < listening.listeners.n && !run->is_failhard && !run_must_stop(run);
	     i++)
		listener_run(&listening, listening.listeners.items[i]);
	vec_foreach(error, &listening.errors)
		error_tell(run, *error);
	vec_done(&listening.listeners);
	vec_done(&listening.errors);
}
