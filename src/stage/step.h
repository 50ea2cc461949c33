/* step.h - what the stage scripts ask the engine to do: `hull step builder|enter|base`.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The build gives its scripts an environment; a step reads everything from it, so that a script of
 * the user's may call the steps in any order, from the host or from inside the builder's container.
 */
#pragma once

#include "build/progress.h"
#include "container/container.h"

#define STEP_ENV_SCRIPTS "HULL_STAGE_SCRIPTS" /* the bootstrap directory */
#define STEP_ENV_INJECT  "HULL_STAGE_INJECT"  /* the assembled tree */
#define STEP_ENV_KEY     "HULL_STAGE_KEY"     /* of the base layer, without its tarball */

/* Builds MS_STAGE0_TAG from MS_DOCKERFILE_STAGE0 with MS_STAGE0_CONTEXT; the image that had the tag
 * before goes when it was replaced. */
int step_builder(struct engine *engine, const struct progress *progress,
		 struct err *err) must_check;
/* Runs `command` in the builder's container, our descriptors are its own; *ret_status is its exit
 * status. `extra`: the docker-run options of MS_DOCKER_ARGS. */
int step_enter(struct engine *engine, const struct container_options *extra, char *const *command,
	       int *ret_status, struct err *err) must_check;
/* Makes the base image <image>-stage1:latest out of MS_BASEIMAGE, or takes MS_BASE, and records it
 * under its key. */
int step_base(struct engine *engine, const struct progress *progress, struct err *err) must_check;
