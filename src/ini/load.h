/* load.h - init files to a model: `file:line:column: what, nearest name` or nothing.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Native: init.ini and init.d/x.ini beside it (sorted), unknown section or key is an error.
 * Circus: `[circus]`, `[watcher:x]`; include, include_dir (sorted). Which of the two a file speaks
 * is seen by its sections. */
#pragma once

#include "base/buf.h"
#include "base/strlist.h"
#include "ini/model.h"

#define INIT_FILE "/etc/hull/init.ini"

struct load_options {
	const char *file;       /* NULL: INIT_FILE, which may be missing: an empty model */
	const char *const *env; /* the environment that values may use, ends with NULL */
	bool strict;            /* circus: unknown keys are errors, not free options */
	struct strlist *errors; /* every error, one line each; NULL: the first, in err, is enough */
};
/* ERR_INPUT with the place, ERR_MISSING (a file), ERR_LIMIT, ERR_SYSTEM. All specs are checked:
 * edges name services that exist, no cycle, sockets exist, probes parse, commands are not empty. */
int model_load(const struct load_options *options, struct model **ret_model,
	       struct err *err) must_check;
void model_free(struct model *model); /* NULL is fine */

/* A model without a file: one daemon named `name` that is `main`, for `hull-init daemon` and for
 * services added while running. The caller fills the rest. */
struct service_spec *model_add_service(struct model *model, const char *name);
/* Such a service gets our environment, as it does by default, or none but its own: circus' way. */
void service_copy_env(struct model *model, struct service_spec *spec, bool copy_env);
struct model *model_new(const char *const *env);

/* The effective model as JSON: each value with where it came from ("default" or file:line:column).
 * Values of variables whose name says PASS, SECRET, TOKEN or KEY are shown as "***", wherever they
 * stand. */
void model_dump(const struct model *model, struct buf *buf);
struct option {
	enum { OPTION_TEXT, OPTION_NUMBER, OPTION_FLAG, OPTION_NONE } kind;
	const char *text; /* as Python's str() has it in circus' files: "True", "30.0", "None" */
};
/* The keys of a service as circus' `options` and `get` tell them. Durations are seconds. In arena;
 * false: an unknown key. */
bool service_option(const struct model *model, const struct service_spec *spec, const char *key,
		    struct arena *arena, struct option *ret_option);
/* The names that `options` tells, as the model's vocabulary calls them, in the order that it tells
 * them; NULL behind the last. Of circus' files: those that circus has, and the ones of nobody. */
const char *service_option_name(const struct model *model, const struct service_spec *spec,
				size_t i);
/* Of "stdout_stream" or "stderr_stream", the i-th key that was given; NULL: no more, or no name of
 * a stream's options. */
const char *service_stream_option(const struct service_spec *spec, const char *name, size_t i);
/* Sets one key by its text, as circus' `set`: the words of the file. ERR_INPUT; the spec is then as
 * it was. */
int service_set_option(struct model *model, struct service_spec *spec, const char *key,
		       const char *value, struct err *err) must_check;
/* Whether two specs differ in a way that needs new processes; *ret_only_copies: numprocesses alone
 * differs. Compares every row of the key table, env included. */
bool service_differs(const struct service_spec *a, const struct service_spec *b,
		     bool *ret_only_copies);
bool is_secret_name(const char *name); /* PASS, SECRET, TOKEN, KEY in it */
