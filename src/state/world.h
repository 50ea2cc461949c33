/* world.h - what a run of states knows and touches: roots, pillar, grains, functions, secrets.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One struct, filled by the program, handed to everything below it. Nothing in here is global, so
 * that tests make worlds of their own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "doc/diag.h"
#include "state/secrets.h"
#include "tmpl/engine.h"
#include "value/dict.h"

/* What a function that templates call may do. */
enum fn_flags {
	FN_PURE = 0,  /* computes */
	FN_READS = 1, /* reads files of the system */
	FN_RUNS = 2,  /* runs a program or changes something: not in `check` */
};

struct state_function {   /* salt['mod.fn'] */
	const char *name; /* "mc_utils.json_dump" */
	call_fn *fn;
	unsigned flags;
};

struct function_table {
	const struct state_function *rows; /* sorted by name */
	size_t n;
};

/* A directory that salt:// and SLS names are looked up in. */
struct file_root {
	const char *prefix; /* "makina-projects/registry": salt://PREFIX/rest is rest in it; "" the
			       root */
	int dirfd;          /* -1: `texts` */
	const char *path;   /* for messages */
	/* A library compiled in: name → text; ends with {NULL}. Looked up last. */
	const struct builtin_text {
		const char *name; /* "makina-states/localsettings/hooks.sls" */
		const char *text;
	} * texts;
	/* Two bytes for each from 0x80 on in `texts`, lower than it themselves; NULL: texts are
	 * what they are. */
	const uint8_t (*pairs)[2];
};

struct world {
	struct heap *heap;
	struct engine engine;
	struct secrets secrets;

	int rootfd; /* what absolute targets of states are opened beneath: "/" or --chroot */
	int treefd; /* what the project's tree is read beneath, when not rootfd; else 0 */
	const char *chroot; /* NULL: none; else commands run in it */
	struct {
		struct file_root *items; /* looked up in this order */
		size_t n, cap;
	} roots;
	const char *base_dir; /* relative sources and commands' relative words; --root */

	struct dict *pillar, *grains, *opts; /* never NULL once the run begins */
	/* Makes them anew (reload_pillar); NULL: nothing to be reloaded. */
	int (*reload_pillar)(struct world *world, struct err *err);
	/* salt[...] */
	const struct function_table *const *functions; /* ends with NULL */

	bool is_test;          /* --test: nothing is changed */
	bool is_check;         /* functions that run something are refused (FN_RUNS) */
	bool is_offline;       /* --offline: a needed package fails at once */
	bool is_strict;        /* --strict: unknown arguments are errors */
	bool no_fsync;         /* files are not synced: a start of a container need not wait */
	bool output_to_stderr; /* use_vt and its kin: stdout is for JSON */
	bool is_build;         /* building an image: services are only enabled, not started */
	const char *
		state_dir; /* stored passwords, the last result, backups; absolute; may not exist */
	void *project;     /* the project engine's own (project/) */
	struct dict *unkept; /* passwords made in a run that must not keep them; NULL: none */

	struct dict *accumulators; /* of file.accumulated: file → name → list */
	struct accounts *accounts; /* users and groups as last read (states/accounts.h) */
	const volatile int *stop;  /* set by SIGTERM: end after the current state */
	/* The log of log.* functions and remarks; NULL: nobody listens. Masked by the caller. */
	void (*log)(void *arg, const char *level, const char *message);
	void *log_arg;
};

/* opts, engine and its globals (salt, grains, pillar, opts, saltenv, env) ready to render. Needs
 * heap, functions, pillar, grains, opts. */
void world_begin(struct world *world);
/* Templates see pillar, grains and opts as they are now. */
void world_share(struct world *world);
void world_done(struct world *world); /* closes the roots' descriptors too */

static inline int world_treefd(const struct world *world)
{
	return world->treefd > 0 ? world->treefd : world->rootfd;
}

/* grains: from files only, no commands, no DNS. In `rootfd`'s /etc where they are about the system.
 */
struct dict *grains_collect(struct heap *heap, int rootfd);

/* ---- files that states name ---- */

enum { SOURCE_MISSING_OK = 1 };
/* salt://path (and ?saltenv=…), absolute path, file://, or relative to base_dir. The whole file;
 * what it is called in messages. ERR_MISSING "source file salt://x not found in saltenv 'base'". */
int source_read(struct world *world, const char *source, struct buf *ret_content,
		const char **ret_file, struct err *err) must_check;
/* A directory below salt:// or an absolute one: a descriptor, or -1 with err. */
int source_open_dir(struct world *world, const char *source, int *ret_dirfd,
		    struct err *err) must_check;
/* Whether it is there (file or directory). */
bool source_exists(struct world *world, const char *source);
/* The names of all SLS that exist ("a.b"), sorted: cp.list_states, globs of include. */
struct strlist;
int source_list_states(struct world *world, struct strlist *ret_names, struct err *err) must_check;
/* SLS "a.b" is a/b.sls or a/b/init.sls. ret_name: "a.b"; ret_is_init. ERR_MISSING. */
int source_read_sls(struct world *world, const char *sls, struct str *ret_text,
		    const char **ret_file, bool *ret_is_init, struct err *err) must_check;
/* world->engine.loader for templates: names relative to the roots, "./x" and "../x" to the asker.
 */
struct loader source_loader(struct world *world);

/* Values that states hand to a template: render with the built-ins of file.managed's templates. */
int world_render(struct world *world, const char *name, const char *file, struct str text,
		 struct dict *context, struct str *ret_text, struct diag *diag) must_check;

/* salt['x'](…) by name, from C. */
int world_call(struct world *world, const char *function, struct call *call,
	       struct value *ret_value, struct err *err) must_check;
const struct state_function *world_function(const struct world *world, struct str name);
/* As pillar.get finds it: "a:b:0"; undefined when absent. */
struct value value_traverse(struct heap *heap, struct value v, struct str path, char separator);
