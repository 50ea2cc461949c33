/* run_conditions.c - onlyif, unless, creates and check_cmd.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/vec.h"
#include "state/run_private.h"
#include "value/list.h"
#include "value/yaml.h"

#include "base/banned.h"

/* Several conditions: each says something; one that skips decides. */
struct verdict {
	bool skips;
	struct buf comment;
};

static void verdict_add(struct verdict *verdict, bool skips, const char *comment)
{
	if (verdict->comment.len)
		buf_putc(&verdict->comment, '\n');
	buf_puts(&verdict->comment, comment);
	verdict->skips |= skips;
}

/* ---- commands, with the state's own user, directory, environment ---- */

static bool is_left_out(const struct chunk *chunk, const char *name)
{
	const struct marked *list = chunk->when.cmd_opts_exclude;

	if (list && list->kind == MARKED_STRING)
		return text_eq(list->text.ptr, name);
	for (size_t i = 0; list && list->kind == MARKED_LIST && i < list->list.n; i++)
		if (str_is(list->list.items[i]->source, name))
			return true;
	return false;
}

static struct marked *option_node(const struct chunk *chunk, const char *name)
{
	if (!is_left_out(chunk, name))
		vec_foreach(arg, &chunk->args)
			if (text_eq(arg->name, name))
				return arg->value;
	return NULL;
}

static const char *option_text(struct state_run *run, const struct chunk *chunk, const char *name)
{
	const struct marked *node = option_node(chunk, name);

	if (!node || node->kind == MARKED_NULL)
		return NULL;
	return marked_text(&run->heap->arena, node).ptr;
}

/* {A: b}, or [{A: b}, …] */
static struct dict *option_env(struct state_run *run, const struct chunk *chunk)
{
	struct marked *node = option_node(chunk, "env");
	struct value v = node ? value_from_marked(run->heap, node) : value_none();
	struct dict *env;

	if (v.kind == VALUE_DICT)
		return v.dict;
	if (v.kind != VALUE_LIST)
		return NULL;
	env = dict_new(run->heap);
	for (size_t i = 0; i < v.list->n; i++)
		if (v.list->items[i].kind == VALUE_DICT)
			dict_update(run->heap, env, v.list->items[i].dict);
	return env;
}

static int option_timeout(const struct chunk *chunk)
{
	const struct marked *node = option_node(chunk, "timeout");
	double seconds = 0;

	if (node && node->kind == MARKED_INT)
		seconds = (double)node->integer;
	else if (node && node->kind == MARKED_FLOAT)
		seconds = node->number;
	return seconds > 0 && seconds < 2e6 ? (int)(seconds * 1000) : -1;
}

/* `user` of a command is who runs it; of a file it is who owns it. */
static void options_fill(struct state_run *run, const struct chunk *chunk,
			 struct command_options *options)
{
	options->shell = option_text(run, chunk, "shell");
	options->cwd = option_text(run, chunk, "cwd");
	options->runas = option_text(run, chunk, "runas");
	if (!options->runas && text_eq(chunk->state, "cmd"))
		options->runas = option_text(run, chunk, "user");
	options->umask_text = option_text(run, chunk, "umask");
	options->prepend_path = option_text(run, chunk, "prepend_path");
	options->env = option_env(run, chunk);
	options->timeout_ms = option_timeout(chunk);
}

static bool is_success_code(const struct chunk *chunk, int code)
{
	const struct marked *list = option_node(chunk, "success_retcodes");

	for (size_t i = 0; list && list->kind == MARKED_LIST && i < list->list.n; i++)
		if (list->list.items[i]->kind == MARKED_INT && list->list.items[i]->integer == code)
			return true;
	return list && list->kind == MARKED_INT && list->integer == code;
}

/* if_broken: the status of what cannot be started. */
static int condition_status(struct state_run *run, const struct chunk *chunk, const char *text,
			    bool with_options, int if_broken)
{
	struct command_options options = {.timeout_ms = -1};
	struct command_outcome outcome = {0};
	autoerr struct err err = {0};

	if (with_options)
		options_fill(run, chunk, &options);
	if (command_run(run->world, text, &options, &outcome, &err)) {
		if (run->world->log)
			run->world->log(run->world->log_arg, "warning", err_text(&err));
		return if_broken;
	}
	int status = outcome.retcode;
	command_outcome_done(&outcome);
	return with_options && is_success_code(chunk, status) ? 0 : status;
}

/* ---- {fun: mod.fn, args: […], …} ---- */

static bool is_own_key(struct str key)
{
	return str_is(key, "fun") || str_is(key, "args") || str_is(key, "get_return");
}

static bool function_holds(struct state_run *run, const struct dict *entry)
{
	struct heap *heap = run->heap;
	const struct value *fun = dict_get(entry, "fun"), *args = dict_get(entry, "args"),
			   *part = dict_get(entry, "get_return");
	struct keyword *keywords = heap_alloc(heap, (entry->n + 1) * sizeof(*keywords));
	struct call call = {.heap = heap, .keywords = keywords};
	struct value result = value_none();
	autoerr struct err err = {0};
	bool holds = false;

	if (args && value_is_sequence(*args)) {
		call.args = args->list->items;
		call.n_args = args->list->n;
	}
	dict_foreach(pair,
		     entry) if (value_is_string(pair->key) && !is_own_key(value_bytes(pair->key)))
		keywords[call.n_keywords++] = (struct keyword){value_bytes(pair->key), pair->value};
	if (world_call(run->world, heap_strdup(heap, value_bytes(*fun)), &call, &result, &err) ==
	    0) {
		if (part && value_is_string(*part))
			result = value_traverse(heap, result, value_bytes(*part), ':');
		if (result.kind == VALUE_UNDEFINED)
			result = value_none();
		if (value_truth(heap, result, &holds, &err))
			holds = false;
	}
	if (err_is_set(&err) && run->world->log)
		run->world->log(run->world->log_arg, "warning", err_text(&err));
	return holds;
}

/* ---- the conditions ---- */

static bool item_holds(struct state_run *run, const struct chunk *chunk, struct marked *item,
		       int if_broken)
{
	struct value v;

	if (item->kind == MARKED_STRING)
		return condition_status(run, chunk, item->text.ptr, true, if_broken) == 0;
	v = value_from_marked(run->heap, item);
	return v.kind == VALUE_DICT && dict_get(v.dict, "fun") &&
	       value_is_string(*dict_get(v.dict, "fun")) && function_holds(run, v.dict);
}

static size_t items_of(struct marked *node, struct marked **single, struct marked ***ret_items)
{
	if (node->kind == MARKED_LIST) {
		*ret_items = node->list.items;
		return node->list.n;
	}
	*single = node;
	*ret_items = single;
	return 1;
}

static void onlyif_judge(struct state_run *run, const struct chunk *chunk, struct verdict *verdict)
{
	struct marked *single, **items;
	size_t n = items_of(chunk->when.onlyif, &single, &items);

	for (size_t i = 0; i < n; i++)
		if (!item_holds(run, chunk, items[i], 100)) {
			verdict_add(verdict, true, "onlyif condition is false");
			return;
		}
	verdict_add(verdict, false, "onlyif condition is true");
}

static void unless_judge(struct state_run *run, const struct chunk *chunk, struct verdict *verdict)
{
	struct marked *single, **items;
	size_t n = items_of(chunk->when.unless, &single, &items);

	for (size_t i = 0; i < n; i++)
		if (!item_holds(run, chunk, items[i], 0)) {
			verdict_add(verdict, false, "unless condition is false");
			return;
		}
	verdict_add(verdict, n > 0, n ? "unless condition is true" : "unless condition is false");
}

static bool path_is_there(struct state_run *run, const char *path)
{
	autoerr struct err ignored = {0};
	struct stat st;

	return *path == '/' ? beneath_stat(run->world->rootfd, path, &st, &ignored) == 0
			    : stat(path, &st) == 0;
}

static void creates_judge(struct state_run *run, const struct chunk *chunk, struct verdict *verdict)
{
	struct marked *single, **items, *node = chunk->when.creates;
	size_t n = items_of(node, &single, &items);
	autofree char *text = NULL;

	for (size_t i = 0; i < n; i++)
		if (!items[i]->source.ptr || !path_is_there(run, items[i]->source.ptr)) {
			verdict_add(verdict, false, "Creates files not found");
			return;
		}
	text = node->kind == MARKED_LIST ? xstrdup("All files in creates exist")
					 : xasprintf("%.*s exists", STR_ARG(node->source));
	verdict_add(verdict, true, text);
}

bool conditions_skip(struct state_run *run, const struct chunk *chunk, struct outcome *outcome)
{
	const struct conditions *when = &chunk->when;
	struct verdict verdict = {0};

	if (when->onlyif)
		onlyif_judge(run, chunk, &verdict);
	if (when->unless)
		unless_judge(run, chunk, &verdict);
	if (when->creates)
		creates_judge(run, chunk, &verdict);
	if (verdict.skips) {
		outcome_say(outcome, "%s", buf_text(&verdict.comment));
		outcome->skip_watch = true;
	}
	buf_done(&verdict.comment);
	return verdict.skips;
}

void check_commands_run(struct state_run *run, const struct chunk *chunk, struct outcome *outcome)
{
	struct marked *single, **items;
	size_t n = items_of(chunk->when.check_cmd, &single, &items);
	bool failed = false;

	for (size_t i = 0; i < n && !failed; i++)
		failed = items[i]->kind != MARKED_STRING ||
			 condition_status(run, chunk, items[i]->text.ptr, false, 127) != 0;
	if (!n)
		return;
	buf_truncate(&outcome->comment, 0);
	outcome_say(outcome, "check_cmd determined the state %s", failed ? "failed" : "succeeded");
	outcome->result = failed ? RESULT_FALSE : RESULT_TRUE;
}
