/* verbs_state.c - what is asked without changing anything.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "ini/load.h"
#include "init/address.h"
#include "init/control_private.h"
#include "init/explain.h"
#include "init/verbs_stats.h"

#include "base/banned.h"

/* The four words that the original has. */
static const char *status_word(const struct service *service)
{
	static const char *const words[SERVICE_STATE_COUNT] = {
		[SERVICE_STOPPED] = "stopped",   [SERVICE_WAITING] = "starting",
		[SERVICE_STARTING] = "starting", [SERVICE_RUNNING] = "active",
		[SERVICE_RELOADING] = "active",  [SERVICE_BACKOFF] = "starting",
		[SERVICE_STOPPING] = "stopping", [SERVICE_FAILED] = "stopped",
		[SERVICE_DONE] = "stopped",
	};
	/* to circus it is not started before somebody calls */
	if (service->spec->on_demand && service->state == SERVICE_WAITING)
		return words[SERVICE_STOPPED];
	return words[service->state];
}

static void put_pids(struct out *out, const struct service *service)
{
	json_open(out, "pids", '[');
	for (const struct slot *it = service->slots; it; it = it->next)
		if (it->child.pid > 0)
			json_put_number(out, NULL, it->child.pid);
	json_close(out, ']');
}

static int64_t count_processes(const struct service *service)
{
	int64_t n = 0;
	for (const struct slot *it = service->slots; it; it = it->next)
		n += it->child.pid > 0;
	return n;
}

/* Two that differ in the case of letters are one: circus lists them in lower case. */
static void put_name(struct call *call, const char *name)
{
	char lower[256]; /* no name is longer */
	size_t i = 0;
	bool is_circus = call->supervisor->model->vocabulary == VOCABULARY_CIRCUS;
	for (; name[i] && i + 1 < sizeof(lower); i++)
		lower[i] = (char)(is_circus && name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32
										: name[i]);
	lower[i] = '\0';
	json_put_text(call->out, NULL, lower);
}

static enum answer run_list(struct call *call)
{
	if (json_member(call->properties, "name")) {
		struct service *service = call_service(call);
		if (!service)
			return ANSWER_ERROR;
		put_pids(call->out, service);
		return ANSWER_OK;
	}
	json_open(call->out, "watchers", '[');
	for (struct service *it = call->supervisor->services; it; it = it->next)
		put_name(call, it->spec->name);
	json_close(call->out, ']');
	return ANSWER_OK;
}

/* ---- status ---- */

static void put_detail(struct call *call, const struct service *service)
{
	struct out *out = call->out;
	int64_t now = events_now(call->supervisor->events), since = service->changed_ns;
	for (const struct slot *it = service->slots; it; it = it->next)
		if (it->child.pid > 0 && it->started_ns < since)
			since = it->started_ns;
	json_open(out, NULL, '{');
	json_put_text(out, "name", service->spec->name);
	json_put_text(out, "state", service_state_name(service->state));
	put_pids(out, service);
	json_put_number(out, "numprocesses", service->copies);
	json_put_time(out, "since", now > since ? now - since : 0);
	json_put_number(out, "restarts", (int64_t)service->restarts);
	json_put_bool(out, "healthy", service->healthy);
	json_put_text(out, "reason", service->reason);
	json_close(out, '}');
}

static enum answer run_status(struct call *call)
{
	struct service *one = NULL;
	bool detail = call_flag(call, "detail");
	if (json_member(call->properties, "name") && !(one = call_service(call)))
		return ANSWER_ERROR;
	if (one && !detail) {
		call->status = status_word(one);
		return ANSWER_OK;
	}
	if (!one) {
		json_open(call->out, "statuses", '{');
		for (struct service *it = call->supervisor->services; it; it = it->next)
			json_put_text(call->out, it->spec->name, status_word(it));
		json_close(call->out, '}');
	}
	if (!detail)
		return ANSWER_OK;
	json_open(call->out, "services", '[');
	for (struct service *it = call->supervisor->services; it; it = it->next)
		if (!one || it == one)
			put_detail(call, it);
	json_close(call->out, ']');
	return ANSWER_OK;
}

static enum answer run_numprocesses(struct call *call)
{
	int64_t n = 0;
	if (json_member(call->properties, "name")) {
		struct service *service = call_service(call);
		if (!service)
			return ANSWER_ERROR;
		json_put_number(call->out, "numprocesses", count_processes(service));
		json_put_text(call->out, "watcher_name", call_text(call, "name"));
		return ANSWER_OK;
	}
	for (struct service *it = call->supervisor->services; it; it = it->next)
		n += count_processes(it);
	json_put_number(call->out, "numprocesses", n);
	return ANSWER_OK;
}

static enum answer run_numwatchers(struct call *call)
{
	int64_t n = 0;
	for (struct service *it = call->supervisor->services; it; it = it->next)
		n++;
	json_put_number(call->out, "numwatchers", n);
	return ANSWER_OK;
}

/* What it is bound to: the kernel's choice of a port, the number behind a name. */
static void put_address(struct out *out, const struct listener *listener)
{
	struct address address = {0};
	socklen_t size = sizeof(address);
	char text[ADDRESS_TEXT];
	if (getsockname(listener->fd, &address.any, &size)) { /* each copy binds its own */
		json_put_text(out, "host", listener->spec->host);
		json_put_number(out, "port", listener->spec->port);
		return;
	}
	address_format(&address, text);
	char *colon = strrchr(text, ':');
	bool has_brackets = text[0] == '[';
	json_put_bytes(out, "host", text + has_brackets,
		       (size_t)(colon - text) - (has_brackets ? 2U : 0U));
	json_put_raw(out, "port", colon + 1);
}

static enum answer run_listsockets(struct call *call)
{
	const struct listeners *listeners = &call->supervisor->listeners;
	json_open(call->out, "sockets", '[');
	for (size_t i = 0; i < listeners->n; i++) {
		const struct listener *it = &listeners->items[i];
		json_open(call->out, NULL, '{');
		json_put_number(call->out, "fd", it->fd);
		json_put_text(call->out, "name", it->spec->name);
		json_put_number(call->out, "backlog", it->spec->backlog);
		if (it->spec->path) {
			json_put_text(call->out, "path", it->spec->path);
		} else {
			put_address(call->out, it);
		}
		json_close(call->out, '}');
	}
	json_close(call->out, ']');
	return ANSWER_OK;
}

/* ---- options ---- */

/* {"A": "1", ...}, or the options of a stream; both are objects for circus. */
static void put_object(struct call *call, const struct service *service, const char *name,
		       struct arena *arena)
{
	const struct service_spec *spec = service->spec;
	struct option option;
	const char *key;
	json_open(call->out, name, '{');
	for (size_t i = 0; (key = service_stream_option(spec, name, i)); i++)
		if (service_option(call->supervisor->model, spec, key, arena, &option))
			json_put_text(call->out, strchr(key, '.') + 1, option.text);
	json_close(call->out, '}');
}

/* numprocesses is what it is now. false: there is none. */
static bool put_option(struct call *call, const struct service *service, const char *key,
		       struct arena *arena)
{
	struct option option;
	if (text_eq(key, "stdout_stream_conf") || text_eq(key, "stderr_stream_conf")) {
		put_object(call, service, key, arena);
		return true;
	}
	if (text_eq(key, "numprocesses")) {
		json_put_number(call->out, key, service->copies);
		return true;
	}
	if (!service_option(call->supervisor->model, service->spec, key, arena, &option))
		return false;
	switch (option.kind) {
	case OPTION_TEXT: json_put_text(call->out, key, option.text); break;
	case OPTION_NUMBER: json_put_raw(call->out, key, option.text); break;
	case OPTION_FLAG: json_put_bool(call->out, key, text_eq(option.text, "True")); break;
	case OPTION_NONE: json_put_text(call->out, key, NULL); break;
	}
	return true;
}

/* In a copy of us: the texts of options are put together in memory. */
static int work_get(struct call *call)
{
	autoarena struct arena arena = {0};
	struct service *service = call_service(call);
	const struct json_node *keys = json_member(call->properties, "keys");
	if (!service)
		return 1;
	json_open(call->out, "options", '{');
	for (const struct json_node *it = json_first(keys); it; it = json_next(keys, it)) {
		const char *key = json_text(it) ? json_text(it) : "";
		if (!put_option(call, service, key, &arena)) {
			call_refuse(call, REQUEST_MESSAGE, "'%s' option not found", key);
			return 1;
		}
	}
	json_close(call->out, '}');
	return 0;
}

static enum answer run_get(struct call *call)
{
	const struct json_node *keys = json_member(call->properties, "keys");
	if (!call_service(call))
		return ANSWER_ERROR;
	if (keys->type != JSON_ARRAY)
		return call_refuse(call, REQUEST_MESSAGE, "'keys' is a list of options");
	return call_aside(call, work_get, NULL);
}

static int work_options(struct call *call)
{
	autoarena struct arena arena = {0};
	struct service *service = call_service(call);
	const char *key;
	if (!service)
		return 1;
	json_open(call->out, "options", '{');
	const struct model *model = call->supervisor->model;
	for (size_t i = 0; (key = service_option_name(model, service->spec, i)); i++)
		put_option(call, service, key, &arena);
	json_close(call->out, '}');
	return 0;
}

static enum answer run_options(struct call *call)
{
	return call_service(call) ? call_aside(call, work_options, NULL) : ANSWER_ERROR;
}

static enum answer run_globaloptions(struct call *call)
{
	static const char *const keys[] = {"endpoint", "stats_endpoint", "pubsub_endpoint",
					   "check_delay", "multicast_endpoint"};
	char endpoint[160];
	const char *option = call_text(call, "option");
	bool is_known = !option;
	snprintf(endpoint, sizeof(endpoint), "ipc://%s", control_path(call->control));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		is_known = is_known || text_eq(option, keys[i]);
	if (!is_known)
		return call_refuse(call, REQUEST_MESSAGE, "'%s' not an existing option", option);
	json_open(call->out, "options", '{');
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		bool is_ours = i == 0 || i == 2; /* events come by the same socket */
		if (option && !text_eq(option, keys[i]))
			continue;
		if (text_eq(keys[i], "check_delay"))
			json_put_time(call->out, keys[i],
				      call->supervisor->model->init.check_delay);
		else
			json_put_text(call->out, keys[i], is_ours ? endpoint : NULL);
	}
	json_close(call->out, '}');
	return ANSWER_OK;
}

/* ---- ours ---- */

static enum answer run_explain(struct call *call)
{
	struct service *service = call_service(call);
	if (!service)
		return ANSWER_ERROR;
	struct out text = {.max = LIMIT_CONTROL_LINE};
	explain_service(service, &text);
	json_put_text(call->out, "name", service->spec->name);
	json_put_text(call->out, "state", service_state_name(service->state));
	json_put_text(call->out, "reason", service->reason);
	json_put_bytes(call->out, "text", text.ptr ? text.ptr : "", text.len);
	out_done(&text);
	return ANSWER_OK;
}

static enum answer run_ready(struct call *call)
{
	json_put_bool(call->out, "ready", supervisor_is_ready(call->supervisor));
	json_put_bool(call->out, "healthy", supervisor_is_healthy(call->supervisor));
	json_open(call->out, "unready", '[');
	for (struct service *it = call->supervisor->services; it; it = it->next)
		if (it->wanted && it->state != SERVICE_RUNNING && it->state != SERVICE_DONE)
			json_put_text(call->out, NULL, it->spec->name);
	json_close(call->out, ']');
	return ANSWER_OK;
}

static enum answer run_version(struct call *call)
{
	json_put_text(call->out, "version", HULL_VERSION);
	json_put_number(call->out, "pid", getpid());
	return ANSWER_OK;
}

static int work_dump(struct call *call)
{
	autobuf struct buf text = {.max = LIMIT_CONTROL_REPLY};
	model_dump(call->supervisor->model, &text);
	if (text.overflowed) {
		call_refuse(call, REQUEST_SYSTEM, "the model is longer than %zu bytes",
			    LIMIT_CONTROL_REPLY);
		return 1;
	}
	/* One answer, one line; inside of texts there are none. */
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\n')
			text.ptr[i] = ' ';
	json_put_raw(call->out, "model", buf_text(&text));
	return 0;
}

static enum answer run_dump(struct call *call)
{
	return call_aside(call, work_dump, NULL);
}

static enum answer run_stats(struct call *call)
{
	if (json_member(call->properties, "name") && !call_service(call))
		return ANSWER_ERROR;
	return call_aside(call, work_stats, NULL);
}

static enum answer run_dstats(struct call *call)
{
	return call_aside(call, work_dstats, NULL);
}

static const char *const need_name[] = {"name", NULL};
static const char *const need_keys[] = {"name", "keys", NULL};

const struct verb verbs_of_state[] = {
	{"list", NULL, run_list},
	{"status", NULL, run_status},
	{"numprocesses", NULL, run_numprocesses},
	{"numwatchers", NULL, run_numwatchers},
	{"listsockets", NULL, run_listsockets},
	{"options", need_name, run_options},
	{"get", need_keys, run_get},
	{"globaloptions", NULL, run_globaloptions},
	{"explain", need_name, run_explain},
	{"ready", NULL, run_ready},
	{"version", NULL, run_version},
	{"dump", NULL, run_dump},
	{"stats", NULL, run_stats},
	{"dstats", NULL, run_dstats},
	{0},
};
