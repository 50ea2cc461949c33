/* states_git.c - git.latest (mc_git.latest), git.cloned, svn.latest.
 * SPDX-License-Identifier: Apache-2.0
 *
 * git(1) does the work, as the user; what is asked first is asked of the remote end, so that a
 * repository that is up to date is not fetched. */
#include "states/states.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/strlist.h"
#include "states/git_repository.h"
#include "states/program.h"
#include "states/svn.h"
#include "value/list.h"

#include "base/banned.h"

#define ROW(arg_name, arg_type, field)                                                             \
	{                                                                                          \
		.name = (arg_name), .type = (arg_type), .offset = offsetof(struct git_args, field) \
	}

static const struct state_arg latest_args[] = {
	{.name = "target",
	 .type = ARG_STR,
	 .offset = offsetof(struct git_args, target),
	 .is_required = true},
	{.name = "rev",
	 .type = ARG_STR,
	 .offset = offsetof(struct git_args, rev),
	 .fallback = "HEAD"},
	ROW("branch", ARG_STR, branch),
	ROW("user", ARG_STR, user),
	{.name = "runas",
	 .type = ARG_STR,
	 .offset = offsetof(struct git_args, user),
	 .alias_of = "user"},
	{.name = "remote",
	 .type = ARG_STR,
	 .offset = offsetof(struct git_args, remote),
	 .fallback = "origin"},
	{.name = "remote_name",
	 .type = ARG_STR,
	 .offset = offsetof(struct git_args, remote),
	 .alias_of = "remote"},
	ROW("identity", ARG_STR, identity),
	ROW("https_user", ARG_STR, https_user),
	ROW("https_pass", ARG_STR, https_pass),
	ROW("force_clone", ARG_BOOL, force_clone),
	{.name = "force",
	 .type = ARG_BOOL,
	 .offset = offsetof(struct git_args, force_clone),
	 .alias_of = "force_clone"},
	ROW("force_checkout", ARG_BOOL, force_checkout),
	ROW("force_fetch", ARG_BOOL, force_fetch),
	ROW("force_reset", ARG_VALUE, force_reset),
	ROW("submodules", ARG_BOOL, submodules),
	ROW("bare", ARG_BOOL, bare),
	ROW("mirror", ARG_BOOL, mirror),
	{.name = "update_head",
	 .type = ARG_BOOL,
	 .offset = offsetof(struct git_args, update_head),
	 .fallback = "true"},
	ROW("depth", ARG_VALUE, depth),
	{.name = "fetch_tags", .type = ARG_IGNORED},
	{.name = "sync_tags", .type = ARG_IGNORED},
	{.name = "always_fetch", .type = ARG_IGNORED},
	{.name = "remote_branch", .type = ARG_IGNORED},
	{0},
};

/* ---- git(1) ---- */

static void git_done(struct git *git)
{
	buf_done(&git->comment);
}

static const char *word(struct heap *heap, struct str text)
{
	return text.len ? heap_strdup(heap, text) : NULL;
}

void git_note(struct git *git, const char *fmt, ...)
{
	va_list list;

	if (git->comment.len)
		buf_puts(&git->comment, ". ");
	va_start(list, fmt);
	buf_vprintf(&git->comment, fmt, list);
	va_end(list);
}

/* By git's own question, whose answer is in our environment: a command line is everybody's to see,
 * and a URL is kept in the repository. Asked for the repository's host alone. gitcredentials(7). */
static void give_password(struct git *git, struct dict *env)
{
	static const char scheme[] = "https://";
	const struct git_args *args = git->args;
	struct heap *heap = git->call->heap;
	const char *name = git->call->name;

	if (!args->https_user.len || !text_starts(name, scheme))
		return;
	const char *host = name + strlen(scheme);
	int len = (int)strcspn(host, "/");
	secrets_add(&git->call->world->secrets, args->https_pass);
	dict_set(heap, env, "HULL_GIT_USER", value_text(heap, args->https_user));
	dict_set(heap, env, "HULL_GIT_PASSWORD", value_text(heap, args->https_pass));
	git->helper =
		heap_printf(heap,
			    "credential.%s%.*s.helper=!f() { printf 'username=%%s\\npassword=%%s"
			    "\\n' \"$HULL_GIT_USER\" \"$HULL_GIT_PASSWORD\"; }; f",
			    scheme, len, host);
}

static void git_begin(struct git *git, struct state_call *call, struct outcome *outcome)
{
	struct heap *heap = call->heap;
	struct dict *env = dict_new(heap);
	autobuf struct buf ssh = {0};

	*git = (struct git){.call = call, .args = call->args, .outcome = outcome};
	git->target = heap_strdup(heap, git->args->target);
	git->rev = git->args->rev.len ? heap_strdup(heap, git->args->rev) : "HEAD";
	git->url = call->name;
	git->remote = git->args->remote.len ? heap_strdup(heap, git->args->remote) : "origin";
	give_password(git, env);
	dict_set(heap, env, "GIT_TERMINAL_PROMPT", value_literal("0"));
	dict_set(heap, env, "GIT_ASKPASS", value_literal("true"));
	/* git(1): a look at the status leaves the index alone */
	dict_set(heap, env, "GIT_OPTIONAL_LOCKS", value_literal("0"));
	if (git->args->identity.len) {
		buf_puts(&ssh, "ssh -o StrictHostKeyChecking=no -o PasswordAuthentication=no -i ");
		shell_quote(&ssh, heap_strdup(heap, git->args->identity));
		dict_set(heap, env, "GIT_SSH_COMMAND", value_text(heap, buf_str(&ssh)));
	}
	git->options = (struct command_options){
		.cwd = "/",
		.runas = word(heap, git->args->user),
		.env = env,
		.timeout_ms = -1,
	};
}

int git_run(struct git *git, bool in_target, const char *const *words, struct str *ret_out,
	    struct err *err)
{
	autostrlist struct strlist list = {0};
	cleanup(command_outcome_done) struct command_outcome said = {0};

	strlist_add(&list, "git");
	if (git->helper) {
		strlist_add(&list, "-c");
		strlist_add(&list, "credential.helper="); /* nobody else's to keep it */
		strlist_add(&list, "-c");
		strlist_add(&list, git->helper);
	}
	if (in_target) {
		strlist_add(&list, "-C");
		strlist_add(&list, git->target);
	}
	for (; *words; words++)
		strlist_add(&list, *words);
	if (program_run(git->call->world, (const char *const *)strlist_argv(&list), &git->options,
			&said, err))
		return -1;
	if (said.retcode)
		return err_set(err, ERR_SYSTEM, "%s", program_complaint(git->call->heap, &said));
	if (ret_out)
		*ret_out = value_bytes(value_text(git->call->heap, str_trim(buf_str(&said.out))));
	return 0;
}

static bool is_commit(const char *rev)
{
	return strlen(rev) == 40 && strspn(rev, "0123456789abcdef") == 40;
}

/* The commit that the remote end has for the rev; a branch before a tag, a tag's commit before the
 * tag. *ret_commit "": it has none. */
static int remote_commit(struct git *git, const char **ret_commit, struct err *err)
{
	struct heap *heap = git->call->heap;
	const char *const names[] = {
		heap_printf(heap, "refs/heads/%s", git->rev),
		heap_printf(heap, "refs/tags/%s^{}", git->rev),
		heap_printf(heap, "refs/tags/%s", git->rev),
		git->rev,
	};
	struct str out;

	*ret_commit = git->rev;
	if (is_commit(git->rev))
		return 0;
	if (GIT(git, false, &out, err, "ls-remote", "--", git->url))
		return -1;
	*ret_commit = "";
	for (size_t i = 0; i < ARRAY_LEN(names) && !**ret_commit; i++) {
		struct str rest = out;
		while (rest.len) {
			struct str name = str_cut(&rest, '\n'), commit = str_cut(&name, '\t');
			if (!str_is(name, names[i]))
				continue;
			*ret_commit = heap_strdup(heap, commit);
			git->rev_is_branch = i == 0;
		}
	}
	return 0;
}

/* ---- what is there ---- */

enum git_target { TARGET_MISSING, TARGET_EMPTY, TARGET_OTHER, TARGET_REPOSITORY };

static enum git_target look(struct git *git)
{
	const char *marker = git->args->bare || git->args->mirror ? "HEAD" : ".git";
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	autoerr struct err err = {0};

	if (beneath_open(git->call->world->rootfd, git->target, O_RDONLY | O_DIRECTORY, 0, &fd,
			 &err))
		return err.kind == ERR_MISSING ? TARGET_MISSING : TARGET_OTHER;
	if (dir_list(fd, ".", &names, &err))
		return TARGET_OTHER;
	if (strlist_has(&names, marker))
		return TARGET_REPOSITORY;
	return names.n ? TARGET_OTHER : TARGET_EMPTY;
}

void git_fail(struct git *git, const char *what, struct err *err)
{
	outcome_fail(git->outcome, "%s%s", what, err_text(err));
	err_clear(err);
}

const char *git_short(struct heap *heap, const char *commit)
{
	return heap_printf(heap, "%.7s", commit);
}

void git_tell_revision(struct git *git, const char *old, const char *new)
{
	outcome_change_pair(git->call->heap, git->outcome, "revision",
			    old ? value_cstr(git->call->heap, old) : value_none(),
			    value_cstr(git->call->heap, new));
}

const char *git_local_branch(struct git *git)
{
	if (git->args->branch.len)
		return heap_strdup(git->call->heap, git->args->branch);
	return NULL;
}

int git_submodules(struct git *git, struct err *err)
{
	if (!git->args->submodules)
		return 0;
	return GIT(git, true, NULL, err, "submodule", "update", "--init", "--recursive");
}

/* ---- the first time ---- */

static int clear_target(struct git *git, struct err *err)
{
	autoclose int parent = -1;
	const char *name;

	if (beneath_parent(git->call->world->rootfd, git->target, &parent, &name, err))
		return -1;
	return tree_remove_at(parent, name, err);
}

/* git.cloned asks for a branch of the remote end; git.latest makes one of its own. */
static const char *cloned_branch(struct git *git)
{
	return text_eq(git->call->fun, "cloned") ? git_local_branch(git) : NULL;
}

static int clone_words(struct git *git, struct err *err)
{
	const struct git_args *args = git->args;
	const char *words[16] = {"clone"};
	size_t n = 1;

	if (args->mirror || args->bare)
		words[n++] = args->mirror ? "--mirror" : "--bare";
	if (args->depth.kind == VALUE_INT && args->depth.integer > 0) {
		words[n++] = "--depth";
		words[n++] = heap_printf(git->call->heap, "%lld", (long long)args->depth.integer);
		if (!is_commit(git->rev) && !text_eq(git->rev, "HEAD")) {
			words[n++] = "--branch";
			words[n++] = git->rev;
		}
	}
	if (cloned_branch(git)) {
		words[n++] = "--branch";
		words[n++] = cloned_branch(git);
	}
	words[n++] = "--origin";
	words[n++] = git->remote;
	words[n++] = "--";
	words[n++] = git->url;
	words[n++] = git->target;
	return git_run(git, false, words, NULL, err);
}

const char *git_rev_told(struct git *git)
{
	if (text_eq(git->rev, "HEAD"))
		return "remote HEAD";
	return git->rev_is_branch ? heap_printf(git->call->heap, "%s/%s", git->remote, git->rev)
				  : git->rev;
}

int git_track(struct git *git, struct err *err)
{
	const char *told = git_rev_told(git);
	struct str has = {0}, on = {0};
	autoerr struct err none = {0};
	bool is_test = git->call->is_test;

	if (text_eq(git->rev, "HEAD") ||
	    GIT(git, true, &on, &none, "symbolic-ref", "-q", "--short", "HEAD"))
		return 0;
	if (GIT(git, true, &has, &none, "rev-parse", "--abbrev-ref", "--symbolic-full-name",
		"@{u}"))
		has = (struct str){0};
	if (git->rev_is_branch ? str_is(has, told) : !has.len)
		return 0;
	if (git->rev_is_branch)
		git_note(git, "Tracking branch %s %s to %s", is_test ? "would be" : "was",
			 has.len ? "updated" : "set", told);
	else
		git_note(git, "Tracking branch %s unset", is_test ? "would be" : "was");
	if (is_test)
		return 0;
	if (!git->rev_is_branch)
		return GIT(git, true, NULL, err, "branch", "--unset-upstream");
	return GIT(git, true, NULL, err, "branch",
		   heap_printf(git->call->heap, "--set-upstream-to=%s", told));
}

/* The branch that git has checked out is put to the rev, or one of the name that was asked for. */
static int checkout_first(struct git *git, const char *commit, struct err *err)
{
	const char *branch = git_local_branch(git);
	struct str head;

	if (git->args->bare || git->args->mirror)
		return 0;
	if (branch) {
		git_note(git, "Branch '%s' checked out, with %s (%s) as a starting point", branch,
			 git_rev_told(git), git_short(git->call->heap, commit));
		size_t told = git->comment.len;
		int failed =
			GIT(git, true, NULL, err, "checkout", "-q", "-B", branch, commit, "--") ||
			git_track(git, err);
		buf_truncate(&git->comment, told);
		return failed ? -1 : 0;
	}
	if (text_eq(git->rev, "HEAD"))
		return 0;
	if (GIT(git, true, &head, err, "rev-parse", "HEAD"))
		return -1;
	if (!str_is(head, commit)) {
		git_note(git, "Repository was reset to %s (%s)", git_rev_told(git),
			 git_short(git->call->heap, commit));
		if (GIT(git, true, NULL, err, "reset", "-q", "--hard", commit, "--"))
			return -1;
	}
	return git_track(git, err);
}

void git_say(struct git *git)
{
	bool is_one = !memmem(git->comment.ptr ? git->comment.ptr : "", git->comment.len, ". ", 2);

	outcome_say(git->outcome, "%s%s", buf_text(&git->comment), is_one ? "" : ".");
}

static void clone(struct git *git, const char *commit)
{
	autoerr struct err err = {0};
	struct str head;

	if (git->call->is_test) {
		outcome_change_text(
			git->call->heap, git->outcome, "new",
			heap_printf(git->call->heap, "%s => %s", git->call->name, git->target));
		outcome_pending(git->outcome, "Repository %s would be cloned to %s",
				git->call->name, git->target);
		return;
	}
	if (clone_words(git, &err)) {
		git_fail(git, "Clone failed: ", &err);
		return;
	}
	git_note(git, "%s cloned to %s%s", git->call->name, git->target,
		 git->args->mirror ? " as mirror"
		 : git->args->bare ? " as bare repository"
				   : "");
	if (checkout_first(git, commit, &err) || git_submodules(git, &err) ||
	    GIT(git, true, &head, &err, "rev-parse", "HEAD")) {
		git_fail(git, "", &err);
		return;
	}
	outcome_change_text(git->call->heap, git->outcome, "new",
			    heap_printf(git->call->heap, "%s => %s", git->call->name, git->target));
	git_tell_revision(git, NULL, heap_strdup(git->call->heap, head));
	git_say(git);
}

static void git_latest(struct state_call *call, struct outcome *outcome)
{
	cleanup(git_done) struct git git = {0};
	autoerr struct err err = {0};
	const char *commit;

	git_begin(&git, call, outcome);
	if (git.target[0] != '/') {
		outcome_fail(outcome, "target '%s' is not an absolute path", git.target);
		return;
	}
	enum git_target kind = look(&git);
	if (kind == TARGET_OTHER && !git.args->force_clone) {
		outcome_fail(
			outcome,
			"Target '%s' exists, is non-empty and is not a git repository. Set the "
			"'force_clone' option to True to remove this directory's contents and "
			"proceed with cloning the remote repository",
			git.target);
		return;
	}
	bool has_name = !text_eq(git.rev, "HEAD") && !is_commit(git.rev);
	if (git.args->depth.kind == VALUE_INT && !has_name) {
		outcome_fail(outcome, "When 'depth' is used, 'rev' must be set to the name of a "
				      "branch or tag on the remote repository");
		return;
	}
	if (git.rev[0] == '-') {
		outcome_fail(outcome, "'%s' is no revision", git.rev);
		return;
	}
	if (remote_commit(&git, &commit, &err)) {
		git_fail(&git, "Failed to check remote refs: ", &err);
		return;
	}
	if (!*commit) {
		outcome_fail(outcome, "No revision matching '%s' exists in the remote repository",
			     git.rev);
		return;
	}
	if (kind == TARGET_OTHER && !call->is_test && clear_target(&git, &err)) {
		git_fail(&git, "", &err);
		return;
	}
	if (kind == TARGET_REPOSITORY)
		git_update(&git, commit);
	else
		clone(&git, commit);
}

/* With a branch for the end of a sentence. */
static const char *cloned_told(struct git *git)
{
	const char *branch = git_local_branch(git);

	return branch ? heap_printf(git->call->heap, " with branch '%s'", branch) : "";
}

static void clone_branch(struct git *git)
{
	struct heap *heap = git->call->heap;
	autoerr struct err err = {0};

	outcome_change_text(heap, git->outcome, "new",
			    heap_printf(heap, "%s => %s", git->call->name, git->target));
	if (git->call->is_test) {
		outcome_pending(git->outcome, "%s would be cloned to %s%s", git->call->name,
				git->target, cloned_told(git));
	} else if (clone_words(git, &err)) {
		git->outcome->changes = (struct value){0};
		git_fail(git, "Clone failed: ", &err);
	} else {
		outcome_say(git->outcome, "%s cloned to %s%s", git->call->name, git->target,
			    cloned_told(git));
	}
}

/* The branch that is here, else a new one at the remote's. */
static void change_branch(struct git *git, const char *branch, const char *current)
{
	struct heap *heap = git->call->heap;
	autoerr struct err err = {0};
	autoerr struct err missing = {0};

	outcome_change_pair(heap, git->outcome, "branch", value_cstr(heap, current),
			    value_cstr(heap, branch));
	if (git->call->is_test) {
		outcome_pending(git->outcome, "Branch would be changed to '%s'", branch);
		return;
	}
	int failed = GIT(git, true, NULL, &missing, "rev-parse", "-q", "--verify",
			 heap_printf(heap, "refs/heads/%s", branch))
			     ? GIT(git, true, NULL, &err, "checkout", "-q", "-b", branch,
				   heap_printf(heap, "origin/%s", branch), "--")
			     : GIT(git, true, NULL, &err, "checkout", "-q", branch, "--");
	if (!failed) {
		outcome_say(git->outcome, "Branch changed to '%s'", branch);
		return;
	}
	git->outcome->changes = (struct value){0};
	git_fail(git, heap_printf(heap, "Failed to change branch to '%s': ", branch), &err);
}

static void keep_branch(struct git *git)
{
	const char *branch = git_local_branch(git);
	struct str current = {0};
	autoerr struct err detached = {0};

	if (!branch) {
		outcome_say(git->outcome, "Repository already exists at %s", git->target);
		return;
	}
	if (GIT(git, true, &current, &detached, "symbolic-ref", "-q", "--short", "HEAD"))
		current = (struct str){0};
	if (str_is(current, branch))
		outcome_say(git->outcome,
			    "Repository already exists at %s and is checked out to branch '%s'",
			    git->target, branch);
	else
		change_branch(git, branch, heap_strdup(git->call->heap, current));
}

static void git_cloned(struct state_call *call, struct outcome *outcome)
{
	cleanup(git_done) struct git git = {0};

	git_begin(&git, call, outcome);
	git.rev = "HEAD";
	enum git_target kind = look(&git);
	const char *branch = git_local_branch(&git);
	if (branch && *branch == '-')
		outcome_fail(outcome, "Invalid 'branch' argument");
	else if (kind == TARGET_REPOSITORY)
		keep_branch(&git);
	else if (kind == TARGET_OTHER)
		outcome_fail(outcome, "Target '%s' exists and is not a git repository", git.target);
	else
		clone_branch(&git);
}

static const struct state_def latest_def = {
	.name = "git.latest",
	.args = latest_args,
	.args_size = sizeof(struct git_args),
	.apply = git_latest,
};
static const struct state_def mc_latest_def = {
	.name = "mc_git.latest",
	.args = latest_args,
	.args_size = sizeof(struct git_args),
	.apply = git_latest,
};
static const struct state_def cloned_def = {
	.name = "git.cloned",
	.args = latest_args,
	.args_size = sizeof(struct git_args),
	.apply = git_cloned,
};

static const struct state_def *const rows[] = {
	&latest_def, &mc_latest_def, &cloned_def, &svn_latest_def, NULL,
};

const struct state_table states_git = {rows};
