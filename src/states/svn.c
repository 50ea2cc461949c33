/* svn.c - svn.latest: a working copy of Subversion, by svn(1).
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/svn.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "base/strlist.h"
#include "states/program.h"

#include "base/banned.h"

struct svn_args {
	struct str target, rev, user, username, password;
	bool force, trust, externals;
};

#define ROW(arg_name, arg_type, field)                                                             \
	{                                                                                          \
		.name = (arg_name), .type = (arg_type), .offset = offsetof(struct svn_args, field) \
	}

static const struct state_arg svn_arg_rows[] = {
	{.name = "target",
	 .type = ARG_STR,
	 .offset = offsetof(struct svn_args, target),
	 .is_required = true},
	ROW("rev", ARG_STR, rev),
	ROW("user", ARG_STR, user),
	ROW("username", ARG_STR, username),
	ROW("password", ARG_STR, password),
	ROW("force", ARG_BOOL, force),
	ROW("trust", ARG_BOOL, trust),
	{.name = "externals",
	 .type = ARG_BOOL,
	 .offset = offsetof(struct svn_args, externals),
	 .fallback = "true"},
	{0},
};

static int svn_run(struct state_call *call, struct strlist *words, struct command_outcome *said,
		   struct err *err)
{
	const struct svn_args *args = call->args;
	struct command_options options = {.cwd = "/", .timeout_ms = -1};
	autostrlist struct strlist list = {0};

	if (args->user.len)
		options.runas = heap_strdup(call->heap, args->user);
	strlist_add(&list, "svn");
	strlist_add(&list, "--non-interactive");
	if (args->username.len)
		strlist_addf(&list, "--username=%.*s", STR_ARG(args->username));
	if (args->password.len) { /* not where ps(1) shows it */
		strlist_add(&list, "--password-from-stdin");
		options.input = args->password;
	}
	if (args->trust)
		strlist_add(&list, "--trust-server-cert");
	strlist_add_all(&list, words);
	if (program_run(call->world, (const char *const *)strlist_argv(&list), &options, said, err))
		return -1;
	if (said->retcode)
		return err_set(err, ERR_SYSTEM, "%s", program_complaint(call->heap, said));
	return 0;
}

/* "" when there is none: it is no working copy, no repository answers, it has no such revision. */
static const char *revision(struct state_call *call, const char *target, struct str rev)
{
	autostrlist struct strlist words = {0};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	autoerr struct err err = {0};

	strlist_add(&words, "info");
	strlist_add(&words, "--show-item=revision");
	if (rev.len) {
		strlist_add(&words, "-r");
		strlist_add_str(&words, rev);
	}
	strlist_add(&words, "--");
	strlist_add(&words, target);
	if (svn_run(call, &words, &said, &err))
		return "";
	return heap_strdup(call->heap, str_trim(buf_str(&said.out)));
}

static void action_words(struct state_call *call, const char *target, bool is_update,
			 struct strlist *words)
{
	const struct svn_args *args = call->args;

	strlist_add(words, is_update ? "update" : "checkout");
	if (args->rev.len) {
		strlist_add(words, "-r");
		strlist_add_str(words, args->rev);
	}
	if (args->force)
		strlist_add(words, "--force");
	if (!args->externals)
		strlist_add(words, "--ignore-externals");
	strlist_add(words, "--");
	if (!is_update)
		strlist_add(words, call->name);
	strlist_add(words, target);
}

static void tell_pending(struct state_call *call, const char *target, const char *before,
			 struct outcome *outcome)
{
	const struct svn_args *args = call->args;
	struct str rev = args->rev.len ? args->rev : STR("HEAD");

	if (*before && text_eq(revision(call, call->name, rev), before))
		outcome_say(outcome, "%s is at revision %s", target, before);
	else
		outcome_pending(outcome,
				*before ? "%s is at revision %s and would be updated to %.*s."
					: "%s doesn't exist%s and is set to be checked out at "
					  "revision %.*s.",
				target, before, STR_ARG(rev));
}

static void svn_latest(struct state_call *call, struct outcome *outcome)
{
	const struct svn_args *args = call->args;
	const char *target = heap_strdup(call->heap, args->target);
	autostrlist struct strlist words = {0};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	autoerr struct err err = {0};

	if (args->password.len)
		secrets_add(&call->world->secrets, args->password);
	const char *before = revision(call, target, (struct str){0});
	if (call->is_test) {
		tell_pending(call, target, before, outcome);
		return;
	}
	action_words(call, target, *before != '\0', &words);
	if (svn_run(call, &words, &said, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	const char *after = revision(call, target, (struct str){0});
	if (!*before) {
		outcome_change_text(call->heap, outcome, "new", call->name);
		outcome_change_text(call->heap, outcome, "revision", after);
	} else if (!text_eq(before, after)) {
		outcome_change_text(call->heap, outcome, "revision",
				    heap_printf(call->heap, "%s => %s", before, after));
	}
	outcome_say(outcome, "%.*s", STR_ARG(str_trim(buf_str(&said.out))));
}

const struct state_def svn_latest_def = {
	.name = "svn.latest",
	.args = svn_arg_rows,
	.args_size = sizeof(struct svn_args),
	.apply = svn_latest,
};
