/* cmd_check.c - hull-state check: everything that can be known without changing anything.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/vec.h"
#include "scene.h"
#include "sls_runs.h"
#include "value/json.h"
#include "value/list.h"

#include "base/banned.h"

struct check_opts {
	struct scene_opts scene;
	const char *out;
	bool show_low;
};

static const struct opt check_opts[] = {
	SCENE_OPTS(struct check_opts),
	{'o', "out", OPT_STRING, offsetof(struct check_opts, out), "FORMAT",
	 "text, or json: one finding a line"},
	{0, "show-low", OPT_FLAG, offsetof(struct check_opts, show_low), NULL,
	 "Print the states in their order, with their arguments, as JSON"},
	{0},
};

static void findings_tell(const struct tool *tool, struct scene *scene, bool is_json,
			  const struct diags *findings, struct buf *text)
{
	if (!is_json) {
		tool_tell(tool, &scene->world, findings);
		return;
	}
	vec_foreach(finding, findings)
		tool_write_finding(&scene->world, finding, true, text);
}

static int low_write(struct scene *scene, const struct sls_runs *runs, struct buf *text,
		     struct err *err)
{
	const struct value_json_options options = {.indent = 4};
	struct list *all = list_new(&scene->heap, 8);

	vec_foreach(run, runs) {
		struct value low = low_to_value(&scene->heap, &run->low);
		for (size_t i = 0; i < low.list->n; i++)
			list_push(&scene->heap, all, low.list->items[i]);
	}
	struct value masked =
		secrets_mask_value(&scene->world.secrets, &scene->heap, value_of_list(all));
	if (value_to_json(&scene->heap, masked, &options, text, err))
		return -1;
	buf_putc(text, '\n');
	return 0;
}

static int check(struct tool *tool, const struct check_opts *opts, struct scene *scene,
		 struct sls_runs *runs, struct diags *findings, struct err *err)
{
	autobuf struct buf text = {0};
	bool is_json = text_eq(opts->out, "json");
	size_t n_states = 0;

	for (size_t i = 0; i < runs->n; i++) {
		/* Findings are counted at the end: each run is looked at, whatever the last one. */
		if (sls_run_compile(scene, &runs->items[i], true, findings) == 0)
			n_states += runs->items[i].low.n;
	}
	diags_unique(findings);
	size_t n_errors = diags_errors(findings);
	findings_tell(tool, scene, is_json, findings, &text);
	if (opts->show_low && !n_errors && low_write(scene, runs, &text, err))
		return -1;
	if (!is_json && !opts->show_low)
		buf_printf(&text, "%zu states, %zu errors, %zu warnings\n", n_states, n_errors,
			   findings->n - n_errors);
	if (tool_print(buf_str(&text), err))
		return -1;
	return n_errors ? EXIT_NOT_COMPILED : EXIT_DONE;
}

static int check_run(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	const struct check_opts *opts = raw_opts;
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct sls_runs runs = {0};
	struct diags findings = {0};
	int status = 0;

	if (opts->out && !text_eq(opts->out, "json") && !text_eq(opts->out, "text"))
		status = err_set(err, ERR_INPUT, "--out is text or json, not '%s'", opts->out);
	if (!status) {
		status = scene_open(scene, &opts->scene, NULL, SCENE_READS, &findings, err);
		if (!status)
			status = sls_runs_choose(scene, argc, argv, true, &runs, err);
		/* An unreadable pillar: what is below would be wrong for that reason alone. */
		if (status >= 0)
			status = check(context, opts, scene, &runs, &findings, err);
		sls_runs_done(&runs); /* its chunks lie in the scene's heap */
		scene_close(scene);
	}
	diags_clear(&findings);
	free(scene);
	return status;
}

const struct command cmd_check = {
	.name = "check",
	.args = "[SLS...]",
	.summary = "Tell all that is wrong with state files, without changing anything",
	.details =
		"Compiles what `apply` would (and the special steps of a project), and looks for\n"
		"requisites that are not there and those that run in circles. Functions of templates\n"
		"that run programs are refused.\n\n"
		"Exit status: 0 no errors, 1 errors, 64 wrong words.",
	.opts = check_opts,
	.opts_size = sizeof(struct check_opts),
	.max_args = -1,
	.run = check_run,
};
