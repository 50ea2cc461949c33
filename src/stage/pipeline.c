/* pipeline.c - the staged build from settings to candidate: one list of steps, undone as one.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "stage/base.h"
#include "stage/record.h"
#include "stage/scrub.h"
#include "stage/stage_private.h"
#include "stage/volumes.h"

#include "base/banned.h"

#define CANDIDATE_CACHE_KIND "stage"

extern char **environ;

static void report_row(const char *label, const char *value, void *arg)
{
	stage_tell(arg, PROGRESS_VALUE, label, value);
}

static int read_settings(struct stage_build *build, struct err *err)
{
	autostrlist struct strlist env = {0}, config = {0};

	for (char **it = environ; *it; it++)
		strlist_env_set(&env, *it);
	if (build->options->config && stage_config_read(build->options->config, &config, err))
		return -1;
	if (stage_settings_resolve(&build->options->run, &env, &config, &build->settings, err))
		return -1;
	stage_tell(build, PROGRESS_BANNER, NULL, "STAGE -1 - ASSEMBLING BUILD ENVIRONMENT");
	stage_settings_report(&build->settings, report_row, build);
	return stage_scripts_find(&build->settings, &build->scripts, err);
}

/* A root file system that nobody here can make is told before anything is begun. Who brings scripts
 * of his own may know more. */
static int check_bootstrap(const struct stage_build *build, struct err *err)
{
	static const char *const known[] = {"debian", "ubuntu"};
	const struct stage_settings *s = &build->settings;
	autofree char *tarball = path_join(s->data_dir, s->baseimage);
	bool is_known = false;

	if (!text_eq(s->base, "scratch") || access(tarball, F_OK) == 0 ||
	    !text_eq(build->scripts.items[STAGE_FILE_0].level, "default") ||
	    !text_eq(build->scripts.items[STAGE_FILE_1].level, "default"))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		is_known |= text_eq(s->os, known[i]);
	if (!is_known)
		return err_set(err, ERR_INPUT,
			       "MS_OS: there is no way to make a root file system of '%s' "
			       "(debian, ubuntu), and no tarball '%s'",
			       s->os, tarball);
	if (!s->os_mirror[0])
		return err_set(err, ERR_INPUT,
			       "MS_OS_MIRROR is not set, this host's own package sources have no "
			       "'%s %s', and there is no tarball '%s'",
			       s->os, s->os_release, tarball);
	return 0;
}

/* Also that MS_BASE is there, or the tarball a file. */
static int check_base(struct stage_build *build, struct err *err)
{
	char key[65];
	return stage_base_find_key(build->engine->store, &build->settings, "", key, err);
}

/* A mistake in the list would otherwise show at the very end. */
static int check_scrub(const struct stage_build *build, struct err *err)
{
	const struct stage_script *script = &build->scripts.items[STAGE_FILE_SCRUB];
	autobuf struct buf list = {0};
	size_t n_rows;

	if (file_read_at(AT_FDCWD, script->path, 0, &list, err))
		return -1;
	return scrub_check(script->path, buf_str(&list), &n_rows, err);
}

/* Two builds of one image would race for its bootstrap directory and its candidate. */
static int take_lock(struct stage_build *build, struct err *err)
{
	autofree char *repository = reference_repository(&build->settings.name);
	autofree char *key = xasprintf("stage-%s", repository);
	bool taken = false;

	if (store_lock_key(build->engine->store, key, false, &build->lock_fd, &taken, err))
		return -1;
	if (!taken)
		return err_set(err, ERR_EXISTS, "another build of '%s' is running",
			       build->settings.image);
	return 0;
}

static int make_directories(struct stage_build *build, struct err *err)
{
	const struct stage_settings *s = &build->settings;
	const char *const dirs[] = {s->data_dir, s->injected_dir, s->bootstrap_dir, s->image_dir};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (dir_make_all(AT_FDCWD, dirs[i], 0755, err))
			return -1;
	return 0;
}

static int assemble(struct stage_build *build, struct err *err)
{
	if (make_directories(build, err) ||
	    stage_scripts_install(&build->settings, &build->scripts, build->progress, err) ||
	    stage_corpus_head(&build->settings, &build->corpus, err))
		return -1;
	return stage_base_key_compute(build, err) || stage_key_compute(build, err) ? -1 : 0;
}

/* The candidate that the same inputs gave before, tagged again. */
static int answer_from_cache(struct stage_build *build, bool *ret_hit, struct err *err)
{
	autofree char *digest = NULL;
	autoerr struct err miss = {0};
	autoref struct reference name = {0};

	*ret_hit = false;
	if (build->options->no_cache || !build->key[0])
		return 0;
	if (store_cache_get(build->engine->store, CANDIDATE_CACHE_KIND, build->key, &digest,
			    &miss) ||
	    store_find_image(build->engine->store, digest, &build->candidate, &miss)) {
		if (miss.kind == ERR_MISSING)
			return 0;
		err_move(err, &miss);
		return -1;
	}
	if (reference_parse(build->settings.candidate, &name, err))
		return -1;
	reference_default_tag(&name);
	*ret_hit = true;
	return store_add_image(build->engine->store, &build->candidate.manifest, &name, err);
}

static void tell_result(struct stage_build *build, bool cached)
{
	const struct progress_event event = {
		.kind = PROGRESS_RESULT,
		.name = build->settings.candidate,
		.text = build->candidate.manifest.digest.text,
		.cached = cached,
		.files = build->layer.n_entries,
		.bytes = build->layer.content_bytes,
	};
	progress_tell(build->progress, &event);
}

static int record_candidate(struct stage_build *build, struct err *err)
{
	/* The tarball may have been made by this very build: the key is known only now. */
	if (!build->key[0] && stage_key_compute(build, err))
		return -1;
	return build->key[0]
		       ? store_cache_put(build->engine->store, CANDIDATE_CACHE_KIND, build->key,
					 build->candidate.manifest.digest.text, err)
		       : 0;
}

struct pipeline_step {
	const char *banner; /* NULL: the one before goes on */
	const char *step, *name;
	int (*run)(struct stage_build *build, struct err *err);
};
static const struct pipeline_step steps[] = {
	{"STAGE 0 - BUILDER, STAGE 1 - BASE LAYER", "stage1", "base layer", stage0_run},
	{"STAGE 2 - CONTAINER", "inject", "injected files", stage2_create},
	{NULL, "boot", "boot", stage2_boot},
	{NULL, "stage2", "configuration", stage2_script},
	{"STAGE 3 - PROJECTS AND SELF-TEST", "stage3", "self-test", stage3_script},
	{NULL, "stop", "shut down", stage_shutdown},
	{"CANDIDATE", "scrub", "scrub", stage_scrub},
	{NULL, "markers", "access control lists and markers", stage_markers},
	{NULL, "commit", "commit", stage_commit},
};

static int run_steps(struct stage_build *build, struct err *err)
{
	if (lease_begin(build->engine->store, &build->lease, err) ||
	    workdir_new(build->engine->store, &build->work, err) ||
	    stage_step(build, "assemble", "injected tree", stage_inject_assemble, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i].banner)
			stage_tell(build, PROGRESS_BANNER, NULL, steps[i].banner);
		if (stage_step(build, steps[i].step, steps[i].name, steps[i].run, err)) {
			stage_failed(build, err);
			return -1;
		}
	}
	return record_candidate(build, err);
}

static void tell_plan(struct stage_build *build)
{
	autostrlist struct strlist mounts = {0};

	for (size_t i = 0; i < N_STAGE_FILES; i++) {
		const struct stage_script *script = &build->scripts.items[i];
		autofree char *text = xasprintf("%s (%s)", script->path, script->level);
		stage_tell(build, PROGRESS_VALUE, script->file, text);
	}
	stage_volumes(&build->settings, build->settings.injected_dir, &build->options->run,
		      &mounts);
	for (size_t i = 0; i < mounts.n; i++)
		stage_tell(build, PROGRESS_VALUE, "mount", mounts.items[i]);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		stage_tell(build, PROGRESS_VALUE, "step", steps[i].name);
}

/* All that can be refused before anything is changed. What is wrong is then the call. */
static int prepare(struct stage_build *build, struct err *err)
{
	int failed =
		read_settings(build, err) || check_bootstrap(build, err) || check_scrub(build, err);
	if (!failed && !build->options->dry_run)
		failed = check_base(build, err) || take_lock(build, err);
	if (failed && (err->kind == ERR_MISSING || err->kind == ERR_EXISTS))
		err->kind = ERR_INPUT;
	return failed ? -1 : 0;
}

static int run_build(struct stage_build *build, struct err *err)
{
	bool hit = false;

	if (prepare(build, err))
		return -1;
	if (build->options->dry_run) {
		tell_plan(build);
		return 0;
	}
	if (assemble(build, err) || answer_from_cache(build, &hit, err))
		return -1;
	if (!hit && run_steps(build, err))
		return -1;
	tell_result(build, hit);
	return 0;
}

static void build_done(struct stage_build *build)
{
	container_close(build->container);
	for (size_t i = 0; i < 2; i++) {
		int *fd = i ? &build->owner_fd : &build->owner_read_fd;
		mem_close_at(fd);
	}
	mem_close_at(&build->notify_fd);
	mem_close_at(&build->lock_fd);
	workdir_free(build->work);
	lease_end(build->lease);
	image_done(&build->base);
	image_done(&build->candidate);
	stage_scripts_done(&build->scripts);
	stage_settings_done(&build->settings);
	map_done(&build->injected);
	free(build->inject_dir);
	free(build->notify_path);
	free(build->corpus);
}

int stage_run(struct engine *engine, const struct stage_options *options, struct err *err)
{
	struct record *record = record_new(options->progress);
	struct stage_build build = {
		.engine = engine,
		.options = options,
		.progress = record_progress(record),
		.observe = record_observe,
		.observe_arg = record,
		.lock_fd = -1,
		.owner_fd = -1,
		.owner_read_fd = -1,
		.notify_fd = -1,
	};

	int failed = run_build(&build, err);
	if (options->report && !options->dry_run) {
		autoerr struct err report_err = {0};
		if (record_report(record, options->report, build.settings.image,
				  failed ? err_text(err) : NULL, &report_err)) {
			if (failed)
				stage_tell(&build, PROGRESS_WARNING, "the report",
					   err_text(&report_err));
			else
				failed = (err_move(err, &report_err), -1);
		}
	}
	build_done(&build);
	record_free(record);
	return failed ? -1 : 0;
}

int stage_promote(struct engine *engine, const char *candidate, const char *target,
		  struct reference *ret_target, struct err *err)
{
	autoref struct reference from = {0}, to = {0};
	cleanup(image_done) struct image image = {0};

	if (reference_parse(candidate, &from, err) ||
	    reference_parse(target ? target : candidate, &to, err))
		return -1;
	if (!from.tag && !digest_is_set(&from.digest))
		reference_set_tag(&from, "candidate");
	if (!target)
		reference_set_tag(&to, "latest");
	reference_default_tag(&to);
	if (store_find_name(engine->store, &from, &image, err))
		return err_wrap(err, "promoting '%s'", candidate);
	if (store_add_image(engine->store, &image.manifest, &to, err))
		return -1;
	*ret_target = steal(&to);
	return 0;
}
