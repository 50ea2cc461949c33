/* file_put.h - one file made to be what it shall be: what file.managed and its kin end in.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "states/file_perms.h"

struct file_put {
	const char *path;         /* absolute */
	const struct stat *known; /* as the path was just now; NULL: it is looked at */
	struct str contents;
	struct perms perms;
	bool has_source; /* a new one is told with its mode, even when none was asked for */
	bool makedirs;
	struct file_mode dir_mode;
	struct value show_changes; /* undefined: as the mode says */
	enum place_links links;
	struct str backup;    /* "minion": kept in the run's directory; ".bak": beside it */
	struct str check_cmd; /* a command that accepts a file; "": none */
	struct str tmp_ext, tmp_dir;
};

enum put_result { PUT_FAILED, PUT_SAME, PUT_CHANGED };

/* Adds to changes: diff, newfile (in a test run), user, group, mode. A failure is told. */
enum put_result file_put(struct state_call *call, const struct file_put *put, struct dict *changes,
			 struct outcome *outcome);
/* The same with the outcome's own changes, told as file.managed tells it. */
void file_put_told(struct state_call *call, const struct file_put *put, struct outcome *outcome);
/* The directories above the path, when they are missing and `makedirs`; false: told. */
bool file_make_parents(struct state_call *call, const struct file_put *put,
		       struct outcome *outcome);
/* A copy of the old contents, as `backup` says ("" and "none": nothing). false: told. */
bool file_backup(struct state_call *call, const char *path, struct str backup, struct str old,
		 const struct stat *st, struct outcome *outcome);
/* A value of an argument show_changes, for a file of that mode. */
bool changes_are_shown(struct value show_changes, uint32_t mode);

/* "The file X is set to be changed" with its note, and None. */
void outcome_set_to_change(struct outcome *outcome, const char *path);
