/* deploy.c - the steps of a deployment, one after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/deploy.h"

#include <string.h>

#include "base/beneath.h"
#include "base/vec.h"

#include "base/banned.h"

const char *const deploy_step_names[N_DEPLOY_STEPS + 1] = {
	[DEPLOY_ARCHIVE] = "archive",
	[DEPLOY_SYNC_MODULES] = "sync_modules",
	[DEPLOY_RELEASE_SYNC] = "release_sync",
	[DEPLOY_INSTALL] = "install",
	[DEPLOY_ROTATE_ARCHIVES] = "rotate_archives",
	[DEPLOY_ROLLBACK] = "rollback",
	[DEPLOY_FIXPERMS] = "fixperms",
	[DEPLOY_NOTIFY] = "notify",
};

struct compiled_step {
	const char *name; /* "050_conf" */
	struct low_list low;
};

struct deployment {
	struct world *world;
	struct project *project;
	const struct deploy_options *options;
	struct diags *findings;
	struct err *err;
	enum deploy_end end;
	bool is_archived;
	struct {
		struct compiled_step *items;
		size_t n, cap;
	} steps;
};

static void say(const struct deployment *deployment, const char *fmt, ...) printf_like(2, 3);

static void say(const struct deployment *deployment, const char *fmt, ...)
{
	const struct deploy_listener *listener = &deployment->options->listener;
	autobuf struct buf line = {0};
	va_list args;

	if (!listener->said)
		return;
	va_start(args, fmt);
	buf_vprintf(&line, fmt, args);
	va_end(args);
	listener->said(listener->arg, buf_text(&line));
}

/* ---- state files ---- */

static int compile(struct deployment *deployment, struct compiled_step *step)
{
	struct project *project = deployment->project;
	const char *sls = heap_printf(deployment->world->heap, "makina-projects.%s.%s",
				      project->name, step->name);
	const struct compile_options options = {.states = deployment->options->states,
						.arguments_too = true};

	low_list_done(&step->low);
	return sls_compile(deployment->world, &options, &sls, 1, &step->low, deployment->findings);
}

static bool changed_something(const struct results *results)
{
	for (size_t i = 0; i < results->n; i++)
		if (results->items[i]->changes.kind == VALUE_DICT &&
		    results->items[i]->changes.dict->n)
			return true;
	return false;
}

/* Runs one compiled step. *changed: what comes behind has to be compiled anew. */
static void run_step(struct deployment *deployment, struct compiled_step *step, bool *changed)
{
	const struct deploy_listener *listener = &deployment->options->listener;
	struct results results = {0};

	low_run(deployment->world, &step->low, NULL, NULL, &results);
	if (listener->ran)
		listener->ran(listener->arg, step->name, &results);
	if (!results.n && !results.errors.n)
		diags_warn(deployment->findings, (struct src_pos){0}, "%s.sls declares no state",
			   step->name);
	if (results_failed(&results))
		deployment->end = DEPLOY_FAILED;
	if (results.errors.n)
		deployment->end = DEPLOY_NOT_COMPILED;
	*changed |= changed_something(&results);
	results_done(&results);
}

static void compile_one(struct deployment *deployment, struct str name)
{
	struct compiled_step step = {.name = heap_strdup(deployment->world->heap, name)};

	if (compile(deployment, &step))
		deployment->end = DEPLOY_NOT_COMPILED;
	vec_push(&deployment->steps, step);
}

/* All that are asked for, or nothing: end is NOT_COMPILED when one has an error. */
static void compile_all(struct deployment *deployment, const struct strlist *names)
{
	for (size_t i = 0; i < names->n; i++)
		compile_one(deployment, (struct str){names->items[i],
						     strlen(names->items[i]) - strlen(".sls")});
	if (diags_errors(deployment->findings))
		deployment->end = DEPLOY_NOT_COMPILED;
}

static void run_all(struct deployment *deployment)
{
	bool changed = false;

	vec_foreach(step, &deployment->steps) {
		if (deployment->end != DEPLOY_DONE ||
		    (deployment->world->stop && *deployment->world->stop))
			return;
		if (changed && (compile(deployment, step) || diags_errors(deployment->findings))) {
			deployment->end = DEPLOY_NOT_COMPILED;
			return;
		}
		changed = false;
		run_step(deployment, step, &changed);
	}
}

static void steps_done(struct deployment *deployment)
{
	vec_foreach(step, &deployment->steps)
		low_list_done(&step->low);
	vec_done(&deployment->steps);
}

/* An SLS that a step may have: "fixperms". Absent: nothing. */
static bool is_there(const struct world *world, const char *path)
{
	struct stat st;
	autoerr struct err err = {0};

	return !beneath_stat(world->rootfd, path, &st, &err);
}

static int run_optional(struct deployment *deployment, const char *name)
{
	struct compiled_step step = {.name = name};
	bool changed = false;
	const char *path = heap_printf(deployment->world->heap, "%s/%s.sls",
				       deployment->project->salt_root, name);

	if (!is_there(deployment->world, path))
		return 0;
	if (compile(deployment, &step) || diags_errors(deployment->findings))
		deployment->end = DEPLOY_NOT_COMPILED;
	else
		run_step(deployment, &step, &changed);
	low_list_done(&step.low);
	return 0;
}

/* ---- steps ---- */

static int step_archive(struct deployment *deployment)
{
	if (archive_make(deployment->world, deployment->project, deployment->err))
		return -1;
	deployment->is_archived = true;
	return 0;
}

/* Python modules cannot run here; which state needs one is told when it is compiled. */
static int step_sync_modules(struct deployment *deployment)
{
	static const char *const kinds[] = {"_modules", "_states", "_grains", "_renderers"};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *path = heap_printf(deployment->world->heap, "%s/%s",
					       deployment->project->salt_root, kinds[i]);
		if (is_there(deployment->world, path))
			diags_warn(deployment->findings, (struct src_pos){.file = path},
				   "Python modules cannot run here");
	}
	return 0;
}

static int step_release_sync(struct deployment *deployment)
{
	return layout_make(deployment->world, deployment->project, deployment->options->states,
			   deployment->err);
}

static int step_install(struct deployment *deployment)
{
	run_all(deployment);
	return 0;
}

static int step_rotate(struct deployment *deployment)
{
	return archive_rotate(deployment->world, deployment->project, deployment->err);
}

static int step_rollback(struct deployment *deployment)
{
	const struct value *env = dict_get(deployment->project->cfg, "default_env");

	if (deployment->end == DEPLOY_DONE)
		return 0;
	if (!deployment->is_archived) {
		say(deployment, "nothing was archived: the failed tree stays");
		return 0;
	}
	if (env && env->kind == VALUE_STRING && str_is(value_bytes(*env), "dev")) {
		say(deployment, "the environment is dev: the failed tree stays");
		return 0;
	}
	dict_set(deployment->world->heap, deployment->project->cfg, "rollback", value_bool(true));
	return archive_restore(deployment->world, deployment->project, NULL, deployment->err);
}

static int step_fixperms(struct deployment *deployment)
{
	uint64_t changed = 0;

	if (fixperms_apply(deployment->world, deployment->project, &changed, deployment->err))
		return -1;
	say(deployment, "%llu entries changed", (unsigned long long)changed);
	return run_optional(deployment, "fixperms");
}

static int step_notify(struct deployment *deployment)
{
	return run_optional(deployment, "notify");
}

static const struct step_row {
	int (*run)(struct deployment *deployment);
	bool after_failure; /* runs although a state failed */
} step_rows[N_DEPLOY_STEPS] = {
	[DEPLOY_ARCHIVE] = {step_archive},
	[DEPLOY_SYNC_MODULES] = {step_sync_modules},
	[DEPLOY_RELEASE_SYNC] = {step_release_sync},
	[DEPLOY_INSTALL] = {step_install},
	[DEPLOY_ROTATE_ARCHIVES] = {step_rotate},
	[DEPLOY_ROLLBACK] = {step_rollback, .after_failure = true},
	[DEPLOY_FIXPERMS] = {step_fixperms, .after_failure = true},
	[DEPLOY_NOTIFY] = {step_notify, .after_failure = true},
};

static int run_steps(struct deployment *deployment)
{
	const struct deploy_options *options = deployment->options;

	for (int step = 0; step < N_DEPLOY_STEPS; step++) {
		if (!options->chosen[step] || deployment->end == DEPLOY_NOT_COMPILED)
			continue;
		if (deployment->end == DEPLOY_FAILED && !step_rows[step].after_failure)
			continue;
		if (options->listener.began)
			options->listener.began(options->listener.arg, (enum deploy_step)step);
		if (step_rows[step].run(deployment))
			return err_wrap(deployment->err, "%s", deploy_step_names[step]);
	}
	return 0;
}

int deploy_run(struct world *world, struct project *project, const struct deploy_options *options,
	       enum deploy_end *ret_end, struct diags *findings, struct err *err)
{
	struct deployment deployment = {world, project,     options, findings,
					err,   DEPLOY_DONE, false,   {0}};
	autostrlist struct strlist names = {0};

	if (options->chosen[DEPLOY_INSTALL] &&
	    install_list(world, project, options->steps, &names, err))
		return -1;
	/* Before anything is archived or made: what does not compile changes nothing. */
	compile_all(&deployment, &names);
	int result = run_steps(&deployment);
	steps_done(&deployment);
	if (!result)
		*ret_end = deployment.end;
	return result;
}

/* "seldom", "task_seldom" and "task_seldom.sls" are one task. */
static int task_add(const struct world *world, const struct project *project, const char *word,
		    struct strlist *names, struct err *err)
{
	const char *name = text_starts(word, "task_") ? word + strlen("task_") : word;
	int len = (int)strlen(name);

	if (text_ends(name, ".sls"))
		len -= (int)strlen(".sls");
	const char *path =
		heap_printf(world->heap, "%s/task_%.*s.sls", project->salt_root, len, name);
	if (strchr(name, '/') || !is_there(world, path))
		return err_set(err, ERR_MISSING, "no task '%s': there is no %s", word, path);
	strlist_addf(names, "task_%.*s.sls", len, name);
	return 0;
}

int deploy_task(struct world *world, struct project *project, const struct deploy_options *options,
		const struct strlist *tasks, enum deploy_end *ret_end, struct diags *findings,
		struct err *err)
{
	struct deployment deployment = {world, project,     options, findings,
					err,   DEPLOY_DONE, false,   {0}};
	autostrlist struct strlist names = {0};

	for (size_t i = 0; i < tasks->n; i++)
		if (task_add(world, project, tasks->items[i], &names, err))
			return -1;
	compile_all(&deployment, &names);
	if (deployment.end == DEPLOY_DONE)
		run_all(&deployment);
	steps_done(&deployment);
	*ret_end = deployment.end;
	return 0;
}

/* ---- which steps ---- */

static int step_number(const char *name, struct err *err)
{
	for (int i = 0; i < N_DEPLOY_STEPS; i++)
		if (text_eq(name, deploy_step_names[i]))
			return i;
	const char *nearest = str_nearest(name, deploy_step_names);
	return err_set(err, ERR_INPUT, "a deployment has no step '%s'%s%s%s", name,
		       nearest ? "; did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?" : "");
}

static int steps_mark(const struct strlist *words, bool value, bool chosen[N_DEPLOY_STEPS],
		      struct err *err)
{
	for (size_t i = 0; words && i < words->n; i++) {
		autostrlist struct strlist names = {0};
		strlist_split(&names, str_of(words->items[i]), ',');
		for (size_t k = 0; k < names.n; k++) {
			if (text_eq(names.items[k], "deploy")) /* the whole of it: never skipped */
				continue;
			int step = step_number(names.items[k], err);
			if (step < 0)
				return -1;
			chosen[step] = value;
		}
	}
	return 0;
}

int deploy_choose(const struct strlist *only, const struct strlist *skip,
		  bool ret_chosen[N_DEPLOY_STEPS], struct err *err)
{
	bool chosen[N_DEPLOY_STEPS];

	for (int i = 0; i < N_DEPLOY_STEPS; i++)
		chosen[i] = (!only || !only->n) && i != DEPLOY_NOTIFY;
	chosen[DEPLOY_SYNC_MODULES] = true;
	if (steps_mark(only, true, chosen, err) || steps_mark(skip, false, chosen, err))
		return -1;
	memcpy(ret_chosen, chosen, sizeof(chosen));
	return 0;
}
