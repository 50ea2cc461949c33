/* perms.h - owner and mode of whole trees, only where they differ.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Links are never followed and never touched, nor is what lies behind them. A tree of a million
 * entries is walked by descriptors: nothing that is renamed meanwhile leads outside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strlist.h"
#include "base/vec.h"

#define PERMS_KEEP UINT32_MAX /* an owner or a mode that is left alone */

struct mode_change {    /* the mode becomes (mode & ~clear) | set; or exactly `exact` */
	uint32_t exact; /* PERMS_KEEP: not given */
	uint32_t clear, set;
};

struct acl_grant { /* another user or group that is let in */
	bool is_group;
	uint32_t id;
	uint32_t perms; /* 07; PERMS_KEEP: the owner's of the mode */
};

struct perms_rule {
	uint32_t uid, gid; /* PERMS_KEEP: not changed */
	struct mode_change dirs, files;
	bool not_recursive;
	bool no_acls;    /* ACLs are left alone (those of --users are not set) */
	bool only_acls;  /* neither owner nor mode */
	bool reset_acls; /* all ACLs are removed first */
	struct {
		struct acl_grant *items;
		size_t n, cap;
	} grants;
	/* Whether the entry is left out, and what is below it; NULL: nothing is. The path begins
	 * with a slash. -1: err is set. */
	int (*excludes)(void *arg, const char *path, struct err *err);
	void *excludes_arg;
};

struct perms_count {
	uint64_t seen, changed, skipped; /* skipped: links, and what vanished meanwhile */
};

/* The tree at `path` beneath dirfd ("": dirfd itself). No component of the path may be a link: who
 * owns a volume must not choose what changes hands. What is not there is ERR_MISSING, what lies
 * behind a link ERR_DENIED. `told` (may be NULL) hears each change. */
typedef void perms_told_fn(void *arg, const char *path, const char *what);
int tree_perms_apply(int dirfd, const char *path, const struct perms_rule *rule,
		     perms_told_fn *told, void *arg, struct perms_count *count,
		     struct err *err) must_check;

/* "0750", "750" (octal). */
int perms_parse_mode(const char *text, uint32_t *ret_mode, struct err *err) must_check;
