/* cmd_step.c - steps of a deployment by themselves: archive, rollback, fixperms.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "project/deploy.h"
#include "scene.h"
#include "state/report.h"
#include "states/states.h"

#include "base/banned.h"

struct step_opts {
	struct scene_opts scene;
};

static const struct opt step_opts[] = {
	SCENE_OPTS(struct step_opts),
	{0},
};

/* One call: which steps are run, and what is said at the end. */
struct stepping {
	struct tool *tool;
	struct scene *scene;
	bool steps[N_DEPLOY_STEPS];
	const char *archive; /* that rollback puts back */
	const char *said;    /* the last line of a step; in the heap */
	struct diags findings;
};

static void said(void *arg, const char *line)
{
	struct stepping *stepping = arg;

	stepping->said = heap_strdup(&stepping->scene->heap, str_of(line));
}

/* An SLS of the project's own behind the step: what it did is told when it failed. */
static void ran(void *arg, const char *sls, const struct results *results)
{
	const struct report_options options = {.detail = REPORT_CHANGES};
	struct stepping *stepping = arg;
	struct world *world = &stepping->scene->world;
	autobuf struct buf text = {0}, masked = {0};
	autoerr struct err err = {0};

	if (!results_failed(results))
		return;
	report_text(world, results, &options, &text);
	secrets_mask(&world->secrets, buf_str(&text), &masked);
	if (io_write_all(STDERR_FILENO, masked.ptr, masked.len, &err))
		err_clear(&err); /* nobody is left who could be told */
}

static int run_steps(struct stepping *stepping, struct err *err)
{
	struct scene *scene = stepping->scene;
	struct deploy_options options = {
		.archive = stepping->archive,
		.states = states_all,
		.listener = {.said = said, .ran = ran, .arg = stepping},
	};
	enum deploy_end end = DEPLOY_FAILED;

	memcpy(options.choice.runs, stepping->steps, sizeof(stepping->steps));
	int result = deploy_run(&scene->world, &scene->project, &options, &end, &stepping->findings,
				err);
	tool_tell(stepping->tool, &scene->world, &stepping->findings);
	if (result)
		return -1;
	if (end == DEPLOY_DONE)
		return EXIT_DONE;
	log_error("%s: the step failed", scene->project.name);
	return end == DEPLOY_NOT_COMPILED ? EXIT_NOT_COMPILED : EXIT_STATE_FAILED;
}

/* Opens the project argv[0] and calls `step` with the words behind it. */
typedef int step_fn(struct stepping *stepping, int argc, char **argv, struct err *err);

static int with_project(struct tool *tool, const struct step_opts *opts, int argc, char **argv,
			step_fn *step, struct err *err)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct stepping stepping = {.tool = tool, .scene = scene};
	int result =
		scene_open(scene, &opts->scene, argv[0], SCENE_CHANGES, &stepping.findings, err);

	tool_tell(tool, &scene->world, &stepping.findings);
	diags_clear(&stepping.findings);
	if (!result)
		result = step(&stepping, argc - 1, argv + 1, err);
	diags_clear(&stepping.findings);
	scene_close(scene);
	free(scene);
	return result;
}

static int printed(const char *line, struct err *err)
{
	autobuf struct buf text = {0};

	buf_printf(&text, "%s\n", line);
	return tool_print(buf_str(&text), err);
}

/* ---- archive, rollback ---- */

static int archive(struct stepping *stepping, int argc, char **argv, struct err *err)
{
	stepping->steps[DEPLOY_ARCHIVE] = stepping->steps[DEPLOY_ROTATE_ARCHIVES] = true;
	int status = run_steps(stepping, err);

	return status ? status : printed(stepping->scene->project.chrono, err);
}

static int archive_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return with_project(context, opts, argc, argv, archive, err);
}

const struct command cmd_archive = {
	.name = "archive",
	.args = "NAME",
	.summary = "Keep a copy of a project's tree and print its name",
	.opts = step_opts,
	.opts_size = sizeof(struct step_opts),
	.min_args = 1,
	.max_args = 1,
	.run = archive_run,
};

static int rollback(struct stepping *stepping, int argc, char **argv, struct err *err)
{
	struct scene *scene = stepping->scene;
	const struct project *project = &scene->project;
	autostrlist struct strlist names = {0};
	const char *name = argc ? argv[0] : NULL;

	if (archive_list(&scene->world, project, &names, err))
		return -1;
	if (!name && !names.n)
		return err_set(err, ERR_MISSING, "'%s' has no archives", project->name);
	stepping->archive = name ? name : names.items[names.n - 1];
	stepping->steps[DEPLOY_ROLLBACK] = true;
	int status = run_steps(stepping, err);
	return status ? status
		      : printed(heap_printf(&scene->heap,
					    "put back: %s (the tree that was there: "
					    "%s/%s/project.failed)",
					    stepping->archive, project->archives_root,
					    stepping->archive),
				err);
}

static int rollback_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return with_project(context, opts, argc, argv, rollback, err);
}

const struct command cmd_rollback = {
	.name = "rollback",
	.args = "NAME [ARCHIVE]",
	.summary = "Put an archived tree back: the newest, or the one named",
	.opts = step_opts,
	.opts_size = sizeof(struct step_opts),
	.min_args = 1,
	.max_args = 2,
	.run = rollback_run,
};

/* ---- fixperms ---- */

static int fixperms(struct stepping *stepping, int argc, char **argv, struct err *err)
{
	stepping->steps[DEPLOY_FIXPERMS] = true;
	int status = run_steps(stepping, err);

	return status ? status : printed(stepping->said, err);
}

static int fixperms_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return with_project(context, opts, argc, argv, fixperms, err);
}

const struct command cmd_fixperms = {
	.name = "fixperms",
	.args = "NAME",
	.summary = "Give a project's directories their owners and modes",
	.opts = step_opts,
	.opts_size = sizeof(struct step_opts),
	.min_args = 1,
	.max_args = 1,
	.run = fixperms_run,
};
