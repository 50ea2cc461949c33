/* stage0.c - stage0.sh on the host, which makes the builder and has it run stage1.sh; then the base
 * layer is there. SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "stage/base.h"
#include "stage/mirror.h"
#include "stage/stage_private.h"
#include "stage/step.h"

#include "base/banned.h"

extern char **environ;

static int script_environment(struct stage_build *build, struct strlist *env, struct err *err)
{
	const struct stage_settings *s = &build->settings;
	autoclose int rootfd = -1;
	autofree char *mirror = NULL;
	autofree char *context = path_join(store_root(build->engine->store), "stage0/context");
	autofree char *dockerfile = path_join(s->bootstrap_dir, "Dockerfile.stage0");
	autofree char *program = NULL;

	if (dir_open_at(AT_FDCWD, "/", &rootfd, err) ||
	    stage_host_own_mirror(rootfd, &mirror, err) ||
	    path_real("/proc/self/exe", &program, err) ||
	    dir_make_all(AT_FDCWD, context, 0755, err))
		return -1;
	for (char **it = environ; *it; it++)
		strlist_env_set(env, *it);
	for (size_t i = 0; i < s->env.n; i++)
		strlist_env_set(env, s->env.items[i]);
	strlist_env_setf(env, "TMPDIR", workdir_path(build->work));
	strlist_env_setf(env, "HULL", program);
	strlist_env_setf(env, "HULL_ROOT", store_root(build->engine->store));
	strlist_env_setf(env, "HULL_SHARE", s->share);
	strlist_env_setf(env, "MS_DOCKERFILE_STAGE0", dockerfile);
	strlist_env_setf(env, "MS_STAGE0_CONTEXT", context);
	strlist_env_setf(env, "MS_HOST_MIRROR", mirror);
	strlist_env_setf(env, STEP_ENV_SCRIPTS, s->bootstrap_dir);
	strlist_env_setf(env, STEP_ENV_INJECT, build->inject_dir);
	strlist_env_setf(env, STEP_ENV_KEY, build->base_key);
	return 0;
}

/* In the child: whoever outlives us can end the whole session. */
static int tell_session(void *arg)
{
	const struct stage_build *build = arg;
	pid_t leader = getpid();
	return write(build->options->session_fd, &leader, sizeof(leader)) != sizeof(leader);
}

static int run_script(struct stage_build *build, struct err *err)
{
	autostrlist struct strlist env = {0};
	autofree char *script = path_join(build->settings.bootstrap_dir, "stage0.sh");
	char *argv[] = {script, NULL};
	int status = 0;

	if (script_environment(build, &env, err))
		return -1;
	const struct proc_options options = {
		.argv = argv,
		.env = strlist_argv(&env),
		.fd_stdin = -1,
		.new_session = true,
		.death_signal = SIGKILL,
		.before_exec = build->options->session_fd > 0 ? tell_session : NULL,
		.before_exec_arg = build,
	};
	stage_tell(build, PROGRESS_COMMAND, NULL, script);
	if (stage_run_child(build, &options, &status, err))
		return -1;
	if (status)
		return err_set(
			err, status == 2 ? ERR_INPUT : ERR_SYSTEM,
			"%s: build failed: stage0.sh ended with status %d (upper stages failed, see the log)",
			build->settings.image, status);
	return 0;
}

/* The base image when it is recorded already; unset and 0 when it is still to be made. */
static int look_up(struct stage_build *build, char key[65], struct image *ret_image,
		   struct err *err)
{
	autoerr struct err why = {0};
	if (stage_base_find_key(build->engine->store, &build->settings, build->base_key, key, err))
		return -1;
	if (!stage_base_cached(build->engine->store, key, ret_image, &why) ||
	    why.kind == ERR_MISSING)
		return 0;
	err_move(err, &why);
	return -1;
}

int stage0_run(struct stage_build *build, struct err *err)
{
	char key[65];

	if (look_up(build, key, &build->base, err))
		return -1;
	if (build->base.id.text[0] && !build->options->no_cache) {
		stage_log(build, "the base layer is there already (key %.12s)\n", key);
		return 0;
	}
	image_done(&build->base);
	build->base = (struct image){0};
	if (run_script(build, err) || look_up(build, key, &build->base, err))
		return -1;
	/* A stage1.sh of the user's need not know our steps: a tarball in the data directory is
	 * enough. */
	if (build->base.id.text[0])
		return 0;
	if (!key[0])
		return err_set(err, ERR_MISSING, "stage1 left no '%s' in '%s'",
			       build->settings.baseimage, build->settings.data_dir);
	return stage_base_make(build->engine->store, &build->settings, key, &build->base, err);
}
