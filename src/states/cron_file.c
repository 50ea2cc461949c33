/* cron_file.c - cron.file: a whole crontab from a source.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/cron_file.h"

#include "state/report.h"
#include "states/cron_spool.h"
#include "states/file_source.h"
#include "states/file_template.h"
#include "value/list.h"

#include "base/banned.h"

struct cron_file_args {
	struct str user, template, hash, hash_name;
	struct value context, defaults;
	bool replace;
};

#define FILE_ROW(arg_name, arg_type, field)                      \
	{                                                        \
		.name = (arg_name), .type = (arg_type),          \
		.offset = offsetof(struct cron_file_args, field) \
	}

static const struct state_arg file_args[] = {
	{.name = "user",
	 .type = ARG_STR,
	 .offset = offsetof(struct cron_file_args, user),
	 .fallback = "root"},
	FILE_ROW("source_hash", ARG_STR, hash),
	FILE_ROW("source_hash_name", ARG_STR, hash_name),
	FILE_ROW("template", ARG_STR, template),
	FILE_ROW("context", ARG_VALUE, context),
	FILE_ROW("defaults", ARG_VALUE, defaults),
	{.name = "replace",
	 .type = ARG_BOOL,
	 .offset = offsetof(struct cron_file_args, replace),
	 .fallback = "true"},
	{.name = "backup", .type = ARG_IGNORED},
	{0},
};

/* NULL: crontab(1) would take it; else why not. */
static const char *crontab_fault(struct heap *heap, struct str text)
{
	if (text.len && text.ptr[text.len - 1] != '\n')
		return "new crontab file is missing newline before EOF, can't install.";
	for (int number = 1; text.len; number++) {
		const char *fault = crontab_line_fault(heap, str_cut(&text, '\n'));
		if (fault)
			return heap_printf(heap, "line %d: %s", number, fault);
	}
	return NULL;
}

/* What the source says, rendered; false: told. */
static bool read_source(struct state_call *call, const char *user, struct str *ret_text,
			struct outcome *outcome)
{
	const struct cron_file_args *args = call->args;
	struct list *sources = list_new(call->heap, 1);
	list_push(call->heap, sources, value_cstr(call->heap, call->name));
	const struct source_request request = {
		.sources = sources, .hash = args->hash, .hash_name = args->hash_name};
	cleanup(source_found_done) struct source_found found = {0};

	if (!source_get(call, &request, &found, outcome))
		return false;
	const struct template_request template = {
		.engine = args->template,
		.context = args->context,
		.defaults = args->defaults,
		.name = call->name,
		.source = found.name,
		.file = found.file,
		.user = str_of(user),
	};
	if (!file_template_check(&template, outcome))
		return false;
	*ret_text = value_bytes(value_text(call->heap, buf_str(&found.text)));
	return !template_wanted(&template) ||
	       template_render(call, &template, *ret_text, ret_text, outcome);
}

static void put_crontab(struct state_call *call, struct spool *spool, struct str text,
			struct outcome *outcome)
{
	const char *fault = crontab_fault(call->heap, text);
	/* crontab -l of nobody's crontab is an empty line to the reference. */
	struct str old = spool->text.len ? buf_str(&spool->text) : STR("\n");
	autobuf struct buf diff = {0};
	autoerr struct err err = {0};

	if (str_eq(old, text)) {
		outcome_say(outcome, "Crontab for user %s is in the correct state", spool->user);
		return;
	}
	diff_unified(old, text, &diff);
	if (call->is_test) {
		outcome_pending(outcome, "The following values are set to be changed:\ndiff: %s\n",
				buf_text(&diff));
		return;
	}
	if (!fault && spool_put(call, spool, text, &err))
		fault = err_text(&err);
	if (fault) {
		outcome_fail(outcome, "Unable to update user %s crontab %s. Error: %s", spool->user,
			     call->name, fault);
		return;
	}
	outcome_change(call->heap, outcome, "diff", value_text(call->heap, buf_str(&diff)));
	outcome_say(outcome, "Crontab for user %s was updated", spool->user);
}

static void cron_file_apply(struct state_call *call, struct outcome *outcome)
{
	const struct cron_file_args *args = call->args;
	const char *user = heap_strdup(call->heap, args->user);
	cleanup(spool_done) struct spool spool = {.dirfd = -1};
	autoerr struct err err = {0};
	struct str text;

	if (spool_open(call, user, &spool, &err))
		outcome_fail(outcome, "Could not identify group for user %s", user);
	else if (!args->replace && spool.exists)
		outcome_say(outcome, "User %s already has a crontab. No changes made", user);
	else if (read_source(call, user, &text, outcome))
		put_crontab(call, &spool, text, outcome);
}

const struct state_def cron_file_def = {
	.name = "cron.file",
	.args = file_args,
	.args_size = sizeof(struct cron_file_args),
	.apply = cron_file_apply,
};
