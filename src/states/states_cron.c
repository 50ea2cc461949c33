/* states_cron.c - cron.*: jobs and variables in a user's crontab, edited where cron reads it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include "base/random.h"
#include "base/vec.h"
#include "states/cron_file.h"
#include "states/cron_spool.h"

#include "base/banned.h"

/* ---- arguments ---- */

struct cron_args {
	struct str user, special, comment;
	struct str times[CRON_TIMES];
	bool commented;
	struct value identifier, value;
};

#define ROW(arg_name, arg_type, field)                      \
	{                                                   \
		.name = (arg_name), .type = (arg_type),     \
		.offset = offsetof(struct cron_args, field) \
	}
#define TIME_ROW(arg_name, which)                                                   \
	{                                                                           \
		.name = (arg_name), .type = ARG_STR,                                \
		.offset = offsetof(struct cron_args, times[which]), .fallback = "*" \
	}

static const struct state_arg cron_arg_rows[] = {
	{.name = "user",
	 .type = ARG_STR,
	 .offset = offsetof(struct cron_args, user),
	 .fallback = "root"},
	TIME_ROW("minute", CRON_MINUTE),
	TIME_ROW("hour", CRON_HOUR),
	TIME_ROW("daymonth", CRON_DAY),
	TIME_ROW("month", CRON_MONTH),
	TIME_ROW("dayweek", CRON_WEEKDAY),
	ROW("special", ARG_STR, special),
	ROW("comment", ARG_STR, comment),
	ROW("commented", ARG_BOOL, commented),
	ROW("identifier", ARG_VALUE, identifier),
	{0},
};

static const struct state_arg variable_args[] = {
	{.name = "user",
	 .type = ARG_STR,
	 .offset = offsetof(struct cron_args, user),
	 .fallback = "root"},
	ROW("value", ARG_VALUE, value),
	{0},
};

static const char *lower(struct heap *heap, struct str text)
{
	char *copy = heap_strdup(heap, text);

	for (char *at = copy; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + 32);
	return copy;
}

/* Not given, or false: the command itself; null: none. */
static const char *identifier_of(struct state_call *call, const char *command)
{
	const struct cron_args *args = call->args;
	struct value v = args->identifier, text;
	autoerr struct err err = {0};

	if (v.kind == VALUE_UNDEFINED || (v.kind == VALUE_BOOL && !v.boolean))
		return command;
	if (v.kind == VALUE_NONE || value_str(call->heap, v, &text, &err))
		return NULL;
	return heap_strdup(call->heap, value_bytes(text));
}

static struct cron_job wanted_job(struct state_call *call)
{
	const struct cron_args *args = call->args;
	struct cron_job job = {
		.command = heap_strdup(call->heap, str_trim(str_of(call->name))),
		.special = args->special.len ? heap_strdup(call->heap, args->special) : NULL,
		.comment = args->comment.ptr ? heap_strdup(call->heap, args->comment) : NULL,
		.is_disabled = args->commented,
	};

	for (int i = 0; !job.special && i < CRON_TIMES; i++)
		job.times[i] = lower(call->heap, args->times[i].len ? args->times[i] : STR("*"));
	job.identifier = identifier_of(call, job.command);
	return job;
}

/* A crontab has lines: a text that breaks one would be a job of its own. */
static bool check_texts(const struct cron_job *job, struct outcome *outcome)
{
	const char *const texts[] = {job->command,  job->special,  job->identifier, job->times[0],
				     job->times[1], job->times[2], job->times[3],   job->times[4]};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (!texts[i] || !strchr(texts[i], '\n'))
			continue;
		outcome_fail(outcome, "Cron %s: a line of a crontab cannot hold a newline",
			     job->command);
		return false;
	}
	return true;
}

/* ---- jobs ---- */

static const char *random_time(struct heap *heap, int which)
{
	static const struct {
		unsigned min, n;
	} ranges[CRON_TIMES] = {{0, 60}, {0, 24}, {1, 28}, {1, 12}, {0, 7}};
	unsigned char byte;

	random_bytes(&byte, 1);
	return heap_printf(heap, "%u", ranges[which].min + byte % ranges[which].n);
}

static bool time_differs(const char *has, const char *wanted)
{
	if (text_eq(wanted, "random"))
		return text_eq(has, "*");
	return !text_eq(has, wanted);
}

static bool job_differs(const struct cron_job *has, const struct cron_job *wanted)
{
	if (!text_eq(has->special, wanted->special) || has->is_disabled != wanted->is_disabled ||
	    !text_eq(has->command, wanted->command))
		return true;
	if (wanted->comment && !text_eq(has->comment ? has->comment : "", wanted->comment))
		return true;
	if (wanted->identifier && !text_eq(has->identifier, wanted->identifier))
		return true;
	for (int i = 0; !wanted->special && i < CRON_TIMES; i++)
		if (time_differs(has->times[i], wanted->times[i]))
			return true;
	return false;
}

/* What is random stays as it was found. */
static void settle(struct heap *heap, const struct cron_job *has, struct cron_job *wanted)
{
	for (int i = 0; !wanted->special && i < CRON_TIMES; i++) {
		if (!text_eq(wanted->times[i], "random"))
			continue;
		bool is_kept = has && has->times[i] && !text_eq(has->times[i], "*");
		wanted->times[i] = is_kept ? has->times[i] : random_time(heap, i);
	}
	if (has && !wanted->comment)
		wanted->comment = has->comment;
}

static struct cron_job *find_job(struct crontab *crontab, const struct cron_job *wanted)
{
	bool special = wanted->special != NULL;
	struct cron_job *job = crontab_find(crontab, wanted->command, wanted->identifier, special);

	return job ? job : crontab_find(crontab, wanted->command, wanted->identifier, !special);
}

static bool open_spool(struct state_call *call, struct spool *spool, struct outcome *outcome)
{
	const struct cron_args *args = call->args;
	const char *user = heap_strdup(call->heap, args->user.len ? args->user : STR("root"));
	autoerr struct err err = {0};

	if (!spool_open(call, user, spool, &err))
		return true;
	outcome_fail(outcome, "Cron %s for user %s failed to commit with error \n%s", call->name,
		     user, err_text(&err));
	return false;
}

static bool save(struct state_call *call, struct spool *spool, const char *what,
		 struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (spool_save(call, spool, &err)) {
		outcome_fail(outcome, "Cron %s for user %s failed to commit with error \n%s", what,
			     spool->user, err_text(&err));
		return false;
	}
	outcome_change_text(call->heap, outcome, spool->user, what);
	return true;
}

static void cron_present(struct state_call *call, struct outcome *outcome)
{
	cleanup(spool_done) struct spool spool = {.dirfd = -1};
	struct cron_job wanted = wanted_job(call);

	if (!check_texts(&wanted, outcome) || !open_spool(call, &spool, outcome))
		return;
	struct cron_job *has = find_job(&spool.crontab, &wanted);
	if (has && !job_differs(has, &wanted)) {
		outcome_say(outcome, "Cron %s already present", wanted.command);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Cron %s is set to be %s", wanted.command,
				has ? "updated" : "added");
		return;
	}
	settle(call->heap, has, &wanted);
	const char *fault = cron_job_fault(&wanted);
	if (fault) {
		outcome_fail(outcome,
			     "Cron %s for user %s failed to commit with error \n%s\nerrors in "
			     "crontab file, can't install.",
			     wanted.command, spool.user, fault);
		return;
	}
	bool is_update = has != NULL;
	if (has)
		*has = wanted;
	else
		vec_push(&spool.crontab.jobs, wanted);
	if (!save(call, &spool, wanted.command, outcome))
		return;
	if (is_update)
		outcome_say(outcome, "Cron %s updated", wanted.command);
	else
		outcome_say(outcome, "Cron %s added to %s's crontab", wanted.command, spool.user);
}

static void remove_job(struct crontab *crontab, struct cron_job *job)
{
	size_t at = (size_t)(job - crontab->jobs.items);

	memmove(job, job + 1, (crontab->jobs.n - at - 1) * sizeof(*job));
	crontab->jobs.n--;
}

static void cron_absent(struct state_call *call, struct outcome *outcome)
{
	cleanup(spool_done) struct spool spool = {.dirfd = -1};
	struct cron_job wanted = wanted_job(call);

	if (!open_spool(call, &spool, outcome))
		return;
	struct cron_job *has = find_job(&spool.crontab, &wanted);
	if (!has || (wanted.special && !text_eq(has->special, wanted.special))) {
		outcome_say(outcome, "Cron %s %s", wanted.command,
			    call->is_test ? "is absent" : "already absent");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Cron %s is set to be removed", wanted.command);
		return;
	}
	remove_job(&spool.crontab, has);
	if (save(call, &spool, wanted.command, outcome))
		outcome_say(outcome, "Cron %s removed from %s's crontab", wanted.command,
			    spool.user);
}

/* ---- variables ---- */

static struct cron_variable *find_variable(struct crontab *crontab, const char *name)
{
	vec_foreach(variable, &crontab->variables)
		if (text_eq(variable->name, name))
			return variable;
	return NULL;
}

static const char *variable_value(struct state_call *call)
{
	const struct cron_args *args = call->args;
	struct value text;
	autoerr struct err err = {0};

	if (args->value.kind == VALUE_UNDEFINED || args->value.kind == VALUE_NONE ||
	    value_str(call->heap, args->value, &text, &err) || !text.len)
		return "\"\"";
	return heap_strdup(call->heap, value_bytes(text));
}

static void env_present(struct state_call *call, struct outcome *outcome)
{
	cleanup(spool_done) struct spool spool = {.dirfd = -1};
	const char *value = variable_value(call);

	if (strchr(value, '\n') || strpbrk(call->name, "\n =")) {
		outcome_fail(outcome, "Cron env %s: no variable of a crontab", call->name);
		return;
	}
	if (!open_spool(call, &spool, outcome))
		return;
	struct cron_variable *has = find_variable(&spool.crontab, call->name);
	if (has && text_eq(has->value, value)) {
		outcome_say(outcome, "Cron env %s already present", call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Cron env %s is set to be %s", call->name,
				has ? "updated" : "added");
		return;
	}
	bool is_update = has != NULL;
	if (has)
		has->value = value;
	else
		vec_push(&spool.crontab.variables, {call->name, value});
	if (!save(call, &spool, call->name, outcome))
		return;
	if (is_update)
		outcome_say(outcome, "Cron env %s updated", call->name);
	else
		outcome_say(outcome, "Cron env %s added to %s's crontab", call->name, spool.user);
}

static void env_absent(struct state_call *call, struct outcome *outcome)
{
	cleanup(spool_done) struct spool spool = {.dirfd = -1};

	if (!open_spool(call, &spool, outcome))
		return;
	struct cron_variable *has = find_variable(&spool.crontab, call->name);
	if (!has) {
		outcome_say(outcome, "Cron env %s %s", call->name,
			    call->is_test ? "is absent" : "already absent");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Cron env %s is set to be removed", call->name);
		return;
	}
	size_t at = (size_t)(has - spool.crontab.variables.items);
	memmove(has, has + 1, (spool.crontab.variables.n - at - 1) * sizeof(*has));
	spool.crontab.variables.n--;
	if (save(call, &spool, call->name, outcome))
		outcome_say(outcome, "Cron env %s removed from %s's crontab", call->name,
			    spool.user);
}

static const struct state_def present_def = {
	.name = "cron.present",
	.args = cron_arg_rows,
	.args_size = sizeof(struct cron_args),
	.apply = cron_present,
};
static const struct state_def absent_def = {
	.name = "cron.absent",
	.args = cron_arg_rows,
	.args_size = sizeof(struct cron_args),
	.apply = cron_absent,
};
static const struct state_def env_present_def = {
	.name = "cron.env_present",
	.args = variable_args,
	.args_size = sizeof(struct cron_args),
	.apply = env_present,
};
static const struct state_def env_absent_def = {
	.name = "cron.env_absent",
	.args = variable_args,
	.args_size = sizeof(struct cron_args),
	.apply = env_absent,
};

static const struct state_def *const rows[] = {
	&cron_file_def, &present_def, &absent_def, &env_present_def, &env_absent_def, NULL,
};

const struct state_table states_cron = {rows};
