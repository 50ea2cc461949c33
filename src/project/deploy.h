/* deploy.h - the project engine: archive, install, rollback, permissions, in their order.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   archive → sync_modules → release_sync → install → rotate_archives → [rollback] → fixperms →
 * notify
 *
 * All steps of install are compiled before the first is run: what does not compile changes nothing.
 * The first step with a failed state ends the install; then what was archived is put back, unless
 * the environment is "dev". */
#pragma once

#include "base/strlist.h"
#include "project/project.h"
#include "state/compile.h"
#include "state/run.h"

enum deploy_step {
	DEPLOY_ARCHIVE,
	DEPLOY_SYNC_MODULES,
	DEPLOY_RELEASE_SYNC,
	DEPLOY_INSTALL,
	DEPLOY_ROTATE_ARCHIVES,
	DEPLOY_ROLLBACK,
	DEPLOY_FIXPERMS,
	DEPLOY_NOTIFY,
	N_DEPLOY_STEPS
};
extern const char *const deploy_step_names[N_DEPLOY_STEPS + 1]; /* ends with NULL */

struct deploy_listener { /* all may be NULL */
	void (*began)(void *arg, enum deploy_step step);
	void (*said)(void *arg, const char *line);
	/* An SLS was run: "050_conf" and what came of it. */
	void (*ran)(void *arg, const char *sls, const struct results *results);
	void *arg;
};

struct deploy_options {
	bool chosen[N_DEPLOY_STEPS]; /* deploy_choose fills it */
	const struct strlist *steps; /* of install: names with or without ".sls"; NULL: all */
	const struct state_table *const *states;
	struct deploy_listener listener;
};

enum deploy_end { DEPLOY_DONE, DEPLOY_NOT_COMPILED, DEPLOY_FAILED };

/* --only (comma lists; NULL: every step but notify) less --skip. ERR_INPUT: no such step. */
int deploy_choose(const struct strlist *only, const struct strlist *skip,
		  bool ret_chosen[N_DEPLOY_STEPS], struct err *err) must_check;
/* Findings: everything that does not compile, and warnings. -1 with err: the system said no before
 * or between steps. */
int deploy_run(struct world *world, struct project *project, const struct deploy_options *options,
	       enum deploy_end *ret_end, struct diags *findings, struct err *err) must_check;
/* Runs task_*.sls by name; the same ends. */
int deploy_task(struct world *world, struct project *project, const struct deploy_options *options,
		const struct strlist *tasks, enum deploy_end *ret_end, struct diags *findings,
		struct err *err) must_check;

/* ---- single steps ---- */

/* The SLS of install, sorted bytewise: all of .salt but the special ones, or those asked for.
 * ERR_MISSING: none, or one that does not exist (with the nearest name). */
int install_list(const struct world *world, const struct project *project,
		 const struct strlist *wanted, struct strlist *ret_steps,
		 struct err *err) must_check;
/* project/ → archives/CHRONO/project. */
int archive_make(const struct world *world, const struct project *project,
		 struct err *err) must_check;
/* Names below archives/, the oldest first. */
int archive_list(const struct world *world, const struct project *project,
		 struct strlist *ret_names, struct err *err) must_check;
/* All but the newest that cfg.keep_archives (default ARCHIVES_KEPT) wants. */
int archive_rotate(const struct world *world, const struct project *project,
		   struct err *err) must_check;
/* The failed tree is kept in archives/NAME/project.failed, archives/NAME/project is put back.
 * name NULL: this deployment's. ERR_MISSING: no such archive. */
int archive_restore(const struct world *world, const struct project *project, const char *name,
		    struct err *err) must_check;
/* Directories, user and group, links into the salt and pillar roots. */
int layout_make(struct world *world, const struct project *project,
		const struct state_table *const *states, struct err *err) must_check;
/* The files that a project begins with, where they are missing. */
int layout_scaffold(const struct world *world, const struct project *project,
		    struct err *err) must_check;
int layout_link(const struct world *world, const struct project *project,
		struct err *err) must_check;
int layout_unlink(const struct world *world, const struct project *project,
		  struct err *err) must_check;
/* The modes of the layout; then .salt/fixperms.sls is the caller's to run. */
int fixperms_apply(const struct world *world, const struct project *project, uint64_t *ret_changed,
		   struct err *err) must_check;
