/* deploy.h - the project engine: archive, install, rollback, permissions, in their order.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   archive → sync_modules → release_sync → install → rotate_archives → [rollback] → fixperms →
 * notify
 *
 * All steps of install are compiled before the first is run: what does not compile changes nothing.
 * The first step with a failed state ends the install; then what was archived is put back, unless
 * the environment is "dev". Archives, going back and the layout's permissions are native; a
 * project's own archive.sls, rollback.sls, fixperms.sls and notify.sls are run behind them. */
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

struct deploy_choice {
	bool runs[N_DEPLOY_STEPS];
	bool is_open[N_DEPLOY_STEPS]; /* the call says nothing of it: skip_STEP of cfg decides */
};

struct deploy_options {
	struct deploy_choice choice; /* deploy_choose fills it */
	const struct strlist *steps; /* of install: names with or without ".sls"; NULL: all */
	const char *archive;         /* that the step rollback puts back in any case; NULL: this
					deployment's, after a failure */
	const struct state_table *const *states;
	struct deploy_listener listener;
};

enum deploy_end {
	DEPLOY_DONE,
	DEPLOY_NOT_COMPILED,
	DEPLOY_FAILED,
	DEPLOY_STOPPED /* by a signal: nothing more is run, nothing is put back */
};

/* --only (comma lists; NULL: what cfg does not skip) less --skip. ERR_INPUT: no such step. */
int deploy_choose(const struct strlist *only, const struct strlist *skip,
		  struct deploy_choice *ret_choice, struct err *err) must_check;
/* "Deployment CHRONO finished successfully for NAME", or "… failed for NAME"; in the heap. Steps
 * behind the install find it as cfg.deploy_summary. */
const char *deploy_summary(const struct world *world, const struct project *project,
			   enum deploy_end end);
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
/* project/ → archives/CHRONO/project; there once it is whole. */
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
/* /usr/sbin/reset-perms, where scripts of projects look for it, when the root has a hull-state. */
int layout_link_program(struct world *world, struct err *err) must_check;
int layout_unlink(const struct world *world, const struct project *project,
		  struct err *err) must_check;
/* The modes of the layout. */
int fixperms_apply(const struct world *world, const struct project *project, uint64_t *ret_changed,
		   struct err *err) must_check;
