/* cmd_apply.c - hull-state apply: state files compiled, then run.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/log.h"
#include "base/vec.h"
#include "scene.h"
#include "sls_runs.h"
#include "state/report.h"

#include "base/banned.h"

#define LIMIT_REPORT ((size_t)256 << 20) /* bytes: a diff of 1 MiB of each of many states */

struct apply_opts {
	struct scene_opts scene;
	const char *out, *state_output, *state_verbose;
	int64_t out_indent;
	bool has_indent, is_test, detailed_exitcode, fail_hard, color;
};

static const struct opt apply_opts[] = {
	SCENE_OPTS(struct apply_opts),
	{'t', "test", OPT_FLAG, offsetof(struct apply_opts, is_test), NULL,
	 "Change nothing, tell what would change"},
	{'o', "out", OPT_STRING, offsetof(struct apply_opts, out), "FORMAT", "text or json"},
	{0, "out-indent", OPT_INT, offsetof(struct apply_opts, out_indent), "N",
	 "Columns of a step in JSON (default 4); -1: one line",
	 offsetof(struct apply_opts, has_indent)},
	{0, "state-output", OPT_STRING, offsetof(struct apply_opts, state_output), "DETAIL",
	 "full (the default), terse, changes or mixed; each with _id"},
	{0, "state-verbose", OPT_STRING, offsetof(struct apply_opts, state_verbose), "BOOL",
	 "false: states that had nothing to do are not shown"},
	{0, "color", OPT_FLAG, offsetof(struct apply_opts, color), NULL, "Colours in the text"},
	{0, "detailed-exitcode", OPT_FLAG, offsetof(struct apply_opts, detailed_exitcode), NULL,
	 "With --test: 4 when something would change"},
	{0, "fail-hard", OPT_FLAG, offsetof(struct apply_opts, fail_hard), NULL,
	 "Stop at the first state that fails"},
	{0},
};

struct applying {
	struct tool *tool;
	const struct apply_opts *opts;
	struct scene *scene;
	struct report_options report;
	bool is_json;
	struct sls_runs runs;
	struct results results;
	struct diags findings;
};

/* ---- options ---- */

static int detail_read(const char *word, struct report_options *report, struct err *err)
{
	static const char *const names[] = {"full", "terse", "changes", "mixed"};

	for (size_t i = 0; word && i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);
		if (!text_starts(word, names[i]) || (word[len] && !text_eq(word + len, "_id")))
			continue;
		report->detail = (enum report_detail)i;
		report->by_id = word[len] != '\0';
		return 0;
	}
	return word ? err_set(err, ERR_INPUT,
			      "--state-output is full, terse, changes or mixed, not '%s'", word)
		    : 0;
}

static int options_read(struct applying *applying, struct err *err)
{
	const struct apply_opts *opts = applying->opts;
	struct report_options *report = &applying->report;
	const char *verbose = opts->state_verbose;

	report->json_indent = opts->has_indent ? (int)opts->out_indent : 4;
	report->color = opts->color;
	applying->is_json = text_eq(opts->out, "json");
	if (opts->out && !applying->is_json && !text_eq(opts->out, "text"))
		return err_set(err, ERR_INPUT, "--out is text or json, not '%s'", opts->out);
	if (opts->out_indent < -1 || opts->out_indent > 16)
		return err_set(err, ERR_INPUT, "--out-indent is from -1 to 16");
	if (verbose && !str_is_nocase(str_of(verbose), "true") &&
	    !str_is_nocase(str_of(verbose), "false"))
		return err_set(err, ERR_INPUT, "--state-verbose is true or false, not '%s'",
			       verbose);
	report->hide_clean = verbose && str_is_nocase(str_of(verbose), "false");
	return detail_read(opts->state_output, report, err);
}

/* ---- what is told ---- */

static void remark(void *arg, const char *level, const char *message)
{
	struct applying *applying = arg;
	autobuf struct buf masked = {0};

	secrets_mask(&applying->scene->world.secrets, str_of(message), &masked);
	if (text_eq(level, "error") || text_eq(level, "critical"))
		log_error("%s", buf_text(&masked));
	else if (text_eq(level, "warning"))
		log_warn("%s", buf_text(&masked));
	else
		log_debug("%s", buf_text(&masked));
}

static int results_print(struct applying *applying, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_REPORT};
	struct world *world = &applying->scene->world;

	if (applying->is_json)
		report_json(world, &applying->results, &applying->report, &text);
	else
		report_text(world, &applying->results, &applying->report, &text);
	if (buf_check(&text, "the report", err))
		return -1;
	return tool_print(buf_str(&text), err);
}

static void error_add(struct results *results, const struct diag *finding)
{
	autobuf struct buf text = {0};

	diag_write(finding, &text);
	while (text.len && text.ptr[text.len - 1] == '\n')
		buf_truncate(&text, text.len - 1);
	vec_push(&results->errors, buf_steal(&text));
}

/* {"local": ["…"]}: each error with its place and its lines. */
static int not_compiled(struct applying *applying, struct err *err)
{
	diags_unique(&applying->findings);
	vec_foreach(finding, &applying->findings)
		if (finding->severity == DIAG_ERROR)
			error_add(&applying->results, finding);
	tool_tell(applying->tool, &applying->scene->world, &applying->findings);
	if (results_print(applying, err))
		return -1;
	log_error("it does not compile (errors: %zu): nothing was changed",
		  diags_errors(&applying->findings));
	return EXIT_NOT_COMPILED;
}

/* ---- the runs ---- */

static int compile_all(struct applying *applying)
{
	int status = 0;

	vec_foreach(run, &applying->runs) {
		if (sls_run_compile(applying->scene, run, false, &applying->findings))
			status = -1;
		else if (!run->low.n)
			diags_warn(&applying->findings, (struct src_pos){0}, "%s declares no state",
				   run->names[0]);
	}
	return status;
}

static bool has_changes(const struct results *results, size_t from)
{
	for (size_t i = from; i < results->n; i++)
		if (results->items[i]->changes.kind == VALUE_DICT &&
		    results->items[i]->changes.dict->n)
			return true;
	return false;
}

/* What an earlier run changed may be what a later file reads: then it is compiled anew. */
static int run_all(struct applying *applying)
{
	struct results *results = &applying->results;
	bool is_stale = false;

	vec_foreach(run, &applying->runs) {
		size_t from = results->n;
		if (is_stale && sls_run_compile(applying->scene, run, false, &applying->findings))
			return -1;
		low_run(&applying->scene->world, &run->low, NULL, NULL, results);
		if (results_failed(results) || results->was_stopped)
			break;
		is_stale |= has_changes(results, from) && !applying->opts->is_test;
	}
	return 0;
}

static int exit_status(const struct applying *applying)
{
	const struct results *results = &applying->results;
	size_t n_failed = 0;

	for (size_t i = 0; i < results->n; i++)
		n_failed += results->items[i]->result == RESULT_FALSE;
	if (results_failed(results)) {
		log_error("failed states: %zu of %zu", n_failed, results->n);
		return EXIT_STATE_FAILED;
	}
	if (results->was_stopped) {
		log_error("stopped by a signal after %zu states", results->n);
		return EXIT_STATE_FAILED;
	}
	if (applying->opts->is_test && applying->opts->detailed_exitcode &&
	    results_pending(results)) {
		log_error("something would change");
		return EXIT_PENDING;
	}
	return EXIT_DONE;
}

static int apply(struct applying *applying, int argc, char **argv, struct err *err)
{
	struct scene *scene = applying->scene;
	int status = scene_open(scene, &applying->opts->scene, NULL,
				applying->opts->is_test ? SCENE_TESTS : SCENE_CHANGES,
				&applying->findings, err);

	if (status < 0)
		return -1;
	scene->world.output_to_stderr = applying->is_json;
	scene->world.log = remark;
	scene->world.log_arg = applying;
	if (applying->opts->fail_hard)
		dict_set(&scene->heap, scene->world.opts, "failhard", value_bool(true));
	if (status || diags_errors(&applying->findings))
		return not_compiled(applying, err);
	if (sls_runs_choose(scene, argc, argv, false, &applying->runs, err))
		return -1;
	if (compile_all(applying))
		return not_compiled(applying, err);
	tool_tell(applying->tool, &scene->world, &applying->findings);
	diags_clear(&applying->findings);
	if (run_all(applying)) { /* a later run no longer compiles */
		tool_tell(applying->tool, &scene->world, &applying->findings);
		if (results_print(applying, err))
			return -1;
		log_error("a later state file does not compile: it was not run");
		return EXIT_STATE_FAILED;
	}
	return results_print(applying, err) ? -1 : exit_status(applying);
}

static int apply_run(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct applying applying = {.tool = context, .opts = raw_opts, .scene = scene};
	int status = options_read(&applying, err);

	bool is_open = status == 0;
	if (is_open)
		status = apply(&applying, argc, argv, err);
	sls_runs_done(&applying.runs); /* chunks lie in the scene's heap */
	results_done(&applying.results);
	if (is_open)
		scene_close(scene);
	diags_clear(&applying.findings);
	free(scene);
	return status;
}

const struct command cmd_apply = {
	.name = "apply",
	.args = "[SLS...]",
	.summary = "Compile state files, then run them",
	.details =
		"SLS are names as in `include` (a.b is a/b.sls or a/b/init.sls); those named are one\n"
		"run. Without any, every top-level state file is a run of its own, in the order of\n"
		"their names; the first run in which a state fails is the last.\n"
		"Nothing is changed when anything does not compile.\n\n"
		"Exit status: 0 done, 1 nothing was done, 2 a state failed, 4 something would change\n"
		"(--test --detailed-exitcode), 64 wrong words.",
	.opts = apply_opts,
	.opts_size = sizeof(struct apply_opts),
	.max_args = -1,
	.run = apply_run,
};
