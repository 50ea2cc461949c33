/* cmd_deploy.c - deploy, deploy-all and run-task: projects by the project engine.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/log.h"
#include "base/vec.h"
#include "project/deploy.h"
#include "scene.h"
#include "state/report.h"
#include "states/states.h"
#include "value/json.h"

#include "base/banned.h"

struct deploy_opts {
	struct scene_opts scene;
	struct strlist only, steps, skip;
	const char *out, *state_output;
	bool skips[N_DEPLOY_STEPS];
	bool is_test, with_notify;
};

#define SKIP(name, step)                                                                    \
	{                                                                                   \
		0, "skip-" name, OPT_FLAG, offsetof(struct deploy_opts, skips[step]), NULL, \
			"Leave the step " name " out"                                       \
	}

static const struct opt deploy_opts[] = {
	SCENE_OPTS(struct deploy_opts),
	{0, "only", OPT_LIST, offsetof(struct deploy_opts, only), "STEP,…",
	 "Only these steps of the deployment"},
	{0, "steps", OPT_LIST, offsetof(struct deploy_opts, steps), "SLS,…",
	 "Only these state files of install"},
	{0, "skip", OPT_LIST, offsetof(struct deploy_opts, skip), "STEP,…",
	 "Not these steps of the deployment"},
	SKIP("archive", DEPLOY_ARCHIVE),
	SKIP("sync-modules", DEPLOY_SYNC_MODULES),
	SKIP("release-sync", DEPLOY_RELEASE_SYNC),
	SKIP("install", DEPLOY_INSTALL),
	SKIP("rotate-archives", DEPLOY_ROTATE_ARCHIVES),
	SKIP("rollback", DEPLOY_ROLLBACK),
	SKIP("fixperms", DEPLOY_FIXPERMS),
	SKIP("notify", DEPLOY_NOTIFY),
	{0, "notify", OPT_FLAG, offsetof(struct deploy_opts, with_notify), NULL,
	 "Run the step notify too, which is left out by default"},
	{'t', "test", OPT_FLAG, offsetof(struct deploy_opts, is_test), NULL,
	 "Tell what install would change; no other step is run"},
	{'o', "out", OPT_STRING, offsetof(struct deploy_opts, out), "FORMAT", "text or json"},
	{0, "state-output", OPT_STRING, offsetof(struct deploy_opts, state_output), "DETAIL",
	 "full, terse, changes (the default) or mixed"},
	{0},
};

/* What is told while a deployment goes on, and kept for the end. */
struct telling {
	struct tool *tool;
	struct scene *scene;
	struct report_options report;
	bool is_json, is_quiet; /* quiet: another's test mode */
	struct dict *steps;     /* SLS → {tag: result}, for JSON */
	struct err *err;
	bool failed; /* to print */
};

static void tell(struct telling *telling, struct buf *text)
{
	autobuf struct buf masked = {0};

	if (telling->is_json || telling->failed)
		return;
	secrets_mask(&telling->scene->world.secrets, buf_str(text), &masked);
	telling->failed = tool_print(buf_str(&masked), telling->err) < 0;
}

static void said(void *arg, const char *line)
{
	autobuf struct buf text = {0};

	buf_printf(&text, "    %s\n", line);
	tell(arg, &text);
}

static void began(void *arg, enum deploy_step step)
{
	autobuf struct buf text = {0};

	if (step == DEPLOY_SYNC_MODULES) /* says something only when there is something */
		return;
	buf_printf(&text, "%s:\n", deploy_step_names[step]);
	tell(arg, &text);
}

static void ran(void *arg, const char *sls, const struct results *results)
{
	struct telling *telling = arg;
	autobuf struct buf text = {0};

	if (telling->is_json) {
		struct value report = report_value(&telling->scene->world, results);
		struct value *local =
			report.kind == VALUE_DICT ? dict_get(report.dict, "local") : NULL;
		dict_set(&telling->scene->heap, telling->steps, sls, local ? *local : report);
		return;
	}
	buf_printf(&text, "  %s.sls\n", sls);
	report_text(&telling->scene->world, results, &telling->report, &text);
	tell(telling, &text);
}

/* ---- the end of a deployment ---- */

static struct value result_value(struct telling *telling, bool good, const char *comment)
{
	struct heap *heap = &telling->scene->heap;
	struct dict *local = dict_new(heap), *root = dict_new(heap);

	dict_set(heap, local, "name", value_cstr(heap, telling->scene->project.name));
	dict_set(heap, local, "chrono", value_cstr(heap, telling->scene->project.chrono));
	dict_set(heap, local, "result", value_bool(good));
	dict_set(heap, local, "comment", value_cstr(heap, comment));
	dict_set(heap, local, "steps", value_of_dict(telling->steps));
	dict_set(heap, root, "local", value_of_dict(local));
	return value_of_dict(root);
}

/* tasks NULL: a deployment. */
static const char *end_comment(struct telling *telling, const struct strlist *tasks,
			       enum deploy_end end)
{
	const struct scene *scene = telling->scene;
	autofree char *names = tasks ? strlist_join(tasks, ",") : NULL;

	if (!names)
		return deploy_summary(&scene->world, &scene->project, end);
	return heap_printf(&telling->scene->heap, "Task(s) %s %s for %s", names,
			   end == DEPLOY_DONE ? "finished successfully" : "failed",
			   scene->project.name);
}

static int tell_end(struct telling *telling, const struct strlist *tasks, enum deploy_end end,
		    struct err *err)
{
	bool good = end == DEPLOY_DONE;
	const char *comment = end_comment(telling, tasks, end);
	autobuf struct buf text = {0};

	if (telling->failed)
		return -1;
	if (!telling->is_json) {
		buf_printf(&text, "%s\n", comment);
		return tool_print(buf_str(&text), err);
	}
	const struct value_json_options options = {.indent = 4};
	if (value_to_json(&telling->scene->heap, result_value(telling, good, comment), &options,
			  &text, err))
		return -1;
	buf_putc(&text, '\n');
	return tool_print(buf_str(&text), err);
}

static const struct end_row {
	int status;
	const char *complaint;
} end_rows[] = {
	[DEPLOY_DONE] = {EXIT_DONE, NULL},
	[DEPLOY_NOT_COMPILED] = {EXIT_NOT_COMPILED, "it does not compile: nothing was changed"},
	[DEPLOY_FAILED] = {EXIT_STATE_FAILED, "the deployment failed"},
	[DEPLOY_STOPPED] = {EXIT_STATE_FAILED, "stopped by a signal"},
};

static int report_detail(const char *word, enum report_detail *ret_detail, struct err *err)
{
	static const char *const names[] = {"full", "terse", "changes", "mixed", NULL};

	*ret_detail = REPORT_CHANGES;
	for (int i = 0; word && names[i]; i++)
		if (text_eq(word, names[i])) {
			*ret_detail = (enum report_detail)i;
			return 0;
		}
	return word ? err_set(err, ERR_INPUT,
			      "--state-output is full, terse, changes or mixed, not '%s'", word)
		    : 0;
}

/* Comma lists and repeated options alike. */
static void words_split(const struct strlist *given, struct strlist *ret_words)
{
	for (size_t i = 0; i < given->n; i++)
		strlist_split(ret_words, str_of(given->items[i]), ',');
}

static int choose(const struct deploy_opts *opts, struct deploy_choice *choice, struct err *err)
{
	autostrlist struct strlist install = {0};
	bool notifies = opts->with_notify && !opts->is_test;

	strlist_add(&install, deploy_step_names[DEPLOY_INSTALL]);
	if (deploy_choose(opts->is_test ? &install : &opts->only, &opts->skip, choice, err))
		return -1;
	choice->runs[DEPLOY_NOTIFY] |= notifies;
	choice->is_open[DEPLOY_NOTIFY] &= !notifies;
	for (int i = 0; i < N_DEPLOY_STEPS; i++) {
		choice->runs[i] &= !opts->skips[i];
		choice->is_open[i] &= !opts->skips[i];
	}
	return 0;
}

enum deploy_what { DEPLOY_PROJECT, DEPLOY_TASKS };

static int run_in_scene(struct telling *telling, const struct deploy_opts *opts,
			enum deploy_what what, const struct strlist *tasks,
			enum deploy_end *ret_end, struct err *err)
{
	struct scene *scene = telling->scene;
	struct diags findings = {0};
	autostrlist struct strlist steps = {0};
	struct deploy_options options = {
		.steps = &steps,
		.states = states_all,
		.listener = {began, said, ran, telling},
	};
	int result = choose(opts, &options.choice, err);

	words_split(&opts->steps, &steps);
	if (!result && what == DEPLOY_PROJECT)
		result = deploy_run(&scene->world, &scene->project, &options, ret_end, &findings,
				    err);
	else if (!result)
		result = deploy_task(&scene->world, &scene->project, &options, tasks, ret_end,
				     &findings, err);
	tool_tell(telling->tool, &scene->world, &findings);
	diags_clear(&findings);
	return result;
}

static int deploy_one(struct tool *tool, const struct deploy_opts *opts, const char *name,
		      enum deploy_what what, const struct strlist *tasks, struct err *err)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct telling telling = {.tool = tool, .scene = scene, .err = err};
	struct diags findings = {0};
	enum deploy_end end = DEPLOY_NOT_COMPILED;
	int result = report_detail(opts->state_output, &telling.report.detail, err);

	telling.is_json = text_eq(opts->out, "json");
	if (!result && opts->out && !telling.is_json && !text_eq(opts->out, "text"))
		result = err_set(err, ERR_INPUT, "--out is text or json, not '%s'", opts->out);
	if (!result)
		result = scene_open(scene, &opts->scene, name,
				    opts->is_test ? SCENE_TESTS : SCENE_CHANGES, &findings, err);
	tool_tell(tool, &scene->world, &findings);
	diags_clear(&findings);
	if (!result) {
		scene->world.output_to_stderr = telling.is_json;
		telling.steps = dict_new(&scene->heap);
		result = run_in_scene(&telling, opts, what, tasks, &end, err);
		if (!result && tell_end(&telling, tasks, end, err))
			result = -1;
	}
	scene_close(scene);
	free(scene);
	if (result < 0)
		return -1;
	const struct end_row *row = &end_rows[result ? DEPLOY_NOT_COMPILED : end];
	if (row->complaint)
		log_error("%s: %s", name, row->complaint);
	return row->status;
}

static int deploy_run_command(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	return deploy_one(context, raw_opts, argv[0], DEPLOY_PROJECT, NULL, err);
}

const struct command cmd_deploy = {
	.name = "deploy",
	.args = "NAME",
	.summary = "Deploy a project: archive, install, permissions",
	.details =
		"Steps, in this order: archive sync_modules release_sync install rotate_archives\n"
		"rollback fixperms notify. All state files of install are compiled before anything\n"
		"is changed; the first that fails ends the install.",
	.opts = deploy_opts,
	.opts_size = sizeof(struct deploy_opts),
	.min_args = 1,
	.max_args = 1,
	.run = deploy_run_command,
};

/* ---- deploy-all ---- */

static bool is_project(int dirfd, const char *name)
{
	autoerr struct err err = {0};
	autofree char *salt = path_join(name, "project/.salt");
	struct stat st;

	return !beneath_stat(dirfd, salt, &st, &err) && S_ISDIR(st.st_mode);
}

static int deploy_all_run(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	struct deploy_opts *opts = raw_opts;
	const char *root = opts->scene.chroot ? opts->scene.chroot : "/";
	autofree char *dir = scene_projects_dir(&opts->scene);
	autostrlist struct strlist names = {0};
	autoclose int rootfd = -1, dirfd = -1;
	int status = EXIT_DONE;

	bool is_inside = opts->scene.projects || !opts->scene.root; /* of the chroot */
	if (dir_open_at(AT_FDCWD, root, &rootfd, err) ||
	    (is_inside ? beneath_open(rootfd, dir, O_RDONLY | O_DIRECTORY, 0, &dirfd, err)
		       : dir_open_at(AT_FDCWD, dir, &dirfd, err)) ||
	    dir_list(dirfd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n && status == EXIT_DONE; i++)
		if (is_project(dirfd, names.items[i]))
			status = deploy_one(context, opts, names.items[i], DEPLOY_PROJECT, NULL,
					    err);
	return status;
}

const struct command cmd_deploy_all = {
	.name = "deploy-all",
	.summary = "Deploy every project, in the order of their names, up to the first failure",
	.opts = deploy_opts,
	.opts_size = sizeof(struct deploy_opts),
	.run = deploy_all_run,
};

/* ---- run-task ---- */

static int run_task_run(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	autostrlist struct strlist tasks = {0};

	for (int i = 1; i < argc; i++)
		strlist_split(&tasks, str_of(argv[i]), ',');
	return deploy_one(context, raw_opts, argv[0], DEPLOY_TASKS, &tasks, err);
}

static const struct opt task_opts[] = {
	SCENE_OPTS(struct deploy_opts),
	{'t', "test", OPT_FLAG, offsetof(struct deploy_opts, is_test), NULL,
	 "Tell what would change"},
	{'o', "out", OPT_STRING, offsetof(struct deploy_opts, out), "FORMAT", "text or json"},
	{0, "state-output", OPT_STRING, offsetof(struct deploy_opts, state_output), "DETAIL",
	 "full, terse, changes (the default) or mixed"},
	{0},
};

const struct command cmd_run_task = {
	.name = "run-task",
	.args = "NAME TASK [TASK...]",
	.summary = "Run the state files task_TASK.sls of a project",
	.opts = task_opts,
	.opts_size = sizeof(struct deploy_opts),
	.min_args = 2,
	.max_args = -1,
	.run = run_task_run,
};
