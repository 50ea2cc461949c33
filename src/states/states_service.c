/* states_service.c - service.*: services that run, or start by themselves, or do not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include <time.h>

#include "states/service_backend.h"
#include "states/service_process.h"

#include "base/banned.h"

struct service_args {
	struct value enable;
	bool reload, full_restart, force, unmask;
	struct value init_delay;
	bool runtime;
	struct str sig; /* what its process' command line holds; empty: its keeper is asked */
};

#define ROW(arg_name, arg_type, field)                         \
	{                                                      \
		.name = (arg_name), .type = (arg_type),        \
		.offset = offsetof(struct service_args, field) \
	}

static const struct state_arg service_arg_rows[] = {
	ROW("enable", ARG_VALUE, enable),
	ROW("reload", ARG_BOOL, reload),
	ROW("full_restart", ARG_BOOL, full_restart),
	ROW("force", ARG_BOOL, force),
	ROW("unmask", ARG_BOOL, unmask),
	ROW("init_delay", ARG_VALUE, init_delay),
	ROW("runtime", ARG_BOOL, runtime),
	ROW("sig", ARG_STR, sig),
	{.name = "no_block", .type = ARG_IGNORED},
	{.name = "unmask_runtime", .type = ARG_IGNORED},
	{.name = "timeout", .type = ARG_IGNORED},
	{.name = "enabled",
	 .type = ARG_REFUSED,
	 .fallback = "there is no option \"enabled\": perhaps \"enable\" was intended"},
	{0},
};

/* Whether it was started just now, is as it should be, or is dead: a word of each text. */
enum aspect { IS_RUNNING, IS_AS_DESIRED, IS_DEAD };

/* true, false, or neither was said. */
static int wish_of(struct value v)
{
	if (v.kind == VALUE_BOOL)
		return v.boolean;
	if (v.kind == VALUE_INT)
		return v.integer != 0;
	if (v.kind == VALUE_STRING)
		return str_is_nocase(value_bytes(v), "true") ||
		       str_is_nocase(value_bytes(v), "yes") || str_is(value_bytes(v), "1");
	return -1;
}

static void comment(struct outcome *outcome, const char *fmt, ...) printf_like(2, 3);
static void comment(struct outcome *outcome, const char *fmt, ...)
{
	va_list args;

	buf_truncate(&outcome->comment, 0);
	va_start(args, fmt);
	buf_vprintf(&outcome->comment, fmt, args);
	va_end(args);
}

/* ---- enabling ---- */

static void toggle_failed(const struct state_call *call, bool on, enum aspect aspect,
			  struct err *err, struct outcome *outcome)
{
	static const char *const tails[2][3] = {
		{"and is running", "but the service was already running",
		 "and the service is dead"},
		{"but the service is running", "but the service was already running",
		 "and the service is dead"},
	};

	comment(outcome, "Failed when setting service %s to %sstart at boot, %s", call->name,
		on ? "" : "not ", tails[on][aspect]);
	buf_printf(&outcome->comment, ". Additional information follows:\n\n%s", err_text(err));
	outcome->result = RESULT_FALSE;
}

/* Sets the comment, the result and (when it did something) the changes. */
static void toggle(struct state_call *call, const struct service_unit *unit, bool on,
		   enum aspect aspect, bool result, struct outcome *outcome)
{
	static const char *const aspects[] = {"is running", "is in the desired state", "is dead"};
	static const char *const bare[] = {"started", "is in the desired state", "is dead"};
	const char *word = on ? "enabled" : "disabled";
	autoerr struct err err = {0};

	outcome->result = result ? RESULT_TRUE : RESULT_FALSE;
	if (!unit->can_enable) {
		comment(outcome, "%s is not available on this minion, service %s %s",
			on ? "Enable" : "Disable", call->name, bare[aspect]);
		return;
	}
	if (unit->is_enabled == on) {
		comment(outcome, "Service %s is already %s, and %s", call->name, word,
			aspects[aspect]);
		return;
	}
	if (call->is_test) {
		outcome->result = RESULT_NONE;
		comment(outcome, "Service %s set to be %s", call->name, word);
		return;
	}
	if (service_change(call->world, unit, on ? SERVICE_ENABLE : SERVICE_DISABLE, &err)) {
		toggle_failed(call, on, aspect, &err, outcome);
		return;
	}
	outcome->changes = (struct value){0};
	outcome_change(call->heap, outcome, call->name, value_bool(true));
	comment(outcome, "Service %s has been %s, and %s", call->name, word, aspects[aspect]);
}

/* ---- what all begin with ---- */

/* An init script without a true status is known by its process. */
static int examine(struct state_call *call, struct service_unit *ret_unit, bool *ret_any,
		   struct err *err)
{
	const struct service_args *args = call->args;

	if (service_look(call->world, call->name, ret_unit, ret_any, err))
		return -1;
	if (!ret_unit->backend || !args->sig.len)
		return 0;
	if (process_runs(call->world, args->sig, &ret_unit->is_running, err)) {
		*ret_unit = (struct service_unit){0};
		return -1;
	}
	return 0;
}

/* false: it is told why; ret_unit->name is set when the service is merely unknown. */
static bool look(struct state_call *call, struct service_unit *ret_unit, struct outcome *outcome)
{
	autoerr struct err err = {0};
	bool any;

	*ret_unit = (struct service_unit){0};
	if (examine(call, ret_unit, &any, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (ret_unit->backend)
		return true;
	outcome_fail(outcome, "The named service %s is not available%s", call->name,
		     any ? "" : ": no service manager in this container");
	return false;
}

static void absent_in_test(struct state_call *call, const char *would, struct outcome *outcome)
{
	comment(outcome,
		"Service %s not present; if created in this state run, it would have been %s",
		call->name, would);
	outcome->result = RESULT_NONE;
}

/* An image that is being built: nothing runs there; what starts by itself can be said. */
static void apply_offline(struct state_call *call, struct outcome *outcome)
{
	const struct service_args *args = call->args;
	struct service_unit unit;
	autoerr struct err err = {0};
	int enable = wish_of(args->enable);

	if (enable >= 0 && !service_look(call->world, call->name, &unit, NULL, &err) &&
	    unit.backend && unit.can_enable)
		toggle(call, &unit, enable, IS_AS_DESIRED, true, outcome);
	else
		outcome_say(outcome, "Running in OFFLINE mode. Nothing to do");
}

static void delay(const struct service_args *args)
{
	double seconds = args->init_delay.kind == VALUE_INT     ? (double)args->init_delay.integer
			 : args->init_delay.kind == VALUE_FLOAT ? args->init_delay.number
								: 0;
	if (seconds <= 0 || seconds > 86400)
		return;
	struct timespec pause = {.tv_sec = (time_t)seconds};
	pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
	nanosleep(&pause, NULL);
}

/* ---- running and dead ---- */

static void start(struct state_call *call, struct service_unit *unit, struct outcome *outcome)
{
	const struct service_args *args = call->args;
	int enable = wish_of(args->enable);
	struct service_unit after;
	autoerr struct err err = {0};

	if (service_change(call->world, unit, SERVICE_START, &err)) {
		outcome_fail(outcome, "Service %s failed to start", call->name);
		if (enable >= 0)
			toggle(call, unit, enable, IS_DEAD, false, outcome);
		outcome_say(outcome, "%s", err_text(&err));
		return;
	}
	delay(args);
	if (examine(call, &after, NULL, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (after.is_running || after.is_enabled != unit->is_enabled)
		outcome_change(call->heap, outcome, call->name, value_bool(after.is_running));
	if (after.is_running)
		outcome_say(outcome, "Started service %s", call->name);
	else
		outcome_fail(outcome, "Service %s failed to start", call->name);
	if (enable >= 0)
		toggle(call, unit, enable, after.is_running ? IS_RUNNING : IS_DEAD,
		       after.is_running, outcome);
	if (wish_of(args->init_delay) > 0)
		outcome_say(outcome, "Delayed return for %lld seconds",
			    (long long)args->init_delay.integer);
}

/* What running does with a mask; its comment goes behind the service's own. */
static bool unmask_first(struct state_call *call, struct service_unit *unit,
			 struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (!unit->can_mask || !unit->is_masked || call->is_test)
		return true;
	if (service_change(call->world, unit, SERVICE_UNMASK, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	unit->is_masked = false;
	return true;
}

static void running(struct state_call *call, struct outcome *outcome)
{
	const struct service_args *args = call->args;
	int enable = wish_of(args->enable);
	struct service_unit unit;

	if (call->world->is_build) {
		apply_offline(call, outcome);
		return;
	}
	if (!look(call, &unit, outcome)) {
		if (call->is_test && unit.name)
			absent_in_test(call, "started", outcome);
		return;
	}
	if (args->unmask && !unmask_first(call, &unit, outcome))
		return;
	if (unit.is_running) {
		outcome_say(outcome, "The service %s is already running", call->name);
		if (enable >= 0 && unit.is_enabled != enable)
			toggle(call, &unit, enable, IS_AS_DESIRED, true, outcome);
		return;
	}
	if (call->is_test)
		outcome_pending(outcome, "Service %s is set to start", call->name);
	else
		start(call, &unit, outcome);
}

static void stop(struct state_call *call, struct service_unit *unit, struct outcome *outcome)
{
	const struct service_args *args = call->args;
	int enable = wish_of(args->enable);
	struct service_unit after;
	autoerr struct err err = {0};

	if (service_change(call->world, unit, SERVICE_STOP, &err)) {
		outcome_fail(outcome, "Service %s failed to die", call->name);
		if (enable >= 0)
			toggle(call, unit, enable, IS_RUNNING, false, outcome);
		outcome_say(outcome, "%s", err_text(&err));
		return;
	}
	delay(args);
	if (examine(call, &after, NULL, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (after.is_running) {
		outcome_fail(outcome, "Service %s failed to die", call->name);
	} else {
		outcome_say(outcome, "Service %s was killed", call->name);
		outcome_change(call->heap, outcome, call->name, value_bool(false));
	}
	if (enable >= 0)
		toggle(call, unit, enable, after.is_running ? IS_RUNNING : IS_DEAD,
		       !after.is_running, outcome);
}

static void dead(struct state_call *call, struct outcome *outcome)
{
	const struct service_args *args = call->args;
	int enable = wish_of(args->enable);
	struct service_unit unit;

	if (call->world->is_build) {
		apply_offline(call, outcome);
		return;
	}
	if (!look(call, &unit, outcome)) {
		if (call->is_test && unit.name)
			absent_in_test(call, "stopped", outcome);
		else if (unit.name)
			outcome->result = RESULT_TRUE; /* what is not there does not run */
		return;
	}
	if (!unit.is_running) {
		outcome_say(outcome, "The service %s is already dead", call->name);
		if (enable >= 0 && unit.is_enabled != enable)
			toggle(call, &unit, enable, IS_AS_DESIRED, true, outcome);
		return;
	}
	if (call->is_test)
		outcome_pending(outcome, "Service %s is set to be killed", call->name);
	else
		stop(call, &unit, outcome);
}

static void enabled(struct state_call *call, struct outcome *outcome)
{
	struct service_unit unit;

	if (look(call, &unit, outcome))
		toggle(call, &unit, true, IS_AS_DESIRED, true, outcome);
	else if (call->is_test && unit.name)
		absent_in_test(call, "enabled", outcome);
}

static void disabled(struct state_call *call, struct outcome *outcome)
{
	struct service_unit unit;

	if (look(call, &unit, outcome))
		toggle(call, &unit, false, IS_AS_DESIRED, true, outcome);
	else if (unit.name)
		outcome->result = RESULT_TRUE;
}

/* ---- masks ---- */

static void mask(struct state_call *call, bool on, struct outcome *outcome)
{
	const char *word = on ? "masked" : "unmasked";
	struct service_unit unit;
	autoerr struct err err = {0};

	if (service_look(call->world, call->name, &unit, NULL, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!unit.backend || !unit.can_mask) {
		outcome_fail(outcome, "Service masking not available on this minion");
		return;
	}
	if (unit.is_masked == on) {
		outcome_say(outcome, "Service %s %s already %s", call->name, on ? "is" : "was",
			    word);
		return;
	}
	outcome_change_pair(call->heap, outcome, "masked", value_bool(!on), value_bool(on));
	if (call->is_test) {
		outcome_pending(outcome, "Service %s would be %s", call->name, word);
		return;
	}
	if (!service_change(call->world, &unit, on ? SERVICE_MASK : SERVICE_UNMASK, &err)) {
		outcome_say(outcome, "Service %s was %s", call->name, word);
		return;
	}
	outcome->changes = (struct value){0};
	outcome_fail(outcome, "Failed to %s service %s: %s", on ? "mask" : "unmask", call->name,
		     err_text(&err));
}

static void masked(struct state_call *call, struct outcome *outcome)
{
	mask(call, true, outcome);
}

static void unmasked(struct state_call *call, struct outcome *outcome)
{
	mask(call, false, outcome);
}

/* ---- when something that is watched has changed ---- */

static void act(struct state_call *call, const struct service_unit *unit, enum service_verb verb,
		const char *word, struct outcome *outcome)
{
	const char *done = verb == SERVICE_STOP ? "stopped" : heap_printf(call->heap, "%sed", word);
	autoerr struct err err = {0};

	if (call->is_test) {
		outcome_pending(outcome, "Service is set to be %s", done);
		return;
	}
	/* What is half up when it is not running is put down first. */
	if (verb == SERVICE_START && service_change(call->world, unit, SERVICE_STOP, &err))
		err_clear(&err);
	bool failed = service_change(call->world, unit, verb, &err);
	delay(call->args);
	outcome_change(call->heap, outcome, call->name, value_bool(!failed));
	if (failed)
		outcome_fail(outcome, "Failed to %s the service\n%s", word, err_text(&err));
	else
		outcome_say(outcome, "Service %s", done);
}

static void running_watch(struct state_call *call, struct outcome *outcome)
{
	const struct service_args *args = call->args;
	struct service_unit unit;

	if (call->world->is_build) {
		outcome_say(outcome, "Running in OFFLINE mode. Nothing to do");
		return;
	}
	if (!look(call, &unit, outcome))
		return;
	if (!unit.is_running)
		act(call, &unit, SERVICE_START, "start", outcome);
	else if (args->reload)
		act(call, &unit, SERVICE_RELOAD, args->force ? "forcefully reload" : "reload",
		    outcome);
	else
		act(call, &unit, SERVICE_RESTART, args->full_restart ? "fully restart" : "restart",
		    outcome);
}

static void dead_watch(struct state_call *call, struct outcome *outcome)
{
	struct service_unit unit;

	if (call->world->is_build || !look(call, &unit, outcome) || !unit.is_running) {
		outcome->result = RESULT_TRUE;
		comment(outcome, "Service is already stopped");
		return;
	}
	act(call, &unit, SERVICE_STOP, "stop", outcome);
}

static void cannot_watch(struct state_call *call, struct outcome *outcome)
{
	outcome_fail(outcome, "Unable to trigger watch for service.%s", call->fun);
}

#define SERVICE(symbol, fn, watch_fn)                     \
	static const struct state_def symbol = {          \
		.name = "service." #fn,                   \
		.args = service_arg_rows,                 \
		.args_size = sizeof(struct service_args), \
		.apply = (fn),                            \
		.mod_watch = (watch_fn),                  \
	}

SERVICE(running_def, running, running_watch);
SERVICE(dead_def, dead, dead_watch);
SERVICE(enabled_def, enabled, cannot_watch);
SERVICE(disabled_def, disabled, cannot_watch);
SERVICE(masked_def, masked, cannot_watch);
SERVICE(unmasked_def, unmasked, cannot_watch);

static const struct state_def *const rows[] = {
	&running_def, &dead_def, &enabled_def, &disabled_def, &masked_def, &unmasked_def, NULL,
};

const struct state_table states_service = {rows};
