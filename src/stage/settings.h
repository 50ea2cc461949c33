/* settings.h - the effective MS_* values of one staged build, and where each came from.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Strongest first: `-e NAME=VALUE` of the command line, the environment, the configuration file,
 * what is derived. Everything is read before anything is derived, so that a derived value sees what
 * was given. */
#pragma once

#include "base/strlist.h"
#include "container/container.h"
#include "oci/reference.h"

enum setting_origin {
	ORIGIN_DERIVED,
	ORIGIN_CONFIG,
	ORIGIN_ENVIRONMENT,
	ORIGIN_OPTION,
	ORIGIN_COMPUTED
};

struct stage_settings {
	/* All owned; never NULL, "" where nothing is set. */
	char *image; /* MS_IMAGE as given */
	char *os, *os_release, *os_mirror;
	char *base;    /* "scratch" or an image */
	char *command; /* the image's CMD */
	char *data_dir, *image_dir;
	char *baseimage; /* file name of the base tarball in data_dir */
	char *stage0_tag, *dockerfile_stage0, *skip_stage0_build;
	char *docker_args;
	char *candidate;
	char *stage_path, *docker_stage[4];
	char *git_branch, *git_url, *build_force;
	char *do_snapshot, *do_acls, *do_passwords_reset;
	char *hull_init, *hull_state; /* "no", "yes" (the one beside us) or a file */
	char *stage1_name, *stage2_name;
	/* Computed, always overwritten. */
	char *injected_dir, *image_rootfs, *bootstrap_dir, *cwd;

	struct strlist command_words; /* of MS_COMMAND */
	char *share;           /* where our stages/ are: HULL_SHARE, else the installed one */
	struct reference name; /* of MS_IMAGE, with its tag */
	struct strlist env;    /* every MS_* of the above as NAME=VALUE, for the stages */
	struct strlist extra;  /* `-e` values that are not ours: for the containers alone */
	enum setting_origin origins[40]; /* by the row of the table */
};

/* `environ_list` and `config` are "NAME=VALUE" texts; `options` gives -e and --env-file. A name
 * that is nearly ours (MS_IMGAE) is ERR_INPUT with the right one. */
int stage_settings_resolve(const struct container_options *options,
			   const struct strlist *environ_list, const struct strlist *config,
			   struct stage_settings *ret_settings, struct err *err) must_check;
void stage_settings_done(struct stage_settings *settings);
/* NAME=VALUE lines (comments, blank lines, optional quotes). ERR_INPUT with the line: something
 * else, or a name that is not ours. `file` names the text in errors. */
int stage_config_parse(const char *file, struct str text, struct strlist *ret_values,
		       struct err *err) must_check;
int stage_config_read(const char *path, struct strlist *ret_values, struct err *err) must_check;
/* The report: calls for each label of the plan in order (CWD, OS, … DOCKER ARGS). */
void stage_settings_report(const struct stage_settings *settings,
			   void (*row)(const char *label, const char *value, void *arg), void *arg);
bool stage_setting_is_yes(const char *value); /* exactly "yes" */
/* The program of MS_COMMAND is an init that waits to be PID 1: systemd, /sbin/init. */
bool stage_command_is_init(const struct stage_settings *settings);
enum setting_origin stage_setting_origin(const struct stage_settings *settings, const char *name);
