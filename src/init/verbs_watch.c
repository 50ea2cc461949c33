/* verbs_watch.c - listen and tail: what happens, and what services write, line by line.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>

#include "base/clock.h"
#include "base/str.h"
#include "init/peer.h"

#include "base/banned.h"

#define TAIL_RECENT ((size_t)64 << 10)

/* ---- events ---- */

static const char *const event_names[] = {
	[EVENT_SPAWN] = "spawn",
	[EVENT_REAP] = "reap",
	[EVENT_KILL] = "kill",
	[EVENT_START] = "start",
	[EVENT_STOP] = "stop",
	[EVENT_ADD] = "add",
	[EVENT_REMOVE] = "remove",
	[EVENT_UPDATED] = "updated",
	[EVENT_RELOAD] = "reload",
	[EVENT_READY] = "ready",
	[EVENT_UNHEALTHY] = "unhealthy",
	[EVENT_HOOK_SUCCESS] = "hook_success",
	[EVENT_HOOK_FAILURE] = "hook_failure",
	[EVENT_STATE] = "state",
};

/* As subscriptions of the original: by what a topic begins with. */
static bool has_topic(const struct peer *peer, const char *topic)
{
	const char *it = peer->topics;
	do {
		if (text_starts(topic, it))
			return true;
		it += strlen(it) + 1;
	} while (*it);
	return false;
}

static void put_event(struct out *out, const struct event *event, const char *topic)
{
	json_open(out, NULL, '{');
	json_put_text(out, "topic", topic);
	json_open(out, "message", '{');
	if (event->pid > 0)
		json_put_number(out, "process_pid", event->pid);
	switch (event->kind) {
	case EVENT_REAP: json_put_number(out, "exit_code", event->number); break;
	case EVENT_KILL: json_put_number(out, "signum", event->number); break;
	case EVENT_HOOK_SUCCESS:
	case EVENT_HOOK_FAILURE: json_put_text(out, "name", event->text); break;
	case EVENT_UNHEALTHY: json_put_text(out, "reason", event->text); break;
	case EVENT_STATE:
		json_put_text(out, "state", service_state_name(event->service->state));
		json_put_text(out, "reason", event->service->reason);
		break;
	default: break;
	}
	json_put_time(out, "time", clock_now_ns());
	json_close(out, '}');
	json_close(out, '}');
}

static void tell_event(struct control *control, const struct event *event)
{
	char topic[600];
	snprintf(topic, sizeof(topic), "watcher.%s.%s", event->service->spec->name,
		 event_names[event->kind]);
	for (size_t i = 0; i < LIMIT_CONTROL_PEERS; i++) {
		struct peer *peer = &control->peers[i];
		if (!peer->listens || !has_topic(peer, topic) || !peer_line_begin(peer))
			continue;
		put_event(&peer->out, event, topic);
		peer_line_end(peer);
	}
}

static enum answer run_listen(struct call *call)
{
	struct peer *peer = call->peer;
	const struct json_node *topics = json_member(call->properties, "topics");
	size_t len = 0;
	if (topics && topics->type != JSON_ARRAY)
		return call_refuse(call, REQUEST_MESSAGE, "'topics' is a list of texts");
	for (const struct json_node *it = json_first(topics); it; it = json_next(topics, it)) {
		const char *topic = json_text(it);
		size_t n = topic ? strlen(topic) + 1 : 0;
		if (!n || len + n + 1 > sizeof(peer->topics))
			return call_refuse(call, REQUEST_MESSAGE, "'topics' has at most %zu bytes",
					   sizeof(peer->topics));
		if (n == 1) { /* everything */
			len = 0;
			break;
		}
		memcpy(peer->topics + len, topic, n);
		len += n;
	}
	memset(peer->topics + len, 0, sizeof(peer->topics) - len);
	peer->listens = true;
	return ANSWER_OK;
}

/* ---- lines ---- */

static void tapped(struct log_stream *stream, const char *line, size_t len, struct slot *slot)
{
	struct control *control = slot->service->supervisor->control;
	for (size_t i = 0; control && i < LIMIT_CONTROL_PEERS; i++) {
		struct peer *peer = &control->peers[i];
		if (!peer->tails || !(slot->service->tailed_by & peer_bit(peer)) ||
		    !peer_line_begin(peer))
			continue;
		json_open(&peer->out, NULL, '{');
		json_put_text(&peer->out, "service", slot->service->spec->name);
		json_put_number(&peer->out, "pid", stream->pid);
		json_put_text(&peer->out, "stream", stream->stream);
		json_put_bytes(&peer->out, "line", line, len);
		json_close(&peer->out, '}');
		peer_line_end(peer);
	}
}

static void tap_out(struct log_stream *stream, const char *line, size_t len)
{
	tapped(stream, line, len, container_of(stream, struct slot, out));
}

static void tap_errors(struct log_stream *stream, const char *line, size_t len)
{
	tapped(stream, line, len, container_of(stream, struct slot, errors));
}

/* Set as long as somebody listens, so that the others pay nothing. */
static void tap_service(struct service *service)
{
	for (struct slot *it = service->slots; it; it = it->next) {
		it->out.tap = service->tailed_by && it->out.logs ? tap_out : NULL;
		it->errors.tap = service->tailed_by && it->errors.logs ? tap_errors : NULL;
	}
}

void subscribe_heard(struct control *control, const struct event *event)
{
	if (event->kind == EVENT_SPAWN || event->kind == EVENT_READY)
		for (struct service *it = control->supervisor->services; it; it = it->next)
			if (it == event->service)
				tap_service(it);
	tell_event(control, event);
}

/* The last n lines of what is there. */
static struct str last_lines(struct str text, int64_t n)
{
	size_t at = text.len;
	if (n <= 0)
		return (struct str){text.ptr, 0};
	if (at && text.ptr[at - 1] == '\n')
		at--;
	while (at && (text.ptr[at - 1] != '\n' || --n > 0))
		at--;
	return (struct str){text.ptr + at, text.len - at};
}

static bool writes_to_pipe(const struct log_spec *spec)
{
	return spec->target != LOG_INHERIT && spec->target != LOG_TO_NULL;
}

static enum answer run_tail(struct call *call)
{
	struct service *service = call_service(call);
	const struct json_node *lines = json_member(call->properties, "lines");
	int64_t n = 10;
	if (!service)
		return ANSWER_ERROR;
	if (lines && (!json_integer(lines, &n) || n < 0))
		return call_refuse(call, REQUEST_MESSAGE, "'lines' is a number");
	if (!writes_to_pipe(&service->spec->out) &&
	    (service->spec->errors_with_out || !writes_to_pipe(&service->spec->errors)))
		return call_refuse(call, REQUEST_COMMAND,
				   "the output of %s does not pass through us",
				   service->spec->name);
	char *recent =
		mmap(NULL, TAIL_RECENT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (recent == MAP_FAILED)
		return call_refuse(call, REQUEST_SYSTEM, "no memory for the last lines");
	size_t len = logs_recent(call->supervisor->logs, service->spec->name, recent, TAIL_RECENT);
	struct str text = last_lines((struct str){recent, len}, n);
	json_put_bytes(call->out, "text", text.ptr, text.len);
	munmap(recent, TAIL_RECENT);
	if (call_flag(call, "follow")) {
		call->peer->tails = true;
		service->tailed_by |= peer_bit(call->peer);
		tap_service(service);
	}
	return ANSWER_OK;
}

const struct verb verbs_of_watch[] = {
	{"listen", NULL, run_listen},
	{"events", NULL, run_listen}, /* another name for it */
	{"tail", (const char *const[]){"name", NULL}, run_tail},
	{0},
};
