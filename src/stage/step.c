/* step.c - builder, enter, base: each reads its settings from the environment that stage0.c made.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/step.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "build/build.h"
#include "stage/base.h"
#include "stage/program.h"
#include "stage/volumes.h"

#include "base/banned.h"

extern char **environ;

static int settings_from_environment(struct stage_settings *ret_settings, struct err *err)
{
	static const struct container_options no_options;
	static const struct strlist no_config;
	autostrlist struct strlist env = {0};

	for (char **it = environ; *it; it++)
		strlist_env_set(&env, *it);
	return stage_settings_resolve(&no_options, &env, &no_config, ret_settings, err);
}

static int needed_env(const char *name, const char **ret_value, struct err *err)
{
	*ret_value = getenv(name);
	if (!*ret_value || !**ret_value)
		return err_set(
			err, ERR_INPUT,
			"%s is not set: `hull step` is for stage scripts that `hull stage` runs",
			name);
	return 0;
}

/* The builder that lost its tag is of no use any more. */
static void drop_old(struct engine *engine, const struct image *old, const struct image *now,
		     const struct progress *progress)
{
	autoerr struct err err = {0};
	if (!old->id.text[0] || digest_eq(&old->manifest.digest, &now->manifest.digest) ||
	    old->names.n > 1)
		return;
	if (store_remove_image(engine->store, &old->manifest.digest, &err)) {
		const struct progress_event event = {.kind = PROGRESS_WARNING,
						     .text = err_text(&err)};
		progress_tell(progress, &event);
	}
}

int step_builder(struct engine *engine, const struct progress *progress, struct err *err)
{
	cleanup(stage_settings_done) struct stage_settings s = {0};
	autoref struct reference tag = {0};
	const char *context = NULL;
	autoerr struct err none = {0};
	cleanup(image_done) struct image old = {0};
	struct build_result result = {0};

	if (settings_from_environment(&s, err) || needed_env("MS_STAGE0_CONTEXT", &context, err))
		return -1;
	if (reference_parse(s.stage0_tag, &tag, err))
		return err_wrap(err, "MS_STAGE0_TAG");
	reference_default_tag(&tag);
	if (store_find_name(engine->store, &tag, &old, &none) && none.kind != ERR_MISSING) {
		err_move(err, &none);
		return -1;
	}
	const struct build_options options = {
		.dockerfile = s.dockerfile_stage0,
		.context = context,
		.tag = &tag,
		.network = "host",
		.compression = COMPRESSION_GZIP,
		.created_ns = -1,
		.progress = progress,
	};
	if (build_image(engine, &options, &result, err))
		return err_wrap(err, "building '%s'", s.stage0_tag);
	drop_old(engine, &old, &result.image, progress);
	build_result_done(&result);
	return 0;
}

/* The store and the run directory stand at the same paths, so that records made inside are true
 * outside. */
static int builder_options(struct engine *engine, const struct stage_settings *s,
			   const struct container_options *extra, struct container_options *o,
			   struct err *err)
{
	const char *inject = NULL;
	autofree char *program = NULL;
	autostrlist struct strlist given = {0};
	static const char *const passed[] = {STEP_ENV_KEY, STEP_ENV_SCRIPTS, "SOURCE_DATE_EPOCH"};

	if (needed_env(STEP_ENV_INJECT, &inject, err) ||
	    stage_program_install(engine->store, &program, err) ||
	    dir_make_all(AT_FDCWD, engine->run_dir, 0700,
			 err)) /* the first container may be ours */
		return -1;
	strlist_copy(&o->mounts, &extra->mounts);
	stage_volumes(s, inject, extra, &o->mounts);
	volume_add(&o->mounts, program, PROGRAM_MOUNT, true);
	volume_add(&o->mounts, store_root(engine->store), store_root(engine->store), false);
	volume_add(&o->mounts, engine->run_dir, engine->run_dir, false);
	volume_add(&o->mounts, "/sys/fs", "/sys/fs", true);
	strlist_copy(&o->env, &s->env);
	if (container_env(&extra->env_files, &extra->env, &given, err))
		return -1;
	for (size_t i = 0; i < given.n; i++)
		strlist_env_set(&o->env, given.items[i]);
	for (size_t i = 0; i < ARRAY_LEN(passed); i++)
		if (getenv(passed[i]))
			strlist_env_setf(&o->env, passed[i], getenv(passed[i]));
	strlist_env_setf(&o->env, "HULL", PROGRAM_MOUNT "/bin/hull");
	strlist_env_setf(&o->env, "HULL_ROOT", store_root(engine->store));
	strlist_env_setf(&o->env, "HULL_SHARE", "/docker/makina-states");
	strlist_env_setf(&o->env, "MS_BASEIMAGE_DIR", "/docker/data");
	o->name = s->stage1_name;
	o->label_owner = "stage";
	o->network = "host";
	o->privileged = true;
	o->remove = o->is_volatile = o->no_log = true;
	return 0;
}

int step_enter(struct engine *engine, const struct container_options *extra, char *const *command,
	       int *ret_status, struct err *err)
{
	cleanup(stage_settings_done) struct stage_settings s = {0};
	struct container_options options = *extra;
	cleanup(image_done) struct image image = {0};
	cleanup(container_closep) struct container *container = NULL;
	static const struct start_options attached = {.attach = true};
	int owner[2];

	options.mounts = options.env = options.env_files = options.publish = (struct strlist){0};
	options.user = options.workdir = options.hostname = options.entrypoint = NULL;
	options.restart = options.cidfile = options.systemd = NULL;
	options.tty = options.interactive = options.detach = options.read_only = false;
	options.publish_all = options.init = options.entrypoint_given = false;
	/* The builder goes when we do, however we die: its monitor hears the pipe close. */
	if (pipe2(owner, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	autoclose int owner_read = owner[0];
	autoclose int owner_write = owner[1];
	(void)owner_write; /* open as long as this function runs */
	options.owner_fd = owner_read;
	if (settings_from_environment(&s, err) ||
	    store_find_image(engine->store, s.stage0_tag, &image, err))
		return -1;
	int failed = builder_options(engine, &s, extra, &options, err) ||
		     container_create(engine, &options, &image, command, &container, err) ||
		     container_start(container, &attached, ret_status, err);
	strlist_done(&options.mounts);
	strlist_done(&options.env);
	return failed ? -1 : 0;
}

int step_base(struct engine *engine, const struct progress *progress, struct err *err)
{
	cleanup(stage_settings_done) struct stage_settings s = {0};
	cleanup(image_done) struct image image = {0};
	const char *base_key = NULL, *tarball_dir = getenv("MS_BASEIMAGE_DIR");
	autoerr struct err none = {0};
	char key[65];

	if (needed_env(STEP_ENV_KEY, &base_key, err) || settings_from_environment(&s, err))
		return -1;
	if (tarball_dir && tarball_dir[0]) {
		free(s.data_dir);
		s.data_dir = xstrdup(tarball_dir);
	}
	if (stage_base_find_key(engine->store, &s, base_key, key, err))
		return -1;
	if (!key[0])
		return err_set(err, ERR_MISSING, "there is no '%s' in '%s'", s.baseimage,
			       s.data_dir);
	bool cached = stage_base_cached(engine->store, key, &image, &none) == 0;
	if (!cached && stage_base_make(engine->store, &s, key, &image, err))
		return -1;
	const struct progress_event event = {.kind = PROGRESS_RESULT,
					     .name = "base layer",
					     .text = image.id.text,
					     .cached = cached};
	progress_tell(progress, &event);
	return 0;
}
