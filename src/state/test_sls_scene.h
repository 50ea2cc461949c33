/* test_sls_scene.h - state files in a scratch directory, compiled and run with small states.
 * SPDX-License-Identifier: Apache-2.0
 *
 * States: t.ok, t.fail, t.change (changes something), t.react (has a mod_watch), u.ok (no
 * mod_watch), t.args (takes: text, flag, count, mode, items, env; needs: must). */
#pragma once

#include "state/compile.h"
#include "state/run.h"

struct sls_scene {
	struct heap heap;
	struct world world;
	struct low_list low;
	struct diags findings;
	struct results results;
	int dirfd;
	struct buf text; /* what was last made of it */
};

extern const struct state_table *const sls_scene_states[];

void sls_scene_begin(struct sls_scene *scene);
void sls_scene_file(struct sls_scene *scene, const char *name, const char *text);
int sls_scene_compile(struct sls_scene *scene, const char *sls, bool for_check);
/* Compiles and runs SLS "a". */
void sls_scene_run(struct sls_scene *scene, const char *text);
const char *sls_scene_findings(struct sls_scene *scene); /* messages, one a line */
const char *sls_scene_order(struct sls_scene *scene);    /* "id id" of the low list */
/* "id=T id=F:comment": T, F, N by result; with the comment of those that are not plain. */
const char *sls_scene_results(struct sls_scene *scene);
void sls_scene_end(struct sls_scene *scene);
