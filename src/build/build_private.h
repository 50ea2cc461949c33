/* build_private.h - what the files of the builder share.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   Dockerfile ─plan─▶ stages, the needed ones marked
 *   each needed stage, after those it copies from:
 *       its base ─▶ tip ─step─▶ tip ─step─▶ … ─▶ tip
 *   the target's tip ─▶ image
 *
 * A step that makes a layer has a key of all that it depends on; the answer to a key is the layer.
 * Parents enter keys by content: a parent that was built anew to the same bytes changes nothing. */
#pragma once

#include "build/batch.h"
#include "build/build.h"
#include "build/ignore.h"

#define BUILD_CACHE   "build" /* kind in the store's cache: key → layer */
#define BUILD_COMMENT "hull.dockerfile.v0"

struct tip { /* what a stage has become so far */
	struct image_config config;
	struct {
		struct layer_meta *items;
		size_t n, cap;
	} layers;            /* bottom first; unpacked, and leased by build->lease */
	struct strlist args; /* values of ARGs in scope, "KEY=VALUE" */
	bool sets_cmd;       /* CMD was given in this stage: ENTRYPOINT leaves it */
};
void tip_done(struct tip *tip);
void tip_copy(struct tip *dst, const struct tip *src);               /* dst is replaced */
void tip_add_layer(struct tip *tip, const struct layer_meta *layer); /* not in the config yet */
const struct digest *tip_chain(const struct tip *tip);               /* NULL: no layers */

struct stage {
	const struct instruction *from;
	size_t first, end;        /* its instructions, FROM not among them */
	const char *name;         /* NULL: none; borrowed */
	char *base;               /* expanded; owned */
	struct stage *base_stage; /* NULL: an image, or scratch */
	bool is_needed, is_built;
	struct tip tip;
};

struct build {
	struct engine *engine;
	const struct build_options *options;
	struct dockerfile file;
	struct {
		struct stage *items;
		size_t n, cap;
	} stages;
	struct stage *target;
	struct strlist args;      /* --build-arg, "KEY=VALUE" */
	struct strlist args_used; /* names that some ARG declared */
	struct strlist globals;   /* ARGs before the first FROM */
	struct strlist platform;  /* TARGETPLATFORM and its like */
	struct lease *lease;
	int context_fd; /* -1: none was given */
	struct ignore ignore;
	int64_t created_ns, clamp_ns;
	char created[40];
	size_t n_instructions, n_told; /* of the needed stages: for progress */
	size_t n_steps, n_cached;      /* that make layers */
	/* Of the step that runs, for progress: */
	bool is_cached; /* so far */
	uint64_t n_files, n_bytes;
};

struct step { /* one instruction being carried out */
	struct build *build;
	struct stage *stage;
	const struct dockerfile *file;
	const struct instruction *instruction; /* words expanded */
};

/* ---- plan.c ---- */
/* Cuts build->file into stages, resolves their bases, marks what the target needs and refuses what
 * is not supported there. */
int plan_make(struct build *build, struct err *err) must_check;
/* The stage that COPY --from in `stage` means; NULL: none, it is an image. */
int plan_find_from(struct build *build, const struct stage *stage, const struct instruction *at,
		   const char *from, struct stage **ret_stage, struct err *err) must_check;
int plan_check_flags(const struct instruction *instruction, struct err *err) must_check;

/* ---- scope.c ---- */
int scope_begin(struct build *build, struct err *err) must_check; /* --build-arg and globals */
/* Expands words of an instruction: in FROM and before (stage NULL), or in a stage. */
int scope_expand(struct build *build, const struct stage *stage, const struct dockerfile *file,
		 const struct instruction *instruction, struct strlist *ret_words,
		 struct err *err) must_check;
int scope_expand_text(const struct step *step, const char *text, char **ret_text,
		      struct err *err) must_check;
int scope_expand_body(const struct step *step, const char *body, char **ret_text,
		      struct err *err) must_check;
/* ARG in a stage. */
void scope_declare(struct build *build, struct stage *stage, const struct strlist *words);
/* Proxy settings given as build arguments: RUN sees them, keys and history do not. */
void scope_add_proxies(const struct build *build, struct strlist *env);
void scope_warn_unused(struct build *build);

/* ---- cache.c ---- */
struct key {
	struct hash *hash;
};
struct answer {         /* of a step */
	bool has_layer; /* false: nothing was changed */
	struct layer_meta layer;
	int64_t created_ns;
};
/* What every step depends on, and what kind it is. */
void key_begin(struct key *key, const struct build *build, const struct tip *tip, const char *kind);
void key_add(struct key *key, const char *name, const char *value); /* NULL is not "" */
void key_add_list(struct key *key, const char *name, const struct strlist *values);
void key_done(struct key *key);
typedef int (*make_fn)(struct step *step, void *arg, struct layer_meta *ret_layer, struct err *err);
/* The answer to the key from the cache, or made by `make` (ret_layer->n_entries 0: nothing was
 * changed) and remembered. Only one of several builds makes it. Ends the key; the layer is put on
 * the stage's tip with its history. */
int cache_answer(struct step *step, struct key *key, const char *created_by, make_fn make,
		 void *arg, struct err *err) must_check;
/* The image of this config and these layers, if it was made before; ERR_MISSING. */
int cache_find_image(struct build *build, const struct tip *tip, char key[65],
		     struct image *ret_image, struct err *err) must_check;
int cache_keep_image(struct build *build, const char *key, const struct image *image,
		     struct err *err) must_check;
/* sha256 of a file's bytes; remembered by device, inode, size and times when it is large. */
int cache_file_digest(struct build *build, int fd, struct digest *ret_digest,
		      struct err *err) must_check;

/* ---- steps.c ---- */
int stage_build(struct build *build, struct stage *stage, struct err *err) must_check;

/* ---- step_copy.c ---- */
int step_copy(struct step *step, struct err *err) must_check; /* COPY and ADD */
int step_workdir(struct step *step, struct err *err) must_check;

/* ---- step_add.c: archives ---- */
bool archive_is_one(int fd); /* by content: a tar, compressed or not */
struct target;
int archive_add(struct step *step, int fd, const struct target *target, bool is_empty_below,
		struct err *err) must_check;

/* ---- origin.c: where COPY takes from ---- */
struct origin_root {
	struct workdir *workdir; /* of a mounted stage or image */
	int fd;
	char *name;
};
int origin_open(struct step *step, const char *from, struct origin_root *ret_root,
		struct err *err) must_check;
void origin_done(struct origin_root *root);

/* ---- step_run.c ---- */
int step_run(struct step *step, struct err *err) must_check;

/* ---- base.c: FROM ---- */
int base_of_stage(struct build *build, struct stage *stage, struct err *err) must_check;
int base_of_image(struct build *build, const char *name, const char *platform, struct src_pos at,
		  struct tip *ret_tip, struct err *err) must_check;

/* Puts "file:line:column: " in front of an error that has no place yet. */
int err_put_at(struct err *err, struct src_pos at);
