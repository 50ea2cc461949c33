/* git_repository.h - a repository that follows another: what git.latest asks of git(1) and tells.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "state/run.h"

struct git_args {
	struct str target, rev, branch, user, remote, identity, https_user, https_pass;
	bool force_clone, force_checkout, force_fetch, submodules, bare, mirror, update_head;
	struct value force_reset, depth;
};

struct git {
	struct state_call *call;
	const struct git_args *args;
	struct outcome *outcome;
	const char *target, *url, *rev;
	const char *remote;
	bool rev_is_branch; /* of the remote end */
	const char *helper; /* a setting of git's; NULL: nobody has a password */
	struct command_options options;
	struct buf comment;
};

/* `git -C target WORDS…`; in_target false: before there is one. ERR_SYSTEM: what git said. */
int git_run(struct git *git, bool in_target, const char *const *words, struct str *ret_out,
	    struct err *err) must_check;
#define GIT(git, in_target, out, err, ...) \
	git_run(git, in_target, (const char *const[]){__VA_ARGS__, NULL}, out, err)

/* One sentence more for the comment, without its stop. */
void git_note(struct git *git, const char *fmt, ...) printf_like(2, 3);
/* The comment, each sentence with its stop when there are several. */
void git_say(struct git *git);
/* Clears the error. */
void git_fail(struct git *git, const char *what, struct err *err);
const char *git_short(struct heap *heap, const char *commit);
void git_tell_revision(struct git *git, const char *old, const char *new);
/* The rev as it is told: origin/dev, a tag, "remote HEAD". */
const char *git_rev_told(struct git *git);
/* The branch that was asked for; NULL: whichever is there. */
const char *git_local_branch(struct git *git);
/* The local branch follows the remote one of the rev's name, or none when the rev is no branch. In
 * a test run it is only told. */
int git_track(struct git *git, struct err *err) must_check;
int git_submodules(struct git *git, struct err *err) must_check;

/* git_update.c: one that is there, on to the commit that the remote end has. */
void git_update(struct git *git, const char *commit);
