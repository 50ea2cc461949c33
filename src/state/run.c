/* run.c - runs a low list and keeps what came of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/run.h"

#include "base/vec.h"
#include "state/limits.h"
#include "state/run_private.h"
#include "value/list.h"

#include "base/banned.h"

bool result_has_changes(const struct result *result)
{
	return result->changes.kind == VALUE_DICT && result->changes.dict->n > 0;
}

bool run_must_stop(const struct state_run *run)
{
	return run->world->stop && *run->world->stop;
}

struct result *result_new(struct state_run *run, const struct chunk *chunk,
			  enum outcome_result result, const char *fmt, ...)
{
	struct result *made = heap_alloc(run->heap, sizeof(*made));
	autobuf struct buf text = {0};
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	*made = (struct result){
		.state = chunk->state,
		.id = chunk->id,
		.name = chunk->name,
		.fun = chunk->fun,
		.sls = chunk->sls,
		.result = result,
		.comment = {heap_strdup(run->heap, buf_str(&text)), text.len},
		.changes = value_of_dict(dict_new(run->heap)),
		.run_num = run->run_num,
		.duration_ms = 0.001,
	};
	clock_gettime(CLOCK_REALTIME, &made->started);
	return made;
}

void result_set(struct state_run *run, struct chunk *chunk, struct result *result)
{
	if (chunk->result)
		return;
	chunk->result = result;
	vec_push(run->results, result); /* NOLINT(bugprone-sizeof-expression): of pointers */
	if (run->told)
		run->told(run->told_arg, result);
}

/* onfail_stop: false on a state that ran well: the failures that it is for do not count. */
static void failures_forgive(const struct low_list *low)
{
	for (size_t i = 0; i < low->n; i++) {
		const struct chunk *chunk = low->items[i];
		if (!chunk->when.handles_failure || !chunk->result ||
		    chunk->result->result == RESULT_FALSE || chunk->result->did_not_run)
			continue;
		vec_foreach(requisite, &chunk->requisites) {
			if (requisite->kind != REQ_ONFAIL && requisite->kind != REQ_ONFAIL_ANY &&
			    requisite->kind != REQ_ONFAIL_ALL)
				continue;
			for (size_t n = 0; n < requisite->targets.n; n++)
				if (requisite->targets.items[n]->result)
					requisite->targets.items[n]->result->is_handled = true;
		}
	}
}

void low_run(struct world *world, struct low_list *low, result_fn *told, void *arg,
	     struct results *ret_results)
{
	struct state_run run = {
		.world = world,
		.heap = world->heap,
		.results = ret_results,
		.told = told,
		.told_arg = arg,
		.looks_left = LIMIT_LOOKS * (low->n + LIMIT_LOOKS),
	};
	const struct value *fails_hard = dict_get(world->opts, "failhard");

	if (ret_results->n) /* a run behind others counts on */
		run.run_num = ret_results->items[ret_results->n - 1]->run_num + 1;
	run.fails_hard = fails_hard && fails_hard->kind == VALUE_BOOL && fails_hard->boolean;

	for (size_t i = 0; i < low->n && !run.is_failhard; i++) {
		struct chunk *chunk = low->items[i];
		if (run_must_stop(&run))
			break;
		if (!chunk->result)
			chunk_run(&run, chunk, 0);
		if (chunk_failed_hard(&run, chunk))
			run.is_failhard = true;
		vec_foreach(active, &run.active)
			(*active)->is_active = false;
		run.active.n = 0;
	}
	if (!run_must_stop(&run))
		listeners_run(&run, low);
	failures_forgive(low);
	ret_results->was_stopped = run_must_stop(&run) || run.is_failhard;
	vec_done(&run.active);
}

void results_done(struct results *results)
{
	vec_done(results);
	vec_foreach(text, &results->errors)
		free(*text);
	vec_done(&results->errors);
}

bool results_failed(const struct results *results)
{
	if (results->errors.n)
		return true;
	for (size_t i = 0; i < results->n; i++)
		if (results->items[i]->result == RESULT_FALSE && !results->items[i]->is_handled)
			return true;
	return false;
}

bool results_pending(const struct results *results)
{
	for (size_t i = 0; i < results->n; i++)
		if (results->items[i]->result == RESULT_NONE)
			return true;
	return false;
}
