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
	bool is_new;       /* its directory need not be there: it is being made */
	const char *pillar_file;  /* --pillar: instead of both */
	struct dict *overrides;   /* keyword arguments of the call; NULL: none */
	const char *project_root; /* a checkout that is no PROJECTS/NAME/project: pillar and data
				     lie in it; NULL: the layout above */
	const char *state_dir;    /* NULL: DATA/configuration/.hull-state */
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

/* A pillar file of a plain tree, which has no project: a template of YAML, with what it includes.
 * Its content becomes world->pillar's; its secrets are registered. path: of the caller's own
 * system, "-" is stdin. */
int pillar_load(struct world *world, const char *path, struct diags *warnings,
		struct diag *diag) must_check;

/* {placeholder} resolution of each string of `data` against data, then cfg, and of cfg against
 * itself, then data; in place. "{k}" alone becomes the list or mapping that k is (a copy); in a
 * longer text, and for anything else, the value's str(). Only a key without ":" and braces is one:
 * "{x:>5}", "{a[b]}" and "{{" stay, and so does what no mapping has. `unresolved` is told of those
 * that look like names and of cycles; `text` is the string as it was. ERR_LIMIT: too large, or
 * nested too deep. */
struct resolve_listener {
	void (*unresolved)(void *arg, struct value text, struct str name, bool is_cycle);
	void *arg;
};
int format_resolve(struct heap *heap, struct dict *data, struct dict *cfg,
		   const struct resolve_listener *listener, struct err *err) must_check;
/* mc_utils.format_resolve(value, mapping): a copy, resolved. mapping NULL: the value itself. */
int format_resolve_value(struct heap *heap, struct value v, struct dict *mapping,
			 struct value *ret_value, struct err *err) must_check;

/* mc_project.* */
extern const struct function_table functions_project;

/* ---- generated and stored secrets (stored.c): outside the image's layers ----
 *
 * A mapping in world->state_dir/stored.yml (file 0600, directory 0700; for a project
 * DATA/configuration/.hull-state, on the volume). A run that checks, tests or builds an image keeps
 * nothing: what is not stored yet is made for this run alone. All of them are secrets of the run.
 */

#define PASSWORD_LENGTH 16

/* Letters and digits by random, nowhere stored. ERR_LIMIT. */
int password_generate(struct heap *heap, size_t length, struct str *ret_password,
		      struct err *err) must_check;
/* The value of a key; letters and digits by random, the first time. ERR_SYSTEM, ERR_DENIED when it
 * cannot be kept: a password that changes with every start helps nobody. */
int stored_password(struct world *world, const char *key, size_t length, struct str *ret_password,
		    struct err *err) must_check;
int stored_get(struct world *world, const char *key, struct str *ret_text,
	       struct err *err) must_check; /* ERR_MISSING */
int stored_set(struct world *world, const char *key, struct str text, struct err *err) must_check;
/* A sha512crypt hash with the salt that is stored, so that it is the same in every run. */
int stored_crypt(struct world *world, const char *password, struct str *ret_hash,
		 struct err *err) must_check;
