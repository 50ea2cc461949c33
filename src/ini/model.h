/* model.h - what init files say, once both vocabularies have become one.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything lives in the model's arena and is constant after model_load; a zeroed spec is not
 * valid: the loader fills defaults. Times are nanoseconds (0: off or at once, as the field says),
 * sizes bytes, signals numbers. Names of users and groups stay text: who they are is looked up when
 * they are needed, because [user:x] may make them first. Texts that nobody gave are NULL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "ini/boot_spec.h"
#include "ini/log_spec.h"
#include "ini/service_spec.h"
#include "ini/text_list.h"

struct socket_spec {
	const char *name;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	int family, type, protocol;
	const char *host;
	uint16_t port;
	const char *path;      /* AF_UNIX; a leading @ is the abstract name space */
	const char *interface; /* bind to device */
	const char *user, *group;
	int mode;  /* of the path; -1: by umask */
	int umask; /* -1: ours */
	int backlog;
	bool replace;    /* an existing path is removed */
	bool reuse_port; /* each copy gets its own */
	bool blocking;
};

struct init_settings {
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	int64_t stop_timeout; /* of everything together */
	const char *control;  /* path; NULL: the first that works; "off" */
	int control_mode;
	const char *control_user, *control_group;
	const char *health;     /* 127.0.0.1:PORT, [::1]:PORT, unix:PATH; NULL: off */
	bool health_public;     /* other than loopback is allowed */
	const char *log_output; /* "-": stderr; or a file */
	int log_level;          /* enum log_level */
	enum log_format log_format;
	const char *pidfile;
	int umask;
	int64_t warmup_delay;
	int64_t check_delay; /* circus: accepted, a floor for nothing */
	bool strict;         /* circus: unknown keys are errors */
	bool utc;
	struct text_list
		file_variables;   /* NAME: the value stands in the file that NAME_FILE names */
	bool users_from_env;      /* USER_NAME, USER_UID … make a user */
	const char *default_user; /* its name when USER_NAME is unset; NULL: no user then */
	int64_t default_uid;
};

enum vocabulary { VOCABULARY_NATIVE, VOCABULARY_CIRCUS };

struct model {
	struct arena arena;
	enum vocabulary vocabulary;
	const char *file; /* the main one */
	struct text_list files;
	struct init_settings init;
	struct service_spec *services; /* daemons, jobs and cron, in the order of the files */
	size_t n_services;
	struct socket_spec *sockets;
	size_t n_sockets;
	struct user_spec *users;
	size_t n_users;
	struct group_spec *groups;
	size_t n_groups;
	struct dir_spec *dirs;
	size_t n_dirs;
	struct copy_spec *copies;
	size_t n_copies;
	struct template_spec *templates;
	size_t n_templates;
	struct wait_spec *waits;
	size_t n_waits;
	struct keys_spec *keys;
	size_t n_keys;
	struct command_spec *commands;
	size_t n_commands;
	struct launch_spec launch;
	const char **env;                  /* ours with [env] applied, complete, ends with NULL */
	const struct src_pos *env_origins; /* one for each; line 0: inherited */
	struct service_spec *standards;    /* with the defaults, by kind; made when first needed */
	struct text_list warnings;         /* "file:line:column: text", one line each */
};
