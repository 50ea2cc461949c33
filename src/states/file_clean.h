/* file_clean.h - removing from a directory what nobody manages.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

struct clean_request {
	const char *path;
	struct list *exclude_pat; /* stay; NULL: none */
	struct dict *changes;    /* gets a row for each path that goes, with what is below it; NULL:
				    nobody asks */
	struct dict *keep;       /* paths; the directories above them stay, too */
	struct dict *keep_trees; /* directories that stay with all that is in them */
};

void clean_keep(struct state_call *call, struct clean_request *request, const char *path);
/* What the file states manage that this one requires or watches (also by their require_in), and
 * those that require or watch this one. */
void clean_keep_related(struct state_call *call, struct clean_request *request);
/* ret_removed: paths, sorted; in a test run what would go. */
int clean_directory(struct state_call *call, const struct clean_request *request,
		    struct list **ret_removed, struct err *err) must_check;
