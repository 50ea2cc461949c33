/* stage_private.h - one staged build under way; for this folder alone.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "base/proc.h"
#include "stage/scripts.h"
#include "stage/settings.h"
#include "stage/stage.h"

#define STAGE_BOOT_TIMEOUT_NS \
	(240 * NS_PER_SEC) /* 240 polls of a second, as in the system this replaces */
#define STAGE_STOP_TIMEOUT_NS (30 * NS_PER_SEC)
#define LIMIT_STAGE_LOG       ((size_t)8 << 20) /* bytes of log kept for the report; the newest */

struct stage_build {
	struct engine *engine;
	const struct stage_options *options;
	const struct progress *progress; /* the recorder's, which tells the caller's */
	struct stage_settings settings;
	struct stage_scripts scripts;
	struct lease *lease;
	struct workdir *work;
	int lock_fd;

	char *inject_dir;  /* in work: injected_volumes with image_rootfs over it */
	char *corpus;      /* commit of a corpus project; NULL: none */
	char base_key[65]; /* of what the base layer is made of */
	char key[65];      /* of everything */

	struct image base; /* stage1's image */
	struct container *container;
	int owner_fd, owner_read_fd; /* a pipe: the container goes when our end closes; -1: none */
	char *notify_path;           /* where PID 1 says READY=1; NULL: nowhere */
	int notify_fd;
	struct map injected; /* relative paths that were injected, with their parents */
	change_fn observe;   /* sees what the commit writes, for the report */
	void *observe_arg;
	struct image candidate;
	struct layer_meta layer;
};

/* A step with its beginning and end told; `fn` does it. */
int stage_step(struct stage_build *build, const char *step, const char *name,
	       int (*fn)(struct stage_build *build, struct err *err), struct err *err) must_check;
void stage_tell(struct stage_build *build, enum progress_kind kind, const char *name,
		const char *text);
void stage_log(struct stage_build *build, const char *fmt, ...) printf_like(2, 3);
/* Runs a child with its output told as PROGRESS_LOG. */
int stage_run_child(struct stage_build *build, const struct proc_options *options, int *ret_status,
		    struct err *err) must_check;

/* key.c */
int stage_base_key_compute(struct stage_build *build, struct err *err) must_check;
int stage_key_compute(struct stage_build *build, struct err *err) must_check;

/* own_programs.c: hull-init and hull-state, put into the image for those who ask for them. */
struct own_program {
	const char *name;    /* in /usr/sbin */
	const char *setting; /* "MS_HULL_INIT" */
	size_t offset;       /* of its field in the settings */
	const char *const
		*links; /* names that it answers to, made where nothing in the image has them */
};
extern const struct own_program own_programs[];
extern const size_t n_own_programs;
/* The file of this host; NULL: nobody asks for it. */
int stage_program_find(const struct stage_settings *settings, const struct own_program *program,
		       char **ret_path, struct err *err) must_check;
int stage_programs_install(struct stage_build *build, struct err *err) must_check;

/* inject.c */
int stage_inject_assemble(struct stage_build *build, struct err *err) must_check;
int stage_inject_apply(struct stage_build *build, struct err *err) must_check;
/* The head commit of a corpus project (image dir with .git and .salt), NULL when it is none. */
int stage_corpus_head(const struct stage_settings *settings, char **ret_commit,
		      struct err *err) must_check;

/* stage0.c, stage2.c, finish.c */
int stage0_run(struct stage_build *build, struct err *err) must_check;
int stage2_create(struct stage_build *build, struct err *err) must_check;
int stage2_boot(struct stage_build *build, struct err *err) must_check;
int stage2_script(struct stage_build *build, struct err *err) must_check;
int stage3_script(struct stage_build *build, struct err *err) must_check;
int stage_shutdown(struct stage_build *build, struct err *err) must_check;
int stage_scrub(struct stage_build *build, struct err *err) must_check;
int stage_markers(struct stage_build *build, struct err *err) must_check;
int stage_commit(struct stage_build *build, struct err *err) must_check;
void stage_failed(struct stage_build *build, const struct err *err); /* --keep, --shell, remove */
