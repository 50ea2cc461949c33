/* git_update.c - git.latest where there is a repository: forward, or by force where that is
 * allowed. SPDX-License-Identifier: Apache-2.0 */
#include "states/git_repository.h"

#include "base/banned.h"

static bool may_reset(const struct git_args *args, bool has_remote_changes)
{
	const struct value v = args->force_reset;

	if (v.kind == VALUE_BOOL)
		return v.boolean;
	return has_remote_changes && v.kind == VALUE_STRING &&
	       (str_is(value_bytes(v), "remote-changes") ||
		str_is(value_bytes(v), "remote_changes"));
}

static int set_remote(struct git *git, struct err *err)
{
	const char *remote = git->remote;
	struct str url = {0};
	autoerr struct err missing = {0};

	if (GIT(git, true, &url, &missing, "config", "--get",
		heap_printf(git->call->heap, "remote.%s.url", remote))) {
		if (git->call->is_test)
			return 0;
		git_note(git, "Remote '%s' set to %s", remote, git->call->name);
		return GIT(git, true, NULL, err, "remote", "add", "--", remote, git->url);
	}
	if (str_is(url, git->url))
		return 0;
	git_note(git, "Remote '%s' changed from %.*s to %s", remote, STR_ARG(url), git->call->name);
	outcome_change_pair(
		git->call->heap, git->outcome, heap_printf(git->call->heap, "remotes/%s", remote),
		value_text(git->call->heap, url), value_cstr(git->call->heap, git->call->name));
	if (git->call->is_test)
		return 0;
	return GIT(git, true, NULL, err, "remote", "set-url", "--", remote, git->url);
}

static int fetch(struct git *git, struct err *err)
{
	git_note(git, "%s was fetched, resulting in updated refs", git->call->name);
	if (git->args->force_fetch)
		return GIT(git, true, NULL, err, "fetch", "-q", "--tags", "--force", "--",
			   git->remote);
	return GIT(git, true, NULL, err, "fetch", "-q", "--tags", "--", git->remote);
}

static bool has_commit(struct git *git, const char *commit)
{
	autoerr struct err missing = {0};

	return !GIT(git, true, NULL, &missing, "cat-file", "-e",
		    heap_printf(git->call->heap, "%s^{commit}", commit));
}

/* A move forward loses nothing. */
static bool is_forward(struct git *git, const char *head, const char *commit)
{
	autoerr struct err not = {0};

	return !GIT(git, true, NULL, &not, "merge-base", "--is-ancestor", head, commit);
}

static bool needs_branch(struct git *git)
{
	const char *branch = git_local_branch(git);
	struct str current = {0};
	autoerr struct err detached = {0};

	return branch &&
	       (GIT(git, true, &current, &detached, "symbolic-ref", "-q", "--short", "HEAD") ||
		!str_is(current, branch));
}

/* On to the commit: forward, or with a reset where that is allowed. */
static int move_to(struct git *git, const char *commit, bool reset, struct err *err)
{
	const char *told = git_rev_told(git), *hash = git_short(git->call->heap, commit);

	if (needs_branch(git)) {
		const char *branch = git_local_branch(git);
		git_note(git, "New branch '%s' was checked out, with %s (%s) as a starting point",
			 branch, told, hash);
		bool by_force = reset || git->args->force_checkout;
		return GIT(git, true, NULL, err, "checkout", "-q", by_force ? "-fB" : "-B", branch,
			   commit, "--") ||
				       git_track(git, err)
			       ? -1
			       : 0;
	}
	if (git_track(git, err))
		return -1;
	if (reset) {
		git_note(git, "Repository was hard-reset to %s (%s)", told, hash);
		return GIT(git, true, NULL, err, "reset", "-q", "--hard", commit, "--");
	}
	git_note(git, "Repository was fast-forwarded to %s (%s)", told, hash);
	return GIT(git, true, NULL, err, "merge", "-q", "--ff-only", commit);
}

static void say_up_to_date(struct git *git, bool is_dirty)
{
	outcome_say(git->outcome, "Repository %s is up-to-date%s", git->target,
		    is_dirty ? ", but with uncommitted changes. Set 'force_reset' to True to "
			       "purge uncommitted changes."
			     : "");
	if (git->comment.len)
		buf_printf(&git->outcome->comment, "\n\nChanges %smade: %s",
			   git->call->is_test ? "that would be " : "", buf_text(&git->comment));
}

/* Why it stays where it is. */
static void refuse(struct git *git, const char *head, const char *commit, bool is_dirty)
{
	struct heap *heap = git->call->heap;
	const char *to = git_short(heap, commit);

	if (is_dirty)
		outcome_fail(git->outcome,
			     "Repository would be updated from %s to %s, but there are uncommitted "
			     "changes. Set 'force_reset' to True (or 'remote-changes') to force "
			     "this update.",
			     git_short(heap, head), to);
	else
		outcome_fail(git->outcome,
			     "Repository would be updated to %s, but this is not a fast-forward "
			     "merge. Set 'force_reset' to True to force this update.",
			     to);
}

/* What an update would do, as far as is known before the fetch. */
static void advance_told(struct git *git, const char *head, const char *commit, bool is_known,
			 bool reset)
{
	struct heap *heap = git->call->heap;
	autoerr struct err err = {0};
	const char *what = !is_known ? "updated" : reset ? "hard-reset" : "fast-forwarded";

	if (!is_known)
		git_note(git, "Remote '%s' would be fetched", git->remote);
	git_note(git, "Repository would be %s from %s to %s", what, git_short(heap, head),
		 git_short(heap, commit));
	if (is_known && !needs_branch(git) && git_track(git, &err))
		err_clear(&err);
	git->outcome->result = RESULT_NONE;
	git_say(git);
	if (!is_known)
		buf_puts(&git->outcome->comment,
			 git->outcome->comment.ptr[git->outcome->comment.len - 1] == '.' ? ""
											 : ".");
}

static bool bring_commit(struct git *git, const char *commit)
{
	autoerr struct err err = {0};

	if (has_commit(git, commit) || !fetch(git, &err))
		return true;
	git_fail(
		git,
		"Fetch failed. Set 'force_fetch' to True to force the fetch if the failure was due to "
		"not being able to fast-forward. Output of the fetch command follows:\n\n",
		&err);
	return false;
}

static void advance(struct git *git, const char *head, const char *commit, bool is_dirty,
		    bool reset)
{
	autoerr struct err err = {0};
	struct str after;

	if (git->call->is_test ? false : !bring_commit(git, commit))
		return;
	bool is_known = has_commit(git, commit);
	bool is_lost = is_known && !needs_branch(git) && !is_forward(git, head, commit);
	if (!reset && (is_lost || (is_dirty && !needs_branch(git)))) {
		refuse(git, head, commit, is_dirty);
		return;
	}
	reset = reset && (is_lost || is_dirty);
	if (git->call->is_test) {
		git_tell_revision(git, head, commit);
		advance_told(git, head, commit, is_known, reset);
		return;
	}
	if (move_to(git, commit, reset, &err) ||
	    GIT(git, true, &after, &err, "rev-parse", "HEAD")) {
		git_fail(git, "", &err);
		return;
	}
	if (git_submodules(git, &err)) {
		git_fail(git, "Failed to update submodules: ", &err);
		return;
	}
	if (!str_is(after, head))
		git_tell_revision(git, head, heap_strdup(git->call->heap, after));
	git_say(git);
}

void git_update(struct git *git, const char *commit)
{
	autoerr struct err err = {0};
	struct str head_text, status = {0};

	if (GIT(git, true, &head_text, &err, "rev-parse", "HEAD") ||
	    (!git->args->bare && !git->args->mirror &&
	     GIT(git, true, &status, &err, "status", "--porcelain", "--untracked-files=no")) ||
	    set_remote(git, &err)) {
		git_fail(git, "", &err);
		return;
	}
	const char *head = heap_strdup(git->call->heap, head_text);
	bool is_newer = !text_eq(head, commit);
	bool reset = may_reset(git->args, is_newer);
	if (is_newer && !git->args->update_head)
		outcome_say(git->outcome,
			    "%s is already present and local HEAD (%s) does not match, but "
			    "update_head=False. HEAD has not been updated locally.",
			    git->rev, git_short(git->call->heap, head));
	else if (!is_newer && !(status.len && reset))
		say_up_to_date(git, status.len);
	else
		advance(git, head, commit, status.len, reset);
}
