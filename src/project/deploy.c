/* deploy.c - the steps of a deployment, one after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/deploy.h"

#include <fcntl.h>
#include <string.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/vec.h"
#include "states/program.h"
#include "tmpl/limits.h"

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
	bool has_run; /* a state file: from here on nobody may be told that nothing was changed */
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

static bool is_stopped(const struct deployment *deployment)
{
	return deployment->world->stop && *deployment->world->stop;
}

/* ---- state files ---- */

/* Its errors are among the findings, and say how the deployment ends. */
static int compile(struct deployment *deployment, struct compiled_step *step)
{
	struct project *project = deployment->project;
	const char *sls = heap_printf(deployment->world->heap, "makina-projects.%s.%s",
				      project->name, step->name);
	const struct compile_options options = {.states = deployment->options->states,
						.arguments_too = true};
	size_t n_errors = diags_errors(deployment->findings);

	low_list_done(&step->low);
	if (!sls_compile(deployment->world, &options, &sls, 1, &step->low, deployment->findings) &&
	    diags_errors(deployment->findings) == n_errors)
		return 0;
	deployment->end = deployment->has_run ? DEPLOY_FAILED : DEPLOY_NOT_COMPILED;
	return -1;
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
	deployment->has_run |= results.n > 0;
	if (results_failed(&results))
		deployment->end = DEPLOY_FAILED;
	if (results.errors.n)
		deployment->end = deployment->has_run ? DEPLOY_FAILED : DEPLOY_NOT_COMPILED;
	if (is_stopped(deployment)) /* what failed may have got the signal too */
		deployment->end = DEPLOY_STOPPED;
	*changed |= changed_something(&results);
	results_done(&results);
}

static void compile_one(struct deployment *deployment, struct str name)
{
	struct compiled_step step = {.name = heap_strdup(deployment->world->heap, name)};

	if (compile(deployment, &step)) /* the others are compiled too: all faults at once */
		deployment->end = DEPLOY_NOT_COMPILED;
	vec_push(&deployment->steps, step);
}

/* All that are asked for, or nothing: end is NOT_COMPILED when one has an error. */
static void compile_all(struct deployment *deployment, const struct strlist *names)
{
	for (size_t i = 0; i < names->n; i++)
		compile_one(deployment, (struct str){names->items[i],
						     strlen(names->items[i]) - strlen(".sls")});
}

static void run_all(struct deployment *deployment)
{
	bool changed = false;

	vec_foreach(step, &deployment->steps) {
		if (deployment->end != DEPLOY_DONE)
			return;
		if (changed && compile(deployment, step))
			return;
		run_step(deployment, step, &changed);
	}
}

static void steps_done(struct deployment *deployment)
{
	vec_foreach(step, &deployment->steps)
		low_list_done(&step->low);
	vec_done(&deployment->steps);
}

/* ---- an SLS that a step may have ---- */

static bool is_there(const struct world *world, const char *path)
{
	struct stat st;
	autoerr struct err err = {0};

	return !beneath_stat(world->rootfd, path, &st, &err);
}

static const char *step_path(const struct deployment *deployment, enum deploy_step step)
{
	return heap_printf(deployment->world->heap, "%s/%s.sls", deployment->project->salt_root,
			   deploy_step_names[step]);
}

/* false: there is none to run, or it does not compile. */
static bool own_compile(struct deployment *deployment, enum deploy_step step,
			struct compiled_step *compiled)
{
	compiled->name = deploy_step_names[step];
	if (!is_there(deployment->world, step_path(deployment, step)))
		return false;
	return !compile(deployment, compiled);
}

static void own_run(struct deployment *deployment, enum deploy_step step)
{
	struct compiled_step compiled = {0};
	bool changed = false;

	if (own_compile(deployment, step, &compiled))
		run_step(deployment, &compiled, &changed);
	low_list_done(&compiled.low);
}

/* What most archive.sls and rollback.sls are: a call of rsync for what is native here. */
static bool own_copies(const struct deployment *deployment, enum deploy_step step)
{
	autoclose int fd = -1;
	autobuf struct buf text = {.max = LIMIT_TEMPLATE};
	autoerr struct err err = {0};

	return !beneath_open(deployment->world->rootfd, step_path(deployment, step),
			     O_RDONLY | O_NONBLOCK, 0, &fd, &err) &&
	       !io_read_all(fd, &text, &err) && strstr(buf_text(&text), "rsync");
}

/* ---- steps ---- */

static int archive_and_more(struct deployment *deployment, struct compiled_step *own)
{
	bool has_own = own_compile(deployment, DEPLOY_ARCHIVE, own), changed = false;

	if (has_own && own_copies(deployment, DEPLOY_ARCHIVE) &&
	    !program_find(deployment->world, "rsync")) {
		say(deployment, "archive.sls is left out: it needs rsync, which is not here");
		has_own = false;
	}
	if (deployment->end != DEPLOY_DONE)
		return 0;
	if (archive_make(deployment->world, deployment->project, deployment->err))
		return -1;
	if (has_own)
		run_step(deployment, own, &changed);
	deployment->is_archived = deployment->end == DEPLOY_DONE;
	return 0;
}

/* A dump of a database beside the tree is what an archive.sls may add. */
static int step_archive(struct deployment *deployment)
{
	struct compiled_step own = {0};
	int result = archive_and_more(deployment, &own);

	low_list_done(&own.low);
	return result;
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

/* Why nothing is put back; NULL: it is. */
static const char *rollback_obstacle(const struct deployment *deployment)
{
	const struct value *env = dict_get(deployment->project->cfg, "default_env");

	if (deployment->options->archive)
		return NULL;
	if (!deployment->is_archived)
		return "nothing was archived: the failed tree stays";
	if (env && env->kind == VALUE_STRING && str_is(value_bytes(*env), "dev"))
		return "the environment is dev: the failed tree stays";
	return NULL;
}

static void show_archive(const struct deployment *deployment, const char *name)
{
	struct project *project = deployment->project;
	struct heap *heap = deployment->world->heap;

	dict_set(heap, project->cfg, "rollback", value_bool(true));
	dict_set(heap, project->cfg, "current_archive_dir",
		 value_printf(heap, "%s/%s", project->archives_root, name));
}

/* An own rollback.sls that copies by itself would keep the good tree in place of the failed one. */
static int step_rollback(struct deployment *deployment)
{
	const char *name = deployment->options->archive;

	if (deployment->end == DEPLOY_DONE && !name)
		return 0;
	const char *obstacle = rollback_obstacle(deployment);
	if (obstacle) {
		say(deployment, "%s", obstacle);
		return 0;
	}
	show_archive(deployment, name ? name : deployment->project->chrono);
	if (archive_restore(deployment->world, deployment->project, name, deployment->err))
		return -1;
	if (!own_copies(deployment, DEPLOY_ROLLBACK))
		own_run(deployment, DEPLOY_ROLLBACK);
	return 0;
}

static int step_fixperms(struct deployment *deployment)
{
	uint64_t changed = 0;

	if (fixperms_apply(deployment->world, deployment->project, &changed, deployment->err) ||
	    layout_link_program(deployment->world, deployment->err))
		return -1;
	say(deployment, "%llu entries changed", (unsigned long long)changed);
	own_run(deployment, DEPLOY_FIXPERMS);
	return 0;
}

/* The deployment is what it is, whether or not anybody could be told. */
static int step_notify(struct deployment *deployment)
{
	enum deploy_end end = deployment->end;

	own_run(deployment, DEPLOY_NOTIFY);
	if (deployment->end != DEPLOY_STOPPED)
		deployment->end = end;
	return 0;
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

const char *deploy_summary(const struct world *world, const struct project *project,
			   enum deploy_end end)
{
	return heap_printf(world->heap, "Deployment %s %s for %s", project->chrono,
			   end == DEPLOY_DONE ? "finished successfully" : "failed", project->name);
}

/* For those who are told of it. */
static void show_summary(const struct deployment *deployment)
{
	struct heap *heap = deployment->world->heap;
	struct dict *cfg = deployment->project->cfg, *told = dict_new(heap);
	struct value summary = value_cstr(
		heap, deploy_summary(deployment->world, deployment->project, deployment->end));

	dict_set(heap, told, "name", value_cstr(heap, deployment->project->name));
	dict_set(heap, told, "result", value_bool(deployment->end == DEPLOY_DONE));
	dict_set(heap, told, "comment", summary);
	dict_set(heap, told, "changes", value_of_dict(dict_new(heap)));
	dict_set(heap, cfg, "deploy_summary", summary);
	dict_set(heap, cfg, "deploy_ret", value_of_dict(told));
}

static bool is_due(const struct deployment *deployment, enum deploy_step step)
{
	if (!deployment->options->choice.runs[step])
		return false;
	switch (deployment->end) {
	case DEPLOY_DONE: return true;
	case DEPLOY_FAILED: return step_rows[step].after_failure;
	case DEPLOY_NOT_COMPILED:
	case DEPLOY_STOPPED: break;
	}
	return false;
}

static int run_steps(struct deployment *deployment)
{
	const struct deploy_listener *listener = &deployment->options->listener;

	for (enum deploy_step step = 0; step < N_DEPLOY_STEPS; step++) {
		if (is_stopped(deployment))
			deployment->end = DEPLOY_STOPPED;
		if (!is_due(deployment, step))
			continue;
		if (listener->began)
			listener->began(listener->arg, step);
		if (step >= DEPLOY_FIXPERMS)
			show_summary(deployment);
		if (step_rows[step].run(deployment))
			return err_wrap(deployment->err, "%s", deploy_step_names[step]);
	}
	return 0;
}

/* ---- what cfg says of steps ---- */

static bool cfg_skips(const struct world *world, const struct project *project, const char *step)
{
	const struct value *v = dict_get(project->cfg, heap_printf(world->heap, "skip_%s", step));
	autoerr struct err err = {0};
	bool skips = false;

	return v && !value_truth(world->heap, *v, &skips, &err) && skips;
}

static void choice_settle(const struct world *world, const struct project *project,
			  struct deploy_choice *choice)
{
	/* skip_deploy is about the whole of it. */
	bool skips_all = choice->is_open[DEPLOY_INSTALL] && cfg_skips(world, project, "deploy");

	for (int i = 0; i < N_DEPLOY_STEPS; i++) {
		const char *name = deploy_step_names[i];
		if (choice->is_open[i])
			choice->runs[i] = !skips_all && !cfg_skips(world, project, name);
		dict_set(world->heap, project->cfg, heap_printf(world->heap, "skip_%s", name),
			 value_bool(!choice->runs[i]));
	}
}

int deploy_run(struct world *world, struct project *project, const struct deploy_options *options,
	       enum deploy_end *ret_end, struct diags *findings, struct err *err)
{
	struct deploy_options settled = *options;
	struct deployment deployment = {world,       project, &settled, findings, err,
					DEPLOY_DONE, false,   false,    {0}};
	autostrlist struct strlist names = {0};

	choice_settle(world, project, &settled.choice);
	if (settled.choice.runs[DEPLOY_INSTALL] &&
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
	struct deployment deployment = {world,       project, options, findings, err,
					DEPLOY_DONE, false,   false,   {0}};
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

static int steps_mark(const struct strlist *words, bool value, struct deploy_choice *choice,
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
			choice->runs[step] = value;
			choice->is_open[step] = false;
		}
	}
	return 0;
}

int deploy_choose(const struct strlist *only, const struct strlist *skip,
		  struct deploy_choice *ret_choice, struct err *err)
{
	struct deploy_choice choice = {0};

	for (int i = 0; i < N_DEPLOY_STEPS; i++) {
		choice.is_open[i] = !only || !only->n;
		choice.runs[i] = choice.is_open[i] && i != DEPLOY_NOTIFY;
	}
	choice.runs[DEPLOY_SYNC_MODULES] = true;
	if (steps_mark(only, true, &choice, err) || steps_mark(skip, false, &choice, err))
		return -1;
	*ret_choice = choice;
	return 0;
}
