/* loader_private.h - what the files of the loader share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/key.h"
#include "ini/load.h"
#include "ini/sections.h"

struct loader {
	const struct load_options *options;
	struct model *model; /* its arena has what stays */
	struct arena arena;  /* what ends with loading */
	struct problems problems;
	struct sections sections;
	struct variables daemon; /* ours */
	struct variables global; /* with [env] */
	struct variables given;  /* [env] alone: circus without copy_env */
	const char **given_array;
	const struct src_pos *given_origins;
};

static inline bool loader_is_circus(const struct loader *loader)
{
	return loader->model->vocabulary == VOCABULARY_CIRCUS;
}

/* A file that is there by its text. */
struct ini_text {
	const char *name;
	struct str text;
};
/* As model_load, from texts alone: what include and init.d would add comes behind the first. */
int model_load_texts(const struct load_options *options, const struct ini_text *texts, size_t n,
		     struct model **ret_model, struct err *err) must_check;

/* ---- reading a section by a table (load_section.c) ---- */
struct section_target {
	const struct key *table;
	void *object;
	const struct variables *env;     /* for ${NAME} and $(circus.env.NAME) */
	unsigned kind;                   /* KEY_DAEMON, KEY_JOB, KEY_CRON; 0: no service */
	unsigned only, without;          /* rows with one of these flags; without them */
	const char *const *known;        /* prefixes of keys that somebody else reads; NULL: none */
	struct key_origin **ret_origins; /* NULL: not asked for */
	size_t *ret_n_origins;
	struct text_list
		*ret_unknown; /* key, value, key, …: free options; NULL: unknown is wrong */
};
void section_read(struct loader *loader, const struct section *section,
		  const struct section_target *target);
/* One without a key is none, to circus. */
bool section_is_skipped(const struct loader *loader, const struct section *section);
/* The last value of a key as written, or NULL. */
const struct entry_line *section_entry(const struct section *section, const char *key);
const struct section *section_find(const struct loader *loader, const char *kind, const char *name);
/* Where the row of that name was given; line 0: it was not. */
struct src_pos origin_find(const struct key_origin *origins, size_t n, const struct key *table,
			   const char *name);

/* ---- parts of loading, in their order ---- */
/* is_found: met in a directory, where only regular files count; else a FIFO may have been meant. */
int load_file(const char *path, size_t max, bool is_found, struct buf *ret_text,
	      struct err *err) must_check;
void load_environment(struct loader *loader); /* [env], *_FILE */
void load_boot_sections(struct loader *loader);
void load_services(struct loader *loader);
void load_plugins(struct loader *loader);
void load_check(struct loader *loader);

/* The environment of a service; the lookup for its other values is *ret_env. */
void load_service_environment(struct loader *loader, struct service_spec *spec,
			      struct variables *ret_env);
/* [env:x] that no service's name matches. */
void check_environment_sections(struct loader *loader);

/* ---- a service whose keys are read (service_finish.c) ---- */
/* words from command, args, shell and shell_args. Warnings may be NULL. */
int service_build_words(struct model *model, struct service_spec *spec, const struct variables *env,
			struct err *err) must_check;
void service_build_env(struct model *model, struct service_spec *spec);
/* What follows from several keys: restart of main, streams, readiness. */
void service_settle(struct service_spec *spec, enum vocabulary vocabulary);
/* A zeroed spec with the defaults of its kind. */
void service_set_standard(struct model *model, struct service_spec *spec);
/* origins may be NULL. */
struct variables variables_of(struct arena *arena, const char *const *array,
			      const struct src_pos *origins);
