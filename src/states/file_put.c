/* file_put.c - one file made to be what it shall be.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_put.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/random.h"
#include "state/limits.h"
#include "state/run.h"
#include "states/file_text.h"

#include "base/banned.h"

void outcome_set_to_change(struct outcome *outcome, const char *path)
{
	outcome_pending(outcome,
			"The file %s is set to be changed\nNote: No changes made, actual changes "
			"may\nbe different due to other states.",
			path);
}

bool changes_are_shown(struct value show_changes, uint32_t mode)
{
	/* Who keeps a file from others' eyes does not want it in a log. */
	static const uint32_t private_modes[] = {0600, 0640, 0400};

	if (show_changes.kind == VALUE_BOOL)
		return show_changes.boolean;
	if (show_changes.kind != VALUE_UNDEFINED && show_changes.kind != VALUE_NONE)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(private_modes); i++)
		if ((mode & 07777) == private_modes[i])
			return false;
	return true;
}

/* A directory's mode out of a file's: who may do anything with the file may enter. */
static struct look parents_look(const struct file_put *put)
{
	struct look look = put->perms.look;

	if (put->dir_mode.is_given) {
		look.has_mode = true;
		look.mode = put->dir_mode.mode;
		return look;
	}
	look.mode &= 0777;
	for (unsigned shift = 0; shift <= 6; shift += 3)
		if (look.mode & (07U << shift))
			look.mode |= 01U << shift;
	return look;
}

bool file_make_parents(struct state_call *call, const struct file_put *put, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const char *dir = place_dir(call->heap, put->path);
	struct look look = parents_look(put);

	if (call->is_test || place_is_dir(call->world, dir))
		return true;
	if (!put->makedirs)
		outcome_fail(outcome, "Parent directory not present");
	else if (place_make_dirs(call->world, dir, &look, &err))
		outcome_fail_err(outcome, &err);
	else
		return true;
	return false;
}

/* The reference's name of a kept file: its path and when. */
static bool backup_in_run(struct state_call *call, const char *path, struct str old,
			  const struct stat *st, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const char *state_dir = call->world->state_dir;
	char stamp[64];
	struct timespec now;
	struct tm parts;

	if (!state_dir) {
		outcome_fail(outcome, "There is no directory that %s could be backed up to", path);
		return false;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(stamp, sizeof(stamp), "%a_%b_%d_%H:%M:%S", &parts);
	autofree char *dir = xasprintf("%s/file_backup%s", state_dir, place_dir(call->heap, path));
	autofree char *file = xasprintf("%s/%s_%s_%06ld_%d", dir, place_base(path), stamp,
					now.tv_nsec / 1000, parts.tm_year + 1900);
	if (dir_make_all(AT_FDCWD, dir, 0700, &err) == 0 &&
	    file_write_at(AT_FDCWD, file, old.ptr ? old.ptr : "", old.len, st->st_mode & 0700,
			  call->world->no_fsync ? FILE_NO_SYNC : FILE_SYNC, &err) == 0)
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

bool file_backup(struct state_call *call, const char *path, struct str backup, struct str old,
		 const struct stat *st, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct look look = {st->st_uid, st->st_gid, true, st->st_mode & 07777};

	if (str_is(backup, "minion") || str_is(backup, "both"))
		return backup_in_run(call, path, old, st, outcome);
	if (!backup.len || backup.ptr[0] != '.')
		return true;
	const char *beside = heap_printf(call->heap, "%s%.*s", path, STR_ARG(backup));
	if (place_write(call->world, beside, LINKS_KEPT, old, &look, &err) == 0)
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

/* Where the checking command can see it, root's alone. */
static int make_candidate(struct state_call *call, const struct file_put *put,
			  const char **ret_path, struct err *err)
{
	char digits[9];
	const char *dir = put->tmp_dir.len ? heap_strdup(call->heap, put->tmp_dir) : "/tmp";
	struct look look = {LOOK_KEPT, LOOK_KEPT, true, 0600};

	if (!place_is_dir(call->world, dir))
		dir = place_dir(call->heap, put->path);
	random_hex(digits, sizeof(digits) - 1);
	const char *path = heap_printf(call->heap, "%s/__hull.%s%.*s", text_eq(dir, "/") ? "" : dir,
				       digits, STR_ARG(put->tmp_ext));
	if (place_write(call->world, path, LINKS_KEPT, put->contents, &look, err))
		return -1;
	*ret_path = path;
	return 0;
}

static bool run_check(struct state_call *call, const struct file_put *put, const char *candidate,
		      struct outcome *outcome)
{
	autoerr struct err err = {0};
	cleanup(command_outcome_done) struct command_outcome command = {0};
	struct command_options options = {.timeout_ms = -1};
	autofree char *text = xasprintf("%.*s %s", STR_ARG(put->check_cmd), candidate);

	if (command_run(call->world, text, &options, &command, &err)) {
		outcome_fail(outcome, "check_cmd execution failed\n%s", err_text(&err));
		return false;
	}
	if (command.retcode == 0)
		return true;
	outcome_fail(outcome, "check_cmd execution failed");
	if (command.out.len)
		outcome_say(outcome, "%s", buf_text(&command.out));
	if (command.errors.len)
		outcome_say(outcome, "%s", buf_text(&command.errors));
	outcome->skip_watch = true;
	return false;
}

static bool check_contents(struct state_call *call, const struct file_put *put,
			   struct outcome *outcome)
{
	autoerr struct err err = {0};
	const char *candidate;

	if (!put->check_cmd.len)
		return true;
	if (make_candidate(call, put, &candidate, &err)) {
		outcome_fail(outcome, "Unable to manage file: %s", err_text(&err));
		return false;
	}
	bool is_good = run_check(call, put, candidate, outcome);
	if (place_remove(call->world, candidate, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	return is_good;
}

static uint32_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* What a file is before it gets its owner and mode: root's alone when it will have a mode. */
static struct stat new_stat(struct state_call *call, const struct file_put *put)
{
	struct stat st = {.st_mode = S_IFREG | (put->perms.look.has_mode ? 0600 : default_mode()),
			  .st_uid = geteuid(),
			  .st_gid = getegid()};
	struct stat dir;

	if (place_stat(call->world, place_dir(call->heap, put->path), LINKS_FOLLOWED, &dir) &&
	    (dir.st_mode & S_ISGID))
		st.st_gid = dir.st_gid;
	return st;
}

static enum put_result put_new(struct state_call *call, const struct file_put *put,
			       struct dict *changes, struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (call->is_test) {
		dict_set(call->heap, changes, "newfile", value_cstr(call->heap, put->path));
		return PUT_CHANGED;
	}
	if (!check_contents(call, put, outcome) || !file_make_parents(call, put, outcome))
		return PUT_FAILED;
	struct stat st = new_stat(call, put);
	if (place_write(call->world, put->path, put->links, put->contents, &put->perms.look,
			&err)) {
		outcome_fail(outcome, "Unable to manage file: %s", err_text(&err));
		return PUT_FAILED;
	}
	dict_set(call->heap, changes, "diff", value_literal("New file"));
	perms_differ(call, &put->perms, &st, changes);
	if (put->has_source && !put->perms.look.has_mode && (st.st_mode & 07777) != 0600)
		dict_set(call->heap, changes, "mode",
			 value_cstr(call->heap, perms_mode_text(call->heap, st.st_mode & 07777)));
	return PUT_CHANGED;
}

/* The old contents are needed only when they may be equal or shown. */
static int read_old(struct state_call *call, const struct file_put *put, const struct stat *st,
		    struct buf *ret_old, bool *ret_equal, struct err *err)
{
	bool may_equal = (uint64_t)st->st_size == put->contents.len;

	*ret_equal = false;
	if (!may_equal && st->st_size > (off_t)LIMIT_DIFF && !put->backup.len)
		return 0;
	if (place_read(call->world, put->path, ret_old, NULL, err))
		return -1;
	*ret_equal = str_eq(buf_str(ret_old), put->contents);
	return 0;
}

static struct value shown_change(struct state_call *call, const struct file_put *put,
				 const struct stat *st, struct str old)
{
	uint32_t mode = put->perms.look.has_mode ? put->perms.look.mode : st->st_mode;

	if (!changes_are_shown(put->show_changes, mode))
		return value_literal("<show_changes=False>");
	if (!old.len && st->st_size > (off_t)LIMIT_DIFF)
		return value_literal("<too large to be shown>");
	return text_change(call->heap, old, put->contents);
}

static enum put_result put_over(struct state_call *call, const struct file_put *put,
				const struct stat *st, struct dict *changes,
				struct outcome *outcome)
{
	autoerr struct err err = {0};
	autobuf struct buf old = {0};
	bool is_equal;

	if (read_old(call, put, st, &old, &is_equal, &err)) {
		outcome_fail(outcome, "Unable to manage file: %s", err_text(&err));
		return PUT_FAILED;
	}
	if (!is_equal) {
		dict_set(call->heap, changes, "diff", shown_change(call, put, st, buf_str(&old)));
		perms_differ(call, &put->perms, st, changes);
		if (call->is_test)
			return PUT_CHANGED;
		bool is_done =
			check_contents(call, put, outcome) &&
			file_backup(call, put->path, put->backup, buf_str(&old), st, outcome);
		if (is_done && place_write(call->world, put->path, put->links, put->contents,
					   &put->perms.look, &err)) {
			outcome_fail(outcome, "Unable to manage file: %s", err_text(&err));
			is_done = false;
		}
		if (!is_done)
			dict_clear(changes);
		return is_done ? PUT_CHANGED : PUT_FAILED;
	}
	if (!perms_differ(call, &put->perms, st, changes))
		return PUT_SAME;
	if (call->is_test ||
	    place_set_look(call->world, put->path, LINKS_FOLLOWED, st, &put->perms.look, &err) == 0)
		return PUT_CHANGED;
	dict_clear(changes);
	outcome_fail_err(outcome, &err);
	return PUT_FAILED;
}

enum put_result file_put(struct state_call *call, const struct file_put *put, struct dict *changes,
			 struct outcome *outcome)
{
	struct stat st;

	if (put->known)
		st = *put->known;
	else if (!place_stat(call->world, put->path, put->links, &st))
		return put_new(call, put, changes, outcome);
	if (S_ISLNK(st.st_mode))
		return put_new(call, put, changes, outcome);
	if (S_ISDIR(st.st_mode)) {
		outcome_fail(outcome, "Specified target %s is a directory", put->path);
		return PUT_FAILED;
	}
	if (!S_ISREG(st.st_mode)) {
		outcome_fail(outcome, "Unable to manage file: '%s' is not a regular file",
			     put->path);
		return PUT_FAILED;
	}
	return put_over(call, put, &st, changes, outcome);
}

void file_put_told(struct state_call *call, const struct file_put *put, struct outcome *outcome)
{
	enum put_result result = file_put(call, put, outcome_changes(call, outcome), outcome);

	if (result == PUT_SAME)
		outcome_say(outcome,
			    call->is_test ? "The file %s is in the correct state"
					  : "File %s is in the correct state",
			    put->path);
	else if (result == PUT_CHANGED && call->is_test)
		outcome_set_to_change(outcome, put->path);
	else if (result == PUT_CHANGED)
		outcome_say(outcome, "File %s updated", put->path);
}
