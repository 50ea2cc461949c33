/* stage.h - the staged build: settings, scripts, injected files, stages 0 to 3, the candidate.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   settings  environment and docker-run options to effective MS_* values; options win before
 *             anything is derived
 *   scripts   each of the files: image_rootfs > explicit > .salt > MS_STAGE_PATH > ours
 *   inject    injected_volumes overlaid by image_rootfs: one tree, the user's files untouched
 *   stage0    the builder image; its container runs stage1.sh
 *   stage1    base tarball made or reused, base layer
 *   stage2    a container of it: files injected, systemd booted as PID 1, stage2.sh, stage3.sh
 *   finish    scrub, ACL list, commit as <image>:candidate */
#pragma once

#include "build/progress.h"
#include "container/container.h"
#include "image/image.h"

struct stage_settings; /* effective values; settings.h */

struct stage_options {
	struct container_options run; /* the docker-run options of the command line */
	bool keep;                    /* leave a failed container */
	bool shell;                   /* a shell in the container where it failed */
	bool dry_run;
	bool no_cache;
	const char *config; /* a file of KEY=VALUE lines, weaker than the environment */
	const char *report; /* path of the HTML page */
	enum compression compression;
	int session_fd; /* > 0: hears the pid (a pid_t) of each session that is begun on the host,
			 * for whoever ends it when we are killed */
	const struct progress *progress;
};
/* The whole pipeline. The candidate's name moves only on success. ERR_INPUT: nothing was changed,
 * or a stage script says (by status 2) that what it was given is wrong. With dry_run `engine` may
 * be NULL. */
int stage_run(struct engine *engine, const struct stage_options *options,
	      struct err *err) must_check;
/* Moves a candidate to its final tag: "org/img" or "org/img:candidate" to `target` (NULL:
 * org/img:latest). */
int stage_promote(struct engine *engine, const char *candidate, const char *target,
		  struct reference *ret_target, struct err *err) must_check;
