/* image_config.h - what an image says about itself: how to run it, of what layers, by what history.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, config.md; docker's additional fields (Healthcheck, Shell, OnBuild) are kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strlist.h"
#include "doc/node.h"
#include "oci/digest.h"

struct healthcheck {
	struct strlist test; /* empty: none */
	int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns, retries;
};

/* Texts are NULL or not empty, throughout. */
struct run_config { /* "config" of the image; what containers inherit */
	char *user;
	struct strlist exposed_ports; /* "80/tcp" */
	struct strlist env;           /* "KEY=VALUE" */
	struct strlist entrypoint;
	struct strlist cmd;
	struct strlist volumes; /* paths */
	char *working_dir;
	struct strlist labels; /* "key=value" */
	char *stop_signal;
	struct strlist shell;
	struct strlist on_build;
	struct healthcheck healthcheck;
};
void run_config_copy(struct run_config *dst, const struct run_config *src); /* dst is replaced */
void run_config_done(struct run_config *config);
/* The other way: docker's names, absent and null ones are empty, those it does not know are
 * dropped. NULL or null: empty. ret_config is zeroed before. */
int run_config_decode(const struct node *map, struct run_config *ret_config,
		      struct err *err) must_check;
/* As docker inspect shows it, all names present ("Env", "Cmd" null, …), with those of containers
 * ("Hostname", "Tty") empty: a container sets its own. */
struct node *run_config_inspect(struct arena *arena, const struct run_config *config);

struct history_entry {
	char *created; /* RFC 3339; NULL: unknown */
	char *created_by;
	char *author;
	char *comment;
	bool empty_layer;
};

struct image_config {
	char *architecture, *os, *variant, *os_version; /* NULL: not said */
	struct strlist os_features;
	char *created, *author;
	struct run_config config;
	struct digest *diff_ids;
	size_t n_diff_ids;
	struct history_entry *history;
	size_t n_history;
};
/* Checks the types of all fields, the digests and LIMIT_LAYERS, LIMIT_CONFIG_BYTES (ERR_LIMIT).
 * Fields that describe a container, not an image ("container", "Hostname", …), are dropped. The
 * number of history entries need not match the layers: some builders write none. */
int image_config_parse(const char *file, struct str json, struct image_config *ret_config,
		       struct err *err) must_check;
/* Canonical bytes; the image ID is their digest. */
char *image_config_write(const struct image_config *config, size_t *ret_len);
void image_config_copy(struct image_config *dst, const struct image_config *src);
void image_config_done(struct image_config *config);
void image_config_add_layer(struct image_config *config, const struct digest *diff_id);
/* Texts are copied; NULL leaves the field out. */
void image_config_add_history(struct image_config *config, const char *created,
			      const char *created_by, const char *comment, bool empty_layer);
/* Chain ID of the first n layers (n >= 1). */
struct digest image_config_chain_id(const struct image_config *config, size_t n);
