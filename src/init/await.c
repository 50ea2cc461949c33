/* await.c - answers that come when the thing asked for is done.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/str.h"
#include "init/peer.h"

#include "base/banned.h"

#define AWAIT_POLL_NS  (100 * NS_PER_SEC / 1000)
#define AWAIT_ASIDE_NS (20 * NS_PER_SEC)

/* ---- what is over ---- */

static bool has_process(const struct service *service, int64_t before)
{
	for (const struct slot *it = service->slots; it; it = it->next)
		if (it->child.pid > 0 && it->started_ns <= before)
			return true;
	return false;
}

static bool is_slot_settled(const struct slot *slot)
{
	switch (slot->state) {
	case SLOT_EMPTY:
	case SLOT_RUNNING:
	case SLOT_BACKOFF: return !slot->surplus;
	default: return false;
	}
}

static bool is_settled(const struct service *service)
{
	switch (service->state) {
	case SERVICE_STOPPED:
	case SERVICE_BACKOFF:
	case SERVICE_FAILED:
	case SERVICE_DONE: return true;
	case SERVICE_WAITING:
		/* For its time, or for somebody to knock. */
		return service->spec->kind == SERVICE_CRON || service->spec->on_demand;
	case SERVICE_RUNNING: break;
	default: return false;
	}
	for (const struct slot *it = service->slots; it; it = it->next)
		if (!is_slot_settled(it))
			return false;
	return true;
}

static bool is_stopped(const struct service *service)
{
	return (service->state == SERVICE_STOPPED || service->state == SERVICE_FAILED ||
		service->state == SERVICE_DONE) &&
	       !has_process(service, INT64_MAX);
}

static bool has_ended(const struct peer *peer, const struct service *service)
{
	if (!peer->awaited_pid)
		return !has_process(service, peer->awaited_before);
	for (const struct slot *it = service->slots; it; it = it->next)
		if (it->child.pid == peer->awaited_pid)
			return false;
	return true;
}

static bool is_over(const struct peer *peer, const struct service *service)
{
	switch (peer->await) {
	case AWAIT_SETTLED: return is_settled(service);
	case AWAIT_QUIT:
	case AWAIT_STOPPED: return is_stopped(service);
	case AWAIT_ENDED: return has_ended(peer, service);
	default: return false;
	}
}

/* The first that is not over. *ret_marked: how many there are; *ret_first: the first of them. */
static const struct service *find_unfinished(const struct peer *peer, size_t *ret_marked,
					     const struct service **ret_first)
{
	const struct service *unfinished = NULL;
	*ret_marked = 0;
	*ret_first = NULL;
	for (const struct service *it = peer->control->supervisor->services; it; it = it->next) {
		if (!(it->awaited_by & peer_bit(peer)))
			continue;
		if (!*ret_first)
			*ret_first = it;
		(*ret_marked)++;
		if (!unfinished && !is_over(peer, it))
			unfinished = it;
	}
	return unfinished;
}

/* ---- the answer ---- */

static const struct service *find_not_running(const struct peer *peer)
{
	for (const struct service *it = peer->control->supervisor->services; it; it = it->next)
		if (it->awaited_by & peer_bit(peer) &&
		    (it->state == SERVICE_FAILED || it->state == SERVICE_BACKOFF ||
		     it->state == SERVICE_STOPPED ||
		     text_starts(it->reason, "reload given up"))) /* roll.c: the old ones stay */
			return it;
	return NULL;
}

static enum answer tell_outcome(struct call *call, size_t n, const struct service *first)
{
	struct peer *peer = call->peer;
	bool must_run = peer->await == AWAIT_SETTLED && peer->wants_running;
	const struct service *lost = must_run ? find_not_running(peer) : NULL;
	if (must_run && !n)
		return call_refuse(call, REQUEST_COMMAND, "removed meanwhile");
	if (lost)
		return call_refuse(call, REQUEST_COMMAND, "%s is %s: %s", lost->spec->name,
				   service_state_name(lost->state), lost->reason);
	if (n == 1) {
		json_put_number(call->out, "numprocesses", first->copies);
		json_put_text(call->out, "state", service_state_name(first->state));
	}
	return ANSWER_OK;
}

static void look_at(struct peer *peer)
{
	size_t n, mark;
	const struct service *first, *unfinished = find_unfinished(peer, &n, &first);
	if (unfinished || (peer->await == AWAIT_GONE && n))
		return;
	struct call call = call_begin(peer, &mark);
	call_end(&call, mark, tell_outcome(&call, n, first));
	peer_go_on(peer);
}

static bool awaits_services(const struct peer *peer)
{
	return peer->await == AWAIT_SETTLED || peer->await == AWAIT_STOPPED ||
	       peer->await == AWAIT_GONE || peer->await == AWAIT_ENDED;
}

void await_look(struct control *control)
{
	bool again = false;
	for (size_t i = 0; i < LIMIT_CONTROL_PEERS; i++) {
		struct peer *peer = &control->peers[i];
		if (!peer->control)
			continue;
		if (awaits_services(peer))
			look_at(peer);
		else if (peer->out.len || peer->closing)
			peer_go_on(peer);
		again = again || (peer->control && awaits_services(peer));
	}
	/* Not each step of a service is an event. */
	if (again && !control->poll.active)
		timer_after(control->supervisor->events, &control->poll, AWAIT_POLL_NS);
}

void await_give_up(struct peer *peer)
{
	size_t n, mark;
	const struct service *first, *unfinished = find_unfinished(peer, &n, &first);
	struct call call = call_begin(peer, &mark);
	aside_done(&peer->aside);
	call_end(&call, mark,
		 unfinished ? call_refuse(&call, REQUEST_COMMAND, "timed out: %s is %s%s%s",
					  unfinished->spec->name,
					  service_state_name(unfinished->state),
					  unfinished->reason[0] ? ": " : "", unfinished->reason)
			    : call_refuse(&call, REQUEST_COMMAND, "timed out"));
	peer_go_on(peer);
}

void await_end(struct control *control)
{
	for (size_t i = 0; i < LIMIT_CONTROL_PEERS; i++) {
		struct peer *peer = &control->peers[i];
		size_t mark;
		if (!peer->control)
			continue;
		if (peer->await) {
			bool asked = peer->await == AWAIT_QUIT || peer->await == AWAIT_STOPPED;
			struct call call = call_begin(peer, &mark);
			call_end(&call, mark,
				 asked ? ANSWER_OK : call_refuse(&call, REQUEST_COMMAND, "we end"));
		}
		peer->closing = true;
		peer_go_on(peer);
		if (peer->control)
			peer_close(peer);
	}
}

/* ---- from a call ---- */

void call_mark(struct call *call, struct service *service)
{
	service->awaited_by |= peer_bit(call->peer);
}

/* Its own patience, if it has told it, or none. */
static void set_patience(struct call *call)
{
	struct timer *timer = &call->peer->timer;
	int64_t ns;
	if (json_seconds(json_member(call->properties, "timeout"), &ns) && ns > 0)
		timer_after(call->supervisor->events, timer, ns);
	else
		timer_cancel(call->supervisor->events, timer);
}

enum answer call_await(struct call *call, enum await await, bool running)
{
	struct peer *peer = call->peer;
	if (!call_flag(call, "waiting"))
		return ANSWER_OK;
	peer->await = await;
	peer->wants_running = running;
	set_patience(call);
	events_later(call->supervisor->events, &call->control->later);
	return ANSWER_LATER;
}

enum answer call_await_reload(struct call *call)
{
	call->peer->await = AWAIT_RELOAD;
	call->peer->then_settle = call_flag(call, "waiting");
	set_patience(call);
	return ANSWER_LATER;
}

void control_reloaded(struct control *control, const char *why_not)
{
	for (size_t i = 0; control && i < LIMIT_CONTROL_PEERS; i++) {
		struct peer *peer = &control->peers[i];
		size_t mark;
		if (!peer->control || peer->await != AWAIT_RELOAD)
			continue;
		if (!why_not && peer->then_settle) {
			struct call call = {.peer = peer};
			peer->await = AWAIT_SETTLED;
			peer->wants_running = false;
			for (struct service *it = control->supervisor->services; it; it = it->next)
				call_mark(&call, it);
			events_later(control->supervisor->events, &control->later);
			continue;
		}
		struct call call = call_begin(peer, &mark);
		call_end(&call, mark,
			 why_not ? call_refuse(&call, REQUEST_COMMAND, "%s", why_not) : ANSWER_OK);
		peer_go_on(peer);
	}
}

/* ---- aside ---- */

/* Once more the call of a request that is at work. */
static void call_again(struct call *call)
{
	struct peer *peer = call->peer;
	const struct json_node *properties = json_member(peer->kept, "properties");
	call->properties = properties && properties->type == JSON_OBJECT ? properties : NULL;
	call->verb = verb_find(json_text(json_member(peer->kept, "command")));
}

static void aside_answered(struct aside *aside, int status)
{
	struct peer *peer = container_of(aside, struct peer, aside);
	size_t mark;
	struct call call = call_begin(peer, &mark);
	enum answer answer = ANSWER_OK;
	call_again(&call);
	if (status < 0)
		answer = call_refuse(&call, REQUEST_SYSTEM,
				     "no memory, no time, or an answer that is too long");
	else if (status > 0)
		answer = call_refuse(&call, REQUEST_MESSAGE, "%.*s", (int)aside->text.len,
				     aside->text.len ? aside->text.ptr : "");
	else if (peer->aside_then)
		answer = peer->aside_then(&call);
	else if (aside->text.len) {
		out_text(call.out, ",");
		out_bytes(call.out, aside->text.ptr, aside->text.len);
	}
	aside_done(aside);
	if (answer != ANSWER_LATER)
		peer->await = AWAIT_NOTHING;
	call_end(&call, mark, answer);
	peer_go_on(peer);
}

struct aside_work {
	struct call *call;
	int (*work)(struct call *call);
};

/* In the child: members of the answer, or why not. */
static int work_aside(void *arg, int fd)
{
	struct aside_work *aside = arg;
	struct call *call = aside->call;
	struct out out = {.max = LIMIT_CONTROL_REPLY};
	call->out = &out;
	int status = aside->work(call);
	if (status) {
		out.len = 0;
		out_text(&out, call->reason);
	}
	for (size_t sent = 0; sent < out.len;) {
		ssize_t n = write(fd, out.ptr + sent, out.len - sent);
		if (n < 0)
			return status ? status : 1;
		sent += (size_t)n;
	}
	return out.failed ? 1 : status;
}

enum answer call_aside(struct call *call, int (*work)(struct call *call),
		       enum answer (*then)(struct call *call))
{
	struct peer *peer = call->peer;
	struct aside_work aside = {call, work};
	size_t n = call->control->nodes[0].span;
	struct json_node *kept = mmap(NULL, n * sizeof(*kept), PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (kept == MAP_FAILED)
		return call_refuse(call, REQUEST_SYSTEM, "no memory for the request");
	memcpy(kept, call->control->nodes, n * sizeof(*kept));
	peer->kept = kept;
	peer->n_kept = n;
	peer->aside_then = then;
	peer->aside.done = aside_answered;
	int result = aside_start(&peer->aside, call->supervisor->events, work_aside, &aside,
				 AWAIT_ASIDE_NS);
	if (result)
		return call_refuse(call, REQUEST_SYSTEM, "a child for it: %s", strerror(-result));
	peer->await = AWAIT_ASIDE;
	timer_cancel(call->supervisor->events, &peer->timer);
	return ANSWER_LATER;
}
