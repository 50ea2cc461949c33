/* scripts.h - which of the stage files is used, and putting them into the bootstrap directory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each file on its own: image_rootfs/bootstrap_scripts > MS_DOCKER_STAGEn, MS_DOCKERFILE_STAGE0 >
 * .salt > MS_STAGE_PATH > ours. What lies in injected_volumes/bootstrap_scripts is generated. */
#pragma once

#include <sys/types.h>

#include "build/progress.h"
#include "stage/settings.h"

enum stage_file {
	STAGE_FILE_0,
	STAGE_FILE_1,
	STAGE_FILE_2,
	STAGE_FILE_3,
	STAGE_FILE_DOCKERFILE,
	STAGE_FILE_SCRUB,
	N_STAGE_FILES
};

struct stage_script {
	const char *file;  /* "stage0.sh" */
	char *path;        /* of the one that is used; owned */
	const char *level; /* "image_rootfs", its variable, ".salt", "MS_STAGE_PATH", "default" */
};
struct stage_scripts {
	struct stage_script items[N_STAGE_FILES];
};
/* ERR_MISSING names the file and every place that was looked at. */
int stage_scripts_find(const struct stage_settings *settings, struct stage_scripts *ret_scripts,
		       struct err *err) must_check;
void stage_scripts_done(struct stage_scripts *scripts);
/* Copies what differs in content into settings->bootstrap_dir (made when missing) and tells
 * "already in place" or "copied A -> B". */
int stage_scripts_install(const struct stage_settings *settings,
			  const struct stage_scripts *scripts, const struct progress *progress,
			  struct err *err) must_check;
const char *stage_file_name(enum stage_file which);
mode_t stage_file_mode(enum stage_file which); /* scripts are executable */
