/* project.h - a project of an image: its directories, its configuration, its pillar.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   PROJECTS/NAME/project   the code; .salt/ holds PILLAR.sample and the steps (*.sls)
 *   PROJECTS/NAME/pillar    init.sls: the image's pillar
 *   PROJECTS/NAME/data      the volume; configuration/pillar.sls replaces pillar/init.sls
 *   PROJECTS/NAME/archives  what `archive` kept */
#pragma once

#include "state/world.h"

struct project_options {
	const char *projects_dir; /* NULL: /srv/projects */
	bool merge_pillar; /* data/configuration/pillar.sls over pillar/init.sls, not instead */
	const char *pillar_file; /* --pillar: instead of both */
	struct dict *overrides;  /* keyword arguments of the call; NULL: none */
};

struct project {
	const char *name;
	const char *project_dir, *project_root, *salt_root, *pillar_root, *data_root,
		*archives_root;
	struct dict *cfg; /* name, user, group, …, data: what templates know as opts.ms_project */
	struct dict *data;   /* cfg['data'] */
	struct dict *pillar; /* the pillar of the run: sls_default_pillar below the project's */
	struct project_options options;
	const char *chrono; /* time stamp and uuid of this deployment */
};

/* Reads and merges the configuration; sets world->pillar, grains, opts (ms_project), roots, secrets
 * and state_dir. Everything that is wrong is in diag, with its place. Warnings (unresolved and
 * cyclic {placeholders}) go to `warnings` when it is not NULL. */
int project_load(struct world *world, const char *name, const struct project_options *options,
		 struct project *ret_project, struct diags *warnings, struct diag *diag) must_check;

/* {placeholder} resolution: each string of `data` against data, then cfg; cfg against itself, then
 * data. In place. */
void format_resolve(struct heap *heap, struct dict *data, struct dict *cfg);
/* Against one mapping alone: mc_utils.format_resolve(value, mapping). */
struct value format_resolve_value(struct heap *heap, struct value v, struct dict *mapping);

/* mc_project.* */
extern const struct function_table functions_project;

/* ---- generated and stored secrets (stored.c): outside the image's layers ---- */

/* The value of a key, made by random the first time; file 0600 below world->state_dir (for a
 * project: DATA/configuration/.stored…). ERR_SYSTEM when it cannot be kept: a password that changes
 * with every start helps nobody. */
int stored_password(struct world *world, const char *key, size_t length, struct str *ret_password,
		    struct err *err) must_check;
int stored_get(struct world *world, const char *key, struct str *ret_text,
	       struct err *err) must_check; /* ERR_MISSING */
int stored_set(struct world *world, const char *key, struct str text, struct err *err) must_check;
