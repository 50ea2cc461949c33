/* run_chunk.c - one state with its requisites: who runs first, and whether it runs at all.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A state that another one holds as prereq is "prerequired": it is tried in test mode before the
 * holder runs, and runs itself behind it. Requisites that did not run yet are run now, kind by kind
 * in the order of `pulled`, as they are written; then the state is looked at again. Salt's
 * documentation, "Requisites and other global state arguments". */
#include "base/vec.h"
#include "state/limits.h"
#include "state/run_private.h"

#include "base/banned.h"

enum requisite_status {
	STATUS_MET,
	STATUS_UNMET, /* something did not run yet, or is not there */
	STATUS_FAIL,
	STATUS_PRE, /* prereq: nothing would change */
	STATUS_ONFAIL,
	STATUS_ONCHANGES,
	STATUS_CHANGE, /* watch: something changed */
};

/* What was seen among the targets of one kind, or of all. */
enum {
	SEEN_UNMET = 1,
	SEEN_FAIL = 2,
	SEEN_PRE = 4,
	SEEN_PREMET = 8,
	SEEN_ONFAIL = 16,
	SEEN_ONCHANGES = 32,
	SEEN_ONCHANGES_MET = 64,
	SEEN_CHANGE = 128,
	SEEN_MET = 256,
};

/* The order in which requisites are pulled forward and told as lost. */
static const enum requisite_kind pulled[] = {
	REQ_REQUIRE, REQ_REQUIRE_ANY, REQ_WATCH,      REQ_WATCH_ANY, REQ_PREREQ,
	REQ_ONFAIL,  REQ_ONFAIL_ANY,  REQ_ONFAIL_ALL, REQ_ONCHANGES, REQ_ONCHANGES_ANY,
};

/* A watch of a state that cannot react is a require. */
static enum requisite_kind kind_of(const struct chunk *chunk, const struct requisite *requisite)
{
	if (chunk->def && chunk->def->mod_watch)
		return requisite->kind;
	if (requisite->kind == REQ_WATCH)
		return REQ_REQUIRE;
	return requisite->kind == REQ_WATCH_ANY ? REQ_REQUIRE_ANY : requisite->kind;
}

static bool is_onfail(enum requisite_kind kind)
{
	return kind == REQ_ONFAIL || kind == REQ_ONFAIL_ANY || kind == REQ_ONFAIL_ALL;
}

static bool is_any(enum requisite_kind kind)
{
	return kind == REQ_REQUIRE_ANY || kind == REQ_WATCH_ANY || kind == REQ_ONCHANGES_ANY ||
	       kind == REQ_ONFAIL_ANY || kind == REQ_ONFAIL;
}

/* ---- what the targets say ---- */

static unsigned target_seen(enum requisite_kind kind, const struct chunk *target)
{
	const struct result *result = kind == REQ_PREREQ ? target->trial : target->result;
	bool changed = result && result_has_changes(result);

	if (!result)
		return SEEN_UNMET;
	if (is_onfail(kind) && result->result == RESULT_TRUE)
		return SEEN_ONFAIL;
	if (!is_onfail(kind) && result->result == RESULT_FALSE)
		return SEEN_FAIL;
	if (kind == REQ_ONCHANGES || kind == REQ_ONCHANGES_ANY)
		return changed ? SEEN_ONCHANGES_MET : SEEN_ONCHANGES;
	if ((kind == REQ_WATCH || kind == REQ_WATCH_ANY) && changed)
		return SEEN_CHANGE;
	if (kind == REQ_PREREQ && result->result != RESULT_NONE)
		return SEEN_PRE;
	return (kind == REQ_PREREQ ? SEEN_PREMET : 0) | (result->did_not_run ? 0 : SEEN_MET);
}

static unsigned kind_judge(enum requisite_kind kind, unsigned seen)
{
	if (is_any(kind)) {
		if (seen & (SEEN_MET | SEEN_CHANGE | SEEN_ONCHANGES_MET))
			seen &= ~(unsigned)SEEN_FAIL;
		if (seen & SEEN_ONCHANGES_MET)
			seen &= ~(unsigned)SEEN_ONCHANGES;
		if (seen & SEEN_MET)
			seen &= ~(unsigned)SEEN_ONFAIL;
	}
	if (kind == REQ_ONFAIL_ALL && (seen & SEEN_ONFAIL))
		seen &= ~(unsigned)SEEN_MET;
	return seen;
}

static enum requisite_status seen_status(unsigned seen)
{
	if (seen & SEEN_UNMET)
		return STATUS_UNMET;
	if (seen & SEEN_FAIL)
		return STATUS_FAIL;
	if (seen & SEEN_PRE)
		return seen & SEEN_PREMET ? STATUS_MET : STATUS_PRE;
	if ((seen & SEEN_ONFAIL) && !(seen & SEEN_ONCHANGES_MET))
		return STATUS_ONFAIL;
	if ((seen & SEEN_ONCHANGES) && !(seen & SEEN_ONCHANGES_MET))
		return STATUS_ONCHANGES;
	if (seen & SEEN_CHANGE)
		return STATUS_CHANGE;
	return seen & SEEN_ONFAIL ? STATUS_ONFAIL : STATUS_MET;
}

static bool is_waited_for(const struct requisite *requisite)
{
	return requisite->kind < REQ_LISTEN;
}

static enum requisite_status requisites_status(const struct chunk *chunk, bool with_prerequired)
{
	unsigned all = 0;

	for (size_t k = 0; k < ARRAY_LEN(pulled); k++) {
		unsigned seen = 0;
		vec_foreach(requisite, &chunk->requisites) {
			if (!is_waited_for(requisite) || kind_of(chunk, requisite) != pulled[k])
				continue;
			if (!requisite->targets.n)
				return STATUS_UNMET;
			for (size_t i = 0; i < requisite->targets.n; i++)
				seen |= target_seen(pulled[k], requisite->targets.items[i]);
		}
		all |= kind_judge(pulled[k], seen);
	}
	for (size_t i = 0; with_prerequired && i < chunk->prerequired.n; i++) {
		const struct result *result = chunk->prerequired.items[i]->result;
		all |= !result ? SEEN_UNMET : result->result == RESULT_FALSE ? SEEN_FAIL : 0;
	}
	return seen_status(all);
}

/* ---- results that the state itself does not give ---- */

static void lost_write(const struct chunk *chunk, struct buf *buf)
{
	for (size_t k = 0; k < ARRAY_LEN(pulled); k++) {
		bool has_title = false;
		vec_foreach(requisite, &chunk->requisites) {
			if (!is_waited_for(requisite) || requisite->targets.n ||
			    kind_of(chunk, requisite) != pulled[k])
				continue;
			if (!has_title)
				buf_printf(buf, "%19s%s:\n", "", requisite_names[pulled[k]]);
			has_title = true;
			buf_printf(buf, "%23s%s: %s\n", "",
				   requisite->module ? requisite->module : "id",
				   requisite->pattern);
		}
	}
}

static bool lost_told(struct state_run *run, struct chunk *chunk)
{
	autobuf struct buf lost = {0};

	lost_write(chunk, &lost);
	if (!lost.len)
		return false;
	struct result *result =
		result_new(run, chunk, RESULT_FALSE, "The following requisites were not found:\n%s",
			   buf_text(&lost));
	run->run_num++;
	if (chunk->is_trial)
		chunk->trial = result;
	else
		result_set(run, chunk, result);
	return true;
}

static void failed_add(struct buf *buf, struct map *names, const struct chunk *target)
{
	const struct result *result = target->trial ? target->trial : target->result;
	autofree char *name = xasprintf("%s.%s", target->sls, target->id);

	if (!result || result->result != RESULT_FALSE || map_has(names, name))
		return;
	map_set(names, name, names);
	buf_printf(buf, "%s%s", buf->len ? ", " : "", name);
}

static void failed_write(const struct chunk *chunk, struct buf *buf)
{
	automap struct map names = {0};

	for (size_t k = 0; k < ARRAY_LEN(pulled); k++)
		vec_foreach(requisite, &chunk->requisites) {
			if (!is_waited_for(requisite) || kind_of(chunk, requisite) != pulled[k])
				continue;
			for (size_t i = 0; i < requisite->targets.n; i++)
				failed_add(buf, &names, requisite->targets.items[i]);
		}
	for (size_t i = 0; !chunk->is_trial && i < chunk->prerequired.n; i++)
		failed_add(buf, &names, chunk->prerequired.items[i]);
}

/* It was tried for a prereq whose holder failed: what it would have done is told, and not done. */
static void failed_told(struct state_run *run, struct chunk *chunk)
{
	autobuf struct buf names = {0};
	struct result *result = chunk->trial;

	if (result) {
		result->changes = value_of_dict(dict_new(run->heap));
		result->run_num = run->run_num;
	} else {
		failed_write(chunk, &names);
		result = result_new(run, chunk, RESULT_FALSE, "One or more requisite failed: %s",
				    buf_text(&names));
		chunk->trial = result;
	}
	run->run_num++;
	result_set(run, chunk, result);
}

static void recursion_told(struct state_run *run, struct chunk *chunk)
{
	result_set(run, chunk, result_new(run, chunk, RESULT_FALSE, "Recursive requisite found"));
}

static void skipped_told(struct state_run *run, struct chunk *chunk, const char *comment)
{
	struct result *result = result_new(run, chunk, RESULT_TRUE, "%s", comment);

	result->did_not_run = true;
	run->run_num++;
	chunk->trial = result;
	result_set(run, chunk, result);
}

static void unchanged_told(struct state_run *run, struct chunk *chunk)
{
	struct result *result = result_new(run, chunk, RESULT_TRUE, "No changes detected");

	run->run_num++;
	chunk->trial = result;
	result_set(run, chunk, result);
}

/* ---- the state itself ---- */

static void changes_collect(struct state_run *run, const struct chunk *chunk,
			    struct watching *watching)
{
	size_t n = 0, cap = 0;
	struct requisite_change *changed;

	vec_foreach(requisite, &chunk->requisites)
		cap += requisite->targets.n;
	changed = heap_alloc(run->heap, (cap + 1) * sizeof(*changed));
	vec_foreach(requisite, &chunk->requisites) {
		if (requisite->kind != REQ_WATCH && requisite->kind != REQ_WATCH_ANY)
			continue;
		for (size_t i = 0; i < requisite->targets.n; i++) {
			const struct chunk *target = requisite->targets.items[i];
			if (target->result && result_has_changes(target->result))
				changed[n++] =
					(struct requisite_change){target->state, target->id,
								  requisite->kind == REQ_WATCH_ANY};
		}
	}
	*watching = (struct watching){changed, n};
}

static void chunk_call_now(struct state_run *run, struct chunk *chunk, bool has_changed)
{
	if (chunk->is_trial) {
		chunk->trial = chunk_call(run, chunk, true, NULL);
		chunk->is_trial = false;
		return;
	}
	struct result *result = chunk_call(run, chunk, false, NULL);
	if (has_changed && !result_has_changes(result) && !result->skip_watch) {
		struct watching watching;
		changes_collect(run, chunk, &watching);
		result = chunk_call(run, chunk, false, &watching);
	}
	result_set(run, chunk, result);
}

/* ---- what has to run first ---- */

bool chunk_failed_hard(const struct state_run *run, const struct chunk *chunk)
{
	bool is_hard = chunk->when.has_failhard ? chunk->when.failhard : run->fails_hard;

	return !run->world->is_test && is_hard && chunk->result &&
	       chunk->result->result == RESULT_FALSE;
}

/* False: the state that asks is done with, as it is. */
static bool target_run(struct state_run *run, struct chunk *chunk, struct chunk *target)
{
	if (target->result)
		return true;
	if (!target->is_active) {
		chunk_run(run, target, 0);
		if (chunk_failed_hard(run, target))
			run->is_failhard = true;
		return !run->is_failhard && !run_must_stop(run);
	}
	if (!target->is_prerequired) {
		recursion_told(run, chunk);
		run->run_num++;
		return false;
	}
	/* The prereq's holder is waiting for this one's trial. */
	if (!chunk->trial) {
		target->trial = chunk_call(run, chunk, true, NULL);
		chunk->is_trial = false;
	}
	return false;
}

/* All targets are marked before the first of them runs: those of a prereq are only tried. */
static void targets_mark(struct chunk *chunk, bool was_trial)
{
	vec_foreach(requisite, &chunk->requisites) {
		for (size_t i = 0; requisite->kind == REQ_PREREQ && i < requisite->targets.n; i++)
			requisite->targets.items[i]->is_trial = true;
	}
	for (size_t i = 0; !was_trial && i < chunk->prerequired.n; i++)
		chunk->prerequired.items[i]->is_prerequired = true;
}

static bool requisites_run(struct state_run *run, struct chunk *chunk)
{
	bool was_trial = chunk->is_trial;

	targets_mark(chunk, was_trial);
	for (size_t k = 0; k < ARRAY_LEN(pulled); k++)
		vec_foreach(requisite, &chunk->requisites) {
			if (!is_waited_for(requisite) || kind_of(chunk, requisite) != pulled[k])
				continue;
			for (size_t i = 0; i < requisite->targets.n; i++)
				if (!target_run(run, chunk, requisite->targets.items[i]))
					return false;
		}
	for (size_t i = 0; !was_trial && i < chunk->prerequired.n; i++)
		if (!target_run(run, chunk, chunk->prerequired.items[i]))
			return false;
	return true;
}

/* Tried although something that it watches changed: then it would react. */
static void trial_run(struct state_run *run, struct chunk *chunk)
{
	enum requisite_status status = requisites_status(chunk, false);

	chunk_call_now(run, chunk, false);
	if (!result_has_changes(chunk->trial) && status == STATUS_CHANGE) {
		dict_set(run->heap, chunk->trial->changes.dict, "watch", value_literal("watch"));
		chunk->trial->result = RESULT_NONE;
	}
}

static void chunk_pull(struct state_run *run, struct chunk *chunk, unsigned again)
{
	if (lost_told(run, chunk) || !requisites_run(run, chunk))
		return;
	if (chunk->is_trial)
		trial_run(run, chunk);
	else if (again >= LIMIT_LOOKS)
		recursion_told(run, chunk);
	else
		chunk_run(run, chunk, again + 1);
}

static void chunk_judge(struct state_run *run, struct chunk *chunk, enum requisite_status status,
			unsigned again)
{
	switch (status) {
	case STATUS_UNMET: chunk_pull(run, chunk, again); break;
	case STATUS_FAIL: failed_told(run, chunk); break;
	case STATUS_PRE: unchanged_told(run, chunk); break;
	case STATUS_ONFAIL:
		skipped_told(run, chunk, "State was not run because onfail req did not change");
		break;
	case STATUS_ONCHANGES:
		skipped_told(run, chunk,
			     "State was not run because none of the onchanges reqs changed");
		break;
	case STATUS_MET:
	case STATUS_CHANGE: chunk_call_now(run, chunk, status == STATUS_CHANGE); break;
	}
}

static void active_add(struct state_run *run, struct chunk *chunk)
{
	chunk->is_active = true;
	vec_push(&run->active, chunk); /* NOLINT(bugprone-sizeof-expression): of pointers */
}

void chunk_run(struct state_run *run, struct chunk *chunk, unsigned again)
{
	if (!chunk->prerequired.n && !chunk->is_active)
		active_add(run, chunk);
	if (run->depth >= LIMIT_REQUISITE_DEPTH || !run->looks_left) {
		recursion_told(run, chunk);
		return;
	}
	run->looks_left--;
	run->depth++;
	chunk_judge(run, chunk, requisites_status(chunk, !chunk->is_trial), again);
	run->depth--;
}
