/* verbs_change.c - what starts, stops and signals.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/str.h"
#include "ini/parse.h"
#include "init/control_private.h"
#include "init/cron.h"
#include "init/reload.h"
#include "init/say.h"
#include "init/stats.h"

#include "base/banned.h"

/* Each that is marked, by `change`; of all together those that start by themselves alone. */
static enum answer change_marked(struct call *call,
				 void (*change)(struct service *service, const char *why),
				 bool only_autostart, enum await await)
{
	bool all = !json_member(call->properties, "name");
	struct service *next;
	size_t n = call_match(call), n_changed = 0;
	if (!n && !all)
		return ANSWER_ERROR;
	/* circus: a pattern that several match is as good as none. */
	all = all || (n > 1 && call->supervisor->model->vocabulary == VOCABULARY_CIRCUS);
	for (struct service *it = call->supervisor->services; it; it = next) {
		next = it->next;
		if (!(it->awaited_by & peer_bit(call->peer)))
			continue;
		bool is_left_out = all && only_autostart && !it->spec->autostart;
		if (all && only_autostart && cron_is_idle(it)) { /* it runs at its times again */
			it->wanted = it->spec->autostart;
			is_left_out = true;
		}
		n_changed += !is_left_out;
		if (is_left_out)
			it->awaited_by &= ~peer_bit(call->peer);
		else
			change(it, call->why);
	}
	if (!n_changed)
		return ANSWER_OK;
	return call_await(call, await, await == AWAIT_SETTLED);
}

static enum answer run_start(struct call *call)
{
	return change_marked(call, service_start, true, AWAIT_SETTLED);
}

static enum answer run_stop(struct call *call)
{
	return change_marked(call, service_stop, false, AWAIT_STOPPED);
}

static void restart_one(struct service *service, const char *why)
{
	service_restart(service, why);
}

static enum answer run_restart(struct call *call)
{
	return change_marked(call, restart_one, true, AWAIT_SETTLED);
}

/* As the original: graceful unless told otherwise, one after another when asked for. */
static enum answer run_reload(struct call *call)
{
	const struct json_node *graceful = json_member(call->properties, "graceful");
	bool all = !json_member(call->properties, "name");
	bool is_restart = graceful && !json_is_true(graceful);
	bool is_circus = call->supervisor->model->vocabulary == VOCABULARY_CIRCUS;
	struct service *one = all ? NULL : call_service(call);
	if (!all && !one)
		return ANSWER_ERROR;
	if (all) {
		logs_reopen(call->supervisor->logs);
		say_reopen();
	}
	for (struct service *it = call->supervisor->services; it; it = it->next) {
		if (one ? it != one : !it->wanted || cron_is_idle(it))
			continue;
		call_mark(call, it);
		if (!it->wanted && is_circus) /* one that is asked for by its name */
			service_start(it, call->why);
		else
			service_reload(it, is_restart                      ? RELOAD_RESTART
					   : call_flag(call, "sequential") ? RELOAD_SEQUENTIAL
									   : it->spec->reload);
	}
	return call_await(call, AWAIT_SETTLED, true);
}

static enum answer run_reloadconfig(struct call *call)
{
	int result = reload_start(call->supervisor, call->why);
	if (result == -ENOENT)
		return call_refuse(call, REQUEST_COMMAND, "there is no file to read again");
	if (result)
		return call_refuse(call, REQUEST_SYSTEM, "reading the files: %s",
				   strerror(-result));
	return call_await_reload(call);
}

static enum answer run_quit(struct call *call)
{
	for (struct service *it = call->supervisor->services; it; it = it->next)
		call_mark(call, it);
	enum answer answer = call_await(call, AWAIT_QUIT, false);
	supervisor_stop(call->supervisor, call->why);
	return answer;
}

/* ---- numbers of copies ---- */

static enum answer scale(struct call *call, int sign)
{
	struct service *service = call_service(call);
	const struct json_node *given = json_member(call->properties, "nb");
	int64_t by = 1;
	if (!service)
		return ANSWER_ERROR;
	if (given && (!json_integer(given, &by) || by < 0 || by > 4096))
		return call_refuse(call, REQUEST_MESSAGE, "'nb' is a number up to 4096");
	if (service->spec->singleton) {
		json_put_number(call->out, "numprocesses", service->copies);
		json_put_bool(call->out, "singleton", true);
		return ANSWER_OK;
	}
	int64_t copies = service->copies + sign * by;
	int result = service_scale(service, copies < 0 ? 0 : (int)copies);
	if (result)
		return call_refuse(call, REQUEST_COMMAND, "%lld copies of %s: %s",
				   (long long)copies, service->spec->name, strerror(-result));
	call_mark(call, service);
	enum answer answer = call_await(call, AWAIT_SETTLED, false);
	if (answer == ANSWER_OK)
		json_put_number(call->out, "numprocesses", service->copies);
	return answer;
}

static enum answer run_incr(struct call *call)
{
	return scale(call, 1);
}

static enum answer run_decr(struct call *call)
{
	return scale(call, -1);
}

/* ---- signals ---- */

static int find_signal(const struct json_node *node)
{
	int64_t number;
	if (json_integer(node, &number))
		return number > 0 && number <= 64 ? (int)number : -1;
	const char *text = json_text(node);
	if (!text)
		return -1;
	if (str_to_i64(str_of(text), &number))
		return number > 0 && number <= 64 ? (int)number : -1;
	struct str name = str_of(text);
	if (name.len > 3 && str_is_nocase((struct str){name.ptr, 3}, "SIG"))
		name = (struct str){name.ptr + 3, name.len - 3};
	for (int i = 1; i <= 64; i++) {
		const char *known = signal_name(i);
		if (known && str_is_nocase(name, known))
			return i;
	}
	return -1;
}

static enum answer read_pid(struct call *call, const char *property, pid_t *ret_pid)
{
	const struct json_node *node = json_member(call->properties, property);
	const char *text = json_text(node);
	int64_t number = 0;
	if (node && node->type != JSON_NULL && !json_integer(node, &number) &&
	    !(text && str_to_i64(str_of(text), &number)))
		number = -1;
	if (number < 0 || number > INT32_MAX)
		return call_refuse(call, REQUEST_MESSAGE, "'%s' is not a process id", property);
	*ret_pid = (pid_t)number;
	return ANSWER_OK;
}

static bool is_process_of(const struct service *service, pid_t pid)
{
	for (const struct slot *it = service->slots; it; it = it->next)
		if (it->child.pid == pid)
			return true;
	return false;
}

static bool is_child_of(pid_t parent, pid_t child)
{
	pid_t pids[LIMIT_CHILDREN];
	int n = process_children(parent, true, pids, LIMIT_CHILDREN);
	for (int i = 0; i < n; i++)
		if (pids[i] == child)
			return true;
	return false;
}

static enum answer run_signal(struct call *call)
{
	struct service *service = call_service(call);
	pid_t pid = 0, child = 0;
	int signal = find_signal(json_member(call->properties, "signum"));
	if (!service)
		return ANSWER_ERROR;
	if (signal < 0)
		return call_refuse(call, REQUEST_MESSAGE, "signal invalid");
	if (read_pid(call, "pid", &pid) || read_pid(call, "childpid", &child))
		return ANSWER_ERROR;
	if (child && !pid)
		return call_refuse(call, REQUEST_MESSAGE, "cannot specify childpid without pid");
	if (pid && !is_process_of(service, pid))
		return call_refuse(call, REQUEST_MESSAGE, "process %d not found in '%s'", (int)pid,
				   service->spec->name);
	if (child) {
		if (!is_child_of(pid, child))
			return call_refuse(call, REQUEST_MESSAGE, "process %d is no child of %d",
					   (int)child, (int)pid);
		return kill(child, signal) ? call_refuse(call, REQUEST_SYSTEM, "signalling %d: %s",
							 (int)child, strerror(errno))
					   : ANSWER_OK;
	}
	int result = service_signal(service, pid, signal, call_flag(call, "children"),
				    call_flag(call, "recursive"));
	/* A service without a process has nobody to hear it: fine for the original, too. */
	if (result && result != -ESRCH)
		return call_refuse(call, REQUEST_SYSTEM, "signalling %s: %s", service->spec->name,
				   strerror(-result));
	return ANSWER_OK;
}

static enum answer run_kill(struct call *call)
{
	struct service *service = call_service(call);
	const struct json_node *signum = json_member(call->properties, "signum");
	const struct json_node *timeout = json_member(call->properties, "graceful_timeout");
	if (!service)
		return ANSWER_ERROR;
	pid_t pid = 0;
	int signal = service->spec->stop_signal;
	int64_t timeout_ns = service->spec->stop_timeout;
	if (read_pid(call, "pid", &pid))
		return ANSWER_ERROR;
	if (signum && signum->type != JSON_NULL && (signal = find_signal(signum)) < 0)
		return call_refuse(call, REQUEST_MESSAGE, "signal invalid");
	if (timeout && timeout->type != JSON_NULL && !json_seconds(timeout, &timeout_ns))
		return call_refuse(call, REQUEST_MESSAGE,
				   "'graceful_timeout' is a number of seconds");
	if (pid && !is_process_of(service, pid))
		return call_refuse(call, REQUEST_MESSAGE, "process %d not found in '%s'", (int)pid,
				   service->spec->name);
	call->peer->awaited_pid = pid;
	call->peer->awaited_before = events_now(call->supervisor->events);
	int result = service_kill(service, pid, signal, timeout_ns);
	if (result && result != -ESRCH)
		return call_refuse(call, REQUEST_SYSTEM, "killing %s: %s", service->spec->name,
				   strerror(-result));
	call_mark(call, service);
	return call_await(call, AWAIT_ENDED, false);
}

static const char *const need_name[] = {"name", NULL};
static const char *const need_signal[] = {"name", "signum", NULL};

const struct verb verbs_of_change[] = {
	{"start", NULL, run_start},
	{"stop", NULL, run_stop},
	{"restart", NULL, run_restart},
	{"reload", NULL, run_reload},
	{"reloadconfig", NULL, run_reloadconfig},
	{"quit", NULL, run_quit},
	{"incr", need_name, run_incr},
	{"decr", need_name, run_decr},
	{"signal", need_signal, run_signal},
	{"kill", need_name, run_kill},
	{0},
};
