/* finish.c - the stopped container to the candidate: scrubbed, marked, committed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "layer/acl.h"
#include "stage/base.h"
#include "stage/scrub.h"
#include "stage/stage_private.h"

#include "base/banned.h"

#define LIMIT_ACL_LIST ((size_t)256 << 20) /* bytes of /acls.txt */

static int open_root(struct stage_build *build, int *ret_fd, struct snapshot **ret_snapshot,
		     struct err *err)
{
	if (container_open_snapshot(build->container, ret_snapshot, err))
		return -1;
	return dir_open_at(AT_FDCWD, snap_rootfs(*ret_snapshot), ret_fd, err);
}

int stage_scrub(struct stage_build *build, struct err *err)
{
	const struct stage_script *script = &build->scripts.items[STAGE_FILE_SCRUB];
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	autobuf struct buf list = {0};
	autoclose int rootfd = -1;
	struct scrub_result result = {0};

	if (!stage_setting_is_yes(build->settings.do_snapshot)) {
		stage_log(build, "MS_DO_SNAPSHOT is '%s': nothing is scrubbed\n",
			  build->settings.do_snapshot);
		return 0;
	}
	if (file_read_at(AT_FDCWD, script->path, 0, &list, err) ||
	    open_root(build, &rootfd, &snapshot, err) ||
	    scrub_apply(script->path, buf_str(&list), rootfd, &build->injected, &result, err))
		return -1;
	stage_log(build, "scrubbed: %llu removed, %llu emptied\n",
		  (unsigned long long)result.n_removed, (unsigned long long)result.n_emptied);
	return 0;
}

static int touch(int rootfd, const char *name, struct err *err)
{
	return file_write_at(rootfd, name, "", 0, 0644, FILE_NO_SYNC, err);
}

int stage_markers(struct stage_build *build, struct err *err)
{
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	autobuf struct buf acls = {.max = LIMIT_ACL_LIST};
	autoclose int rootfd = -1;

	if (open_root(build, &rootfd, &snapshot, err))
		return -1;
	if (stage_setting_is_yes(build->settings.do_acls)) {
		if (acl_dump_tree(rootfd, false, &acls, err) ||
		    buf_check(&acls, "/acls.txt", err) ||
		    file_write_at(rootfd, "acls.txt", buf_text(&acls), acls.len, 0644, FILE_NO_SYNC,
				  err) ||
		    touch(rootfd, "acls.restore", err))
			return -1;
	}
	if (stage_setting_is_yes(build->settings.do_passwords_reset))
		return touch(rootfd, "passwords.reset", err);
	return 0;
}

static bool is_at_or_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);
	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* What was injected is in the image even where the engine has its own file or mount point. */
static bool is_injected(const char *path, void *arg)
{
	const struct stage_build *build = arg;
	return !is_at_or_below(path, "bootstrap_scripts") && map_has(&build->injected, path);
}

/* The mount points of the build and the scripts are not. */
static bool is_build_path(const char *path, void *arg)
{
	return is_at_or_below(path, "docker") || is_at_or_below(path, "bootstrap_scripts");
}

/* The base image's configuration with MS_COMMAND: no variable of the build is in it. */
static int candidate_config(struct stage_build *build, struct run_config *ret_config,
			    struct err *err)
{
	struct image_config base = {0};

	if (store_read_config(build->engine->store, &build->base.id, &base, err))
		return -1;
	run_config_copy(ret_config, &base.config);
	image_config_done(&base);
	strlist_done(&ret_config->entrypoint);
	strlist_copy(&ret_config->cmd, &build->settings.command_words);
	strlist_env_unset(&ret_config->labels, BASE_KEY_LABEL);
	if (stage_command_is_init(&build->settings)) {
		free(ret_config->stop_signal);
		ret_config->stop_signal = xstrdup("SIGRTMIN+3");
	}
	if (build->corpus)
		strlist_env_setf(&ret_config->labels, "org.opencontainers.image.revision",
				 build->corpus);
	return 0;
}

int stage_commit(struct stage_build *build, struct err *err)
{
	autoref struct reference name = {0};
	cleanup(run_config_done) struct run_config config = {0};

	if (reference_parse(build->settings.candidate, &name, err) ||
	    candidate_config(build, &config, err))
		return -1;
	reference_default_tag(&name);
	const struct commit_options options = {
		.name = &name,
		.created_by = "hull stage",
		.consume = true,
		.compression = build->options->compression,
		.config = &config,
		.created_ns = -1,
		.clamp_mtime_ns = -1,
		.exclude = is_build_path,
		.exclude_arg = build,
		.include = is_injected,
		.include_arg = build,
		.observe = build->observe,
		.observe_arg = build->observe_arg,
	};
	if (image_commit(build->engine, build->container, &options, &build->candidate,
			 &build->layer, err))
		return -1;
	return container_remove(build->container, true, true, err);
}
