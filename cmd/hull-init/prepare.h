/* prepare.h - what the commands of a base image do first: the model, then its boot.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/strlist.h"
#include "cmd.h"
#include "ini/load.h"

DEFINE_FREEP(struct model, model_free)
#define automodel cleanup(model_freep)

/* What HULL_INIT_FILE names; NULL: INIT_FILE. Borrowed from the environment. */
const char *default_file(const struct init_context *context);
/* file NULL: the default one. */
int load_model(const struct init_context *context, const char *file, struct model **ret_model,
	       struct err *err) must_check;
/* The same, with the environment's user as boot_stand_in leaves it. */
int prepare_model(const struct init_context *context, const char *file, struct model **ret_model,
		  struct err *err) must_check;
/* Says what failed. 0, or the exit status: 1 for variables that ask for no user that can be, or one
 * that exists otherwise; EXIT_WRONG for what is wrong in files; EXIT_SYSTEM. */
int prepare_users(const struct model *model);
/* The whole boot; for supervise_options.boot. */
int prepare_boot(const struct model *model, void *arg);
void tell(const struct err *err); /* "hull-init: text" on stderr */

/* The own environment of a program that becomes `user` (NULL: who we are), and the process becomes
 * the user. ERR_MISSING: no such user. */
int become_user(const char *user, struct strlist *env, struct err *err) must_check;
/* Becomes the program; returns its exit status when that is not possible, having said why. */
int exec_words(char *const *words, const struct strlist *env);

/* [command:NAME] by the first word. The exit status, or -1: ERR_INPUT with the nearest of our own
 * commands and the declared ones. */
int declared_run(struct init_context *context, const struct program *program, int argc, char **argv,
		 struct err *err) must_check;
/* Their names and texts for the overview. */
void declared_help(struct init_context *context, struct buf *help);
