/* file_perms.h - who owns a file and who may do what: as asked for, as it is, and what changes.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "states/place.h"

struct perms {                    /* what was asked for */
	const char *user, *group; /* names as changes show them; NULL: not asked for */
	struct look look;
};

/* Names to numbers; "" is not asked for. false: told in the outcome ("User x is not available Group
 * y is not available"); in a test run nobody need exist yet. */
bool perms_resolve(struct state_call *call, struct str user, struct str group,
		   struct file_mode mode, struct perms *ret_perms, struct outcome *outcome);
/* The same for what has an owner even when none was asked for: whoever runs us, and that user's
 * primary group; in names, never NULL. Returns who is unknown, also in a test run. */
enum { PERMS_NO_USER = 1, PERMS_NO_GROUP = 2 };
unsigned perms_resolve_all(struct state_call *call, struct str user, struct str group,
			   struct perms *ret_perms);
/* "User x is not available Group y is not available", told, is false; in a test run nobody need
 * exist yet. */
bool perms_are_known(struct state_call *call, const struct perms *perms, unsigned unknown,
		     struct outcome *outcome);
/* changes.user, .group, .mode as far as st differs; true when anything does. */
bool perms_differ(struct state_call *call, const struct perms *perms, const struct stat *st,
		  struct dict *changes);
/* The same, and it is made so unless this is a test run. false: it failed, the outcome says why. */
bool perms_apply(struct state_call *call, const char *path, enum place_links links,
		 const struct perms *perms, struct dict *changes, struct outcome *outcome);
/* "0640" */
const char *perms_mode_text(struct heap *heap, uint32_t mode);
/* The dict of the outcome's changes, made when it was not there. */
struct dict *outcome_changes(struct state_call *call, struct outcome *outcome);
bool outcome_has_changes(const struct outcome *outcome);
/* A NUL-terminated copy, NULL when it is empty. */
const char *text_or_null(struct heap *heap, struct str text);
