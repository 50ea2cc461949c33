/* scene.h - what commands work on: a world with its roots, pillar and project, and a lock on it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "project/project.h"
#include "state/compile.h"
#include "tool.h"

/* Options that commands share; a command's own struct begins with it. */
struct scene_opts {
	const char *root;     /* --root: a project's directory, or where relative names begin */
	const char *sls;      /* --sls: where state files lie; NULL: the project's .salt, or root */
	const char *pillar;   /* --pillar: a file instead of the project's */
	const char *chroot;   /* --chroot */
	const char *projects; /* --projects-dir */
	const char *state_dir; /* --state-dir */
	const char *grains;    /* --grains: a file of grains over those found */
	bool merge, strict, offline, build, no_sync;
	bool is_new; /* no option: the project's directory is about to be made */
};

/* Rows of an option table. clang-format off: one a line. */
#define SCENE_OPTS(type)                                                                           \
	{0,          "root",                                                                       \
	 OPT_STRING, offsetof(type, scene.root),                                                   \
	 "DIR",      "Where the project, the pillar and relative sources lie"},                    \
		{0, "sls", OPT_STRING, offsetof(type, scene.sls), "DIR", "Where state files lie"}, \
		{0,          "pillar",                                                             \
		 OPT_STRING, offsetof(type, scene.pillar),                                         \
		 "FILE",     "The pillar (YAML with templates, or JSON)"},                         \
		{0,          "grains",                                                             \
		 OPT_STRING, offsetof(type, scene.grains),                                         \
		 "FILE",     "Grains over those found (YAML or JSON)"},                            \
		{0,          "chroot",                                                             \
		 OPT_STRING, offsetof(type, scene.chroot),                                         \
		 "DIR",      "Absolute targets lie below DIR, and commands run in it"},            \
		{0,          "projects-dir",                                                       \
		 OPT_STRING, offsetof(type, scene.projects),                                       \
		 "DIR",      "Where projects lie (default /srv/projects)"},                        \
		{0,          "state-dir",                                                          \
		 OPT_STRING, offsetof(type, scene.state_dir),                                      \
		 "DIR",      "Where generated passwords and backups are kept"},                    \
		{0,        "merge",                                                                \
		 OPT_FLAG, offsetof(type, scene.merge),                                            \
		 NULL,     "Merge the volume's pillar over the image's instead of replacing it"},  \
		{0,        "strict",                                                               \
		 OPT_FLAG, offsetof(type, scene.strict),                                           \
		 NULL,     "Unknown arguments of states are errors"},                              \
		{0,        "offline",                                                              \
		 OPT_FLAG, offsetof(type, scene.offline),                                          \
		 NULL,     "Packages are not installed: a missing one fails at once"},             \
		{0,        "build",                                                                \
		 OPT_FLAG, offsetof(type, scene.build),                                            \
		 NULL,     "An image is built: services are enabled, not started"},                \
	{                                                                                          \
		0, "no-sync", OPT_FLAG, offsetof(type, scene.no_sync), NULL,                       \
			"Do not wait for the disk"                                                 \
	}

struct scene {
	struct heap heap;
	struct world world;
	struct project project;
	bool has_project;
	const char *checkout; /* the project's tree, when it lies by itself; NULL: PROJECTS/NAME */
	int lock;             /* -1: none */
};

enum scene_use {
	SCENE_READS,  /* nothing is changed; functions that run something are refused */
	SCENE_TESTS,  /* --test */
	SCENE_CHANGES /* one at a time: waits for the lock of the root */
};

/* name NULL: the project at root, when there is one; else a plain tree (--sls, --pillar). Findings
 * (an unreadable pillar, warnings) are told in `findings`: 1 is returned when there is an error
 * among them. -1 with err: the call is wrong, or the system says no. scene_close in any case. */
int scene_open(struct scene *scene, const struct scene_opts *opts, const char *name,
	       enum scene_use use, struct diags *findings, struct err *err) must_check;
void scene_close(struct scene *scene);
/* Where projects lie: --projects-dir, else the usual place below --root, else /srv/projects. */
char *scene_projects_dir(const struct scene_opts *opts);
/* Set by SIGTERM and SIGINT once a scene is open for changes. */
extern volatile int scene_stop;
/* salt[...]: all tables; ends with NULL. */
extern const struct function_table *const scene_functions[];
/* SLS to run when none is named: every top-level one, in order. */
int scene_top_level(const struct scene *scene, struct strlist *ret_sls, struct err *err) must_check;
/* "a", or "makina-projects.NAME.a" of a project. */
const char *scene_sls_name(const struct scene *scene, const char *word);
