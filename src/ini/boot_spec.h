/* boot_spec.h - what is made before anything starts: users, directories, files, keys, waits.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ini/key_origin.h"
#include "ini/probe_spec.h"
#include "ini/text_list.h"

enum copy_when { COPY_IF_EMPTY, COPY_IF_MISSING, COPY_ALWAYS };

struct user_spec {
	const char *name;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	int64_t uid, gid;  /* -1: the next free one; gid -1: of `group`, or the uid */
	const char *group; /* primary; NULL: named like the user */
	struct text_list groups;
	const char *home, *shell, *comment;
	bool make_home;
	bool unlock; /* '*' in shadow: no password, yet keys may log in */
	bool system;
};
struct group_spec {
	const char *name;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	int64_t gid; /* -1: the next free one */
	struct text_list members;
	bool system;
};
struct dir_spec {
	const char *path;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	const char *user, *group;
	int mode;       /* -1: 0755 when made, else as it is */
	bool recursive; /* owner and group of all that is below */
};
struct copy_spec {
	const char *dest;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	const char *source; /* file or directory */
	enum copy_when when;
	const char *user, *group; /* NULL: as in the source */
	int mode, dir_mode;       /* -1: as in the source */
};
struct template_spec {
	const char *dest;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	const char *source;
	const char *user, *group;
	int mode;
	enum copy_when when; /* COPY_ALWAYS unless said otherwise */
	struct text_list
		check; /* run with the new file's path as last word; a failure keeps the old */
};
struct wait_spec {
	const char *name;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	struct probe_spec probe;
	int64_t timeout, interval;
};
struct keys_spec {
	const char *user;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	struct text_list dirs; /* each with *.pub files */
};
struct command_spec {
	const char *name;
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	struct text_list words;
	const char *help;
	const char *user;
	const char *cwd;
	bool boot; /* users, directories, copies and templates first */
};

/* [launch]: the three steps of a project's start, each replaceable. */
struct launch_spec {
	struct src_pos pos;
	struct key_origin *origins;
	size_t n_origins;
	const char *project; /* root; NULL: parent of the launcher's bin/ */
	const char *name;    /* NULL: base name of the directory above project/ */
	const char
		*pillar_source; /* NULL: $pillar, else PROJECT/../data/configuration/pillar.sls */
	struct text_list key_dirs;                       /* NULL: data/ssh data/ms_ssh /ms_ssh */
	struct text_list pillar, sshconfig, reconfigure; /* commands instead of ours */
};
