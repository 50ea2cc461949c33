/* run_call.c - one call of one state: conditions, the state, check_cmd, retry.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/vec.h"
#include "state/arguments.h"
#include "state/run_private.h"
#include "value/list.h"
#include "value/yaml.h"

#include "base/banned.h"

struct retry { /* Salt's documentation: "Retrying States" */
	bool until;
	int64_t attempts, interval, splay;
};

/* ---- umask ---- */

static bool umask_of(const struct chunk *chunk, mode_t *ret_mask)
{
	vec_foreach(arg, &chunk->args) {
		uint32_t mask;
		if (!text_eq(arg->name, "umask") || !str_to_octal(arg->value->source, &mask) ||
		    mask > 0777)
			continue;
		*ret_mask = mask;
		return true;
	}
	return false;
}

/* ---- one attempt ---- */

static void state_act(struct state_call *call, const struct watching *watching,
		      struct outcome *outcome)
{
	const struct state_def *def = call->chunk->def;
	mode_t mask, old = 0;
	bool has_mask = umask_of(call->chunk, &mask);

	if (watching && !def->mod_watch) {
		outcome_fail(outcome,
			     "State '%s.mod_watch' was not found in SLS '%s'\nReason: "
			     "'%s.mod_watch' is not available.\n",
			     call->chunk->state, call->sls, call->chunk->state);
		return;
	}
	if (has_mask)
		old = umask(mask);
	if (watching)
		def->mod_watch(call, outcome);
	else
		def->apply(call, outcome);
	if (has_mask)
		umask(old);
}

static void attempt(struct state_run *run, const struct chunk *chunk, bool is_test,
		    const struct watching *watching, struct outcome *outcome)
{
	struct state_call call = {
		.world = run->world,
		.heap = run->heap,
		.name = chunk->name,
		.id = chunk->id,
		.sls = chunk->sls,
		.fun = chunk->fun,
		.args = chunk->decoded,
		.extra = chunk->extra,
		.at = chunk->at,
		.is_test = is_test,
		.changed = watching ? watching->changed : NULL,
		.n_changed = watching ? watching->n_changed : 0,
		.chunk = chunk,
		.run = run,
	};
	bool was_test = run->world->is_test;

	if (!conditions_skip(run, chunk, outcome)) {
		/* for what a state asks the world: commands, templates */
		run->world->is_test = is_test;
		state_act(&call, watching, outcome);
		run->world->is_test = was_test;
	}
	if (chunk->when.check_cmd && !is_test)
		check_commands_run(run, chunk, outcome);
}

/* ---- results ---- */

static struct result *outcome_result(struct state_run *run, const struct chunk *chunk,
				     const struct outcome *outcome)
{
	struct result *result = result_new(run, chunk, outcome->result, "%s", "");

	result->comment = (struct str){heap_strdup(run->heap, buf_str(&outcome->comment)),
				       outcome->comment.len};
	if (outcome->changes.kind == VALUE_DICT)
		result->changes = outcome->changes;
	result->skip_watch = outcome->skip_watch;
	result->did_not_run = outcome->did_not_run;
	result->warnings = outcome->warnings;
	return result;
}

static double elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t us = (now.tv_sec - since->tv_sec) * INT64_C(1000000) +
		     (now.tv_nsec - since->tv_nsec) / 1000;
	return (double)us / 1000.0; /* whole microseconds, so that it prints with three digits */
}

static struct result *attempt_result(struct state_run *run, const struct chunk *chunk, bool is_test,
				     const struct watching *watching)
{
	struct timespec begun, started;
	struct outcome outcome = {0};

	clock_gettime(CLOCK_MONOTONIC, &begun);
	clock_gettime(CLOCK_REALTIME, &started);
	attempt(run, chunk, is_test, watching, &outcome);
	struct result *result = outcome_result(run, chunk, &outcome);
	result->started = started;
	result->duration_ms = elapsed_ms(&begun);
	outcome_done(&outcome);
	return result;
}

static void pillar_reload(struct state_run *run, const struct chunk *chunk, struct result *result)
{
	autoerr struct err err = {0};

	if (!chunk->when.reload_pillar || !run->world->reload_pillar || run->world->is_test)
		return;
	if (run->world->reload_pillar(run->world, &err)) {
		result->result = RESULT_FALSE;
		result->comment =
			str_of(heap_printf(run->heap, "%.*s\nthe pillar cannot be read again: %s",
					   STR_ARG(result->comment), err_text(&err)));
	}
	world_share(run->world);
}

/* ---- retry ---- */

static void retry_number(const struct marked *node, const char *name, int64_t *number)
{
	const struct marked *given = marked_get(node, name);

	if (given && given->kind == MARKED_INT)
		*number = given->integer;
	else if (given && given->kind == MARKED_BOOL) /* an integer to Python */
		*number = given->boolean;
}

/* What is no mapping, or no number, means the defaults. */
static struct retry retry_read(const struct marked *node)
{
	struct retry retry = {.until = true, .attempts = 2, .interval = 30, .splay = 0};
	const struct marked *until = marked_get(node, "until");

	if (until && until->kind == MARKED_BOOL)
		retry.until = until->boolean;
	retry_number(node, "attempts", &retry.attempts);
	retry_number(node, "interval", &retry.interval);
	retry_number(node, "splay", &retry.splay);
	return retry;
}

static const char *result_word(enum outcome_result result)
{
	static const char *const words[] = {
		[RESULT_TRUE] = "True", [RESULT_FALSE] = "False", [RESULT_NONE] = "None"};

	return words[result];
}

/* Waits, but not for a whole interval once SIGTERM came. */
static bool retry_wait(const struct state_run *run, int64_t seconds)
{
	const struct timespec step = {.tv_nsec = 100000000};

	for (int64_t i = 0; i < seconds * 10; i++) {
		if (run_must_stop(run))
			return false;
		nanosleep(&step, NULL);
	}
	return !run_must_stop(run);
}

static int64_t splay_of(int64_t max)
{
	uint64_t bytes;

	random_bytes(&bytes, sizeof(bytes));
	return (int64_t)(bytes % ((uint64_t)max + 1));
}

static void retry_tell(struct state_run *run, const struct retry *retry, struct result *result)
{
	result->comment = str_of(heap_printf(
		run->heap,
		"%.*s  The state would be retried every %lld seconds (with a splay of up to %lld "
		"seconds) a maximum of %lld times or until a result of %s is returned",
		STR_ARG(result->comment), (long long)retry->interval, (long long)retry->splay,
		(long long)retry->attempts, retry->until ? "True" : "False"));
}

static struct result *retry_run(struct state_run *run, const struct chunk *chunk,
				const struct watching *watching, struct result *first)
{
	struct retry retry = retry_read(chunk->when.retry);
	enum outcome_result wanted = retry.until ? RESULT_TRUE : RESULT_FALSE;
	autobuf struct buf said = {0};
	struct result *result = first;
	double duration_ms = first->duration_ms;

	if (run->world->is_test) {
		retry_tell(run, &retry, first);
		return first;
	}
	for (int64_t n = 1; result->result != wanted && n < retry.attempts; n++) {
		int64_t interval = retry.interval;
		if (retry.splay > 0)
			interval += splay_of(retry.splay);
		buf_printf(&said,
			   "Attempt %lld: Returned a result of \"%s\", with the following comment: "
			   "\"%.*s\"\n",
			   (long long)n, result_word(result->result), STR_ARG(result->comment));
		if (!retry_wait(run, interval))
			break;
		result = attempt_result(run, chunk, false, watching);
		run->run_num++;
		pillar_reload(run, chunk, result);
		duration_ms += result->duration_ms + (double)interval * 1000;
	}
	buf_append_str(&said, result->comment);
	result->comment = (struct str){heap_strdup(run->heap, buf_str(&said)), said.len};
	result->duration_ms = duration_ms;
	result->started = first->started;
	return result;
}

struct result *chunk_call(struct state_run *run, struct chunk *chunk, bool is_trial,
			  const struct watching *watching)
{
	struct result *result =
		attempt_result(run, chunk, is_trial || run->world->is_test, watching);

	if (is_trial)
		return result;
	run->run_num++;
	pillar_reload(run, chunk, result);
	if (chunk->when.retry)
		result = retry_run(run, chunk, watching, result);
	return result;
}

/* ---- one state from inside another ---- */

int state_apply_one(struct world *world, const struct state_def *def, const char *name,
		    struct dict *args, struct outcome *ret_outcome, struct err *err)
{
	struct heap *heap = world->heap;
	struct diags findings = {0};
	size_t n = 0;
	const char *dot = strchr(def->name, '.');
	struct argument *arguments =
		heap_alloc(heap, ((args ? args->n : 0) + 1) * sizeof(*arguments));
	struct state_call call = {
		.world = world,
		.heap = heap,
		.name = name,
		.id = name,
		.sls = "",
		.fun = dot ? dot + 1 : def->name,
		.is_test = world->is_test,
	};

	if (args) {
		dict_foreach(entry, args) if (value_is_string(entry->key) &&
					      !str_is(value_bytes(entry->key), "name"))
			arguments[n++] = (struct argument){
				heap_strdup(heap, value_bytes(entry->key)), entry->value, {0}};
	}
	const struct arguments given = {.items = arguments, .n = n};
	int status = arguments_decode(world, def, &given, &findings, &call.args, &call.extra);
	if (status) {
		vec_foreach(finding, &findings)
			if (finding->severity == DIAG_ERROR && !err_is_set(err))
				status = err_set(err, ERR_INPUT, "%s", finding->message);
	} else {
		def->apply(&call, ret_outcome);
	}
	diags_clear(&findings);
	return status;
}
