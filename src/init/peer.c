/* peer.c - accepting, reading lines, writing answers, dropping who does not read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/peer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "init/say.h"

#include "base/banned.h"

#define PEER_IDLE_NS     (60 * NS_PER_SEC)
#define PEER_STUCK_NS    (10 * NS_PER_SEC) /* a listener that takes nothing */
#define PEER_FAREWELL_NS (2 * NS_PER_SEC)
#define PEER_REFUSED_NS  (10 * NS_PER_SEC)  /* between two notes about the uninvited */
#define PEER_TURN        16                 /* requests in one turn of the loop */
#define PEER_FULL        ((size_t)64 << 10) /* bytes unsent: no further request is read */

static struct events *events_of(const struct peer *peer)
{
	return peer->control->supervisor->events;
}

static bool is_subscriber(const struct peer *peer)
{
	return peer->listens || peer->tails;
}

void peer_close(struct peer *peer)
{
	struct supervisor *supervisor = peer->control->supervisor;
	int fd = peer->watch.fd;
	for (struct service *it = supervisor->services; it; it = it->next) {
		it->awaited_by &= ~peer_bit(peer);
		it->tailed_by &= ~peer_bit(peer);
	}
	timer_cancel(supervisor->events, &peer->timer);
	watch_stop(supervisor->events, &peer->watch);
	close(fd);
	aside_done(&peer->aside);
	out_done(&peer->out);
	if (peer->in)
		munmap(peer->in, LIMIT_CONTROL_LINE + 1);
	if (peer->kept)
		munmap(peer->kept, peer->n_kept * sizeof(*peer->kept));
	*peer = (struct peer){0};
}

/* ---- answers ---- */

struct call call_begin(struct peer *peer, size_t *ret_mark)
{
	struct call call = {
		.control = peer->control,
		.supervisor = peer->control->supervisor,
		.peer = peer,
		.out = &peer->out,
		.status = "ok",
	};
	*ret_mark = peer->out.len;
	snprintf(call.why, sizeof(call.why), "asked for by uid %u (pid %d)", (unsigned)peer->uid,
		 (int)peer->pid);
	json_open(call.out, NULL, '{');
	json_put_time(call.out, "time", clock_now_ns());
	return call;
}

static void put_end(struct call *call)
{
	struct peer *peer = call->peer;
	json_put_text(call->out, "status", call->status);
	if (peer->id_type == JSON_NUMBER)
		json_put_raw(call->out, "id", peer->id);
	else
		json_put_text(call->out, "id", peer->id_type == JSON_STRING ? peer->id : NULL);
	json_close(call->out, '}');
	out_text(call->out, "\n");
}

static void put_error(struct call *call, size_t mark)
{
	call->out->failed = false;
	call->out->len = mark;
	json_open(call->out, NULL, '{');
	json_put_time(call->out, "time", clock_now_ns());
	json_put_text(call->out, "reason", call->reason);
	json_put_number(call->out, "errno", call->fault);
	call->status = "error";
	put_end(call);
}

/* The line stands no longer in the way of the next. */
static void line_done(struct peer *peer)
{
	peer->n_in -= peer->n_line;
	memmove(peer->in, peer->in + peer->n_line, peer->n_in);
	peer->n_line = 0;
	peer->id_type = JSON_NULL;
	peer->is_cast = false;
	peer->await = AWAIT_NOTHING;
	peer->then_settle = false;
	if (peer->kept)
		munmap(peer->kept, peer->n_kept * sizeof(*peer->kept));
	peer->kept = NULL;
}

void call_end(struct call *call, size_t mark, enum answer answer)
{
	struct peer *peer = call->peer;
	if (answer == ANSWER_LATER) {
		call->out->len = mark;
		call->out->failed = false;
		return;
	}
	if (answer == ANSWER_OK)
		put_end(call);
	if (answer == ANSWER_OK && call->out->failed)
		call_refuse(call, REQUEST_SYSTEM,
			    "the answer is longer than %zu bytes, or there "
			    "is no memory for it",
			    LIMIT_CONTROL_REPLY);
	if (answer == ANSWER_ERROR || call->out->failed)
		put_error(call, mark);
	if (call->out->failed) { /* not even that */
		call->out->len = mark;
		peer->closing = true;
	}
	if (peer->is_cast) {
		call->out->len = mark;
		call->out->failed = false;
	}
	for (struct service *it = call->supervisor->services; it; it = it->next)
		it->awaited_by &= ~peer_bit(peer);
	line_done(peer);
}

/* ---- requests ---- */

static enum answer execute_request(struct call *call, const struct request *request)
{
	static const char *const none[] = {NULL};
	call->verb = verb_find(request->command);
	call->properties = request->properties;
	if (!call->verb)
		return call_refuse(call, REQUEST_UNKNOWN, "unknown command: '%s'",
				   request->command);
	for (const char *const *it = call->verb->needed ? call->verb->needed : none; *it; it++)
		if (!json_member(call->properties, *it))
			return call_refuse(call, REQUEST_MESSAGE, "message invalid '%s' is missing",
					   *it);
	return call->verb->run(call);
}

static void execute_line(struct peer *peer, size_t len)
{
	struct control *control = peer->control;
	struct request request;
	const char *problem;
	size_t mark;
	struct call call = call_begin(peer, &mark);
	enum request_fault fault = request_read(peer->in, len, control->nodes, LIMIT_CONTROL_NODES,
						&request, &problem);
	if (request.id) {
		peer->id_type = request.id->type;
		if (request.id->text)
			snprintf(peer->id, sizeof(peer->id), "%s", request.id->text);
	}
	peer->is_cast = request.is_cast;
	call_end(&call, mark,
		 fault ? call_refuse(&call, fault, "%s%s",
				     fault == REQUEST_NOT_JSON ? "json invalid: " : "", problem)
		       : execute_request(&call, &request));
}

static void refuse_long_line(struct peer *peer)
{
	size_t mark;
	struct call call = call_begin(peer, &mark);
	peer->n_line = peer->n_in;
	peer->skipping = true;
	call_end(&call, mark,
		 call_refuse(&call, REQUEST_NOT_JSON, "the request is longer than %zu bytes",
			     LIMIT_CONTROL_LINE));
}

static bool is_blank(const char *line, size_t len)
{
	static const char blanks[] = {' ', '\t', '\r'};
	while (len && memchr(blanks, line[len - 1], sizeof(blanks)))
		len--;
	return len == 0;
}

/* One line of what was read; false: there is none. */
static bool serve_line(struct peer *peer)
{
	char *end = peer->n_in ? memchr(peer->in, '\n', peer->n_in) : NULL;
	size_t len = end ? (size_t)(end - peer->in) : peer->n_in;
	if (!peer->n_in)
		return false;
	if (peer->skipping || is_subscriber(peer)) {
		peer->skipping = peer->skipping && !end;
		peer->n_line = end ? len + 1 : peer->n_in;
		line_done(peer);
		return true;
	}
	if (!end && peer->n_in == LIMIT_CONTROL_LINE) {
		refuse_long_line(peer);
		return true;
	}
	if (!end && !peer->ended)
		return false;
	peer->n_line = end ? len + 1 : len;
	if (is_blank(peer->in, len))
		line_done(peer);
	else
		execute_line(peer, len);
	return true;
}

static void serve(struct peer *peer)
{
	size_t n = 0;
	peer->more = false;
	while (!peer->await && !peer->closing && peer->out.len < PEER_FULL) {
		if (n++ == PEER_TURN) {
			peer->more = true;
			return;
		}
		if (!serve_line(peer))
			break;
	}
	if (!peer->n_in && peer->in) {
		munmap(peer->in, LIMIT_CONTROL_LINE + 1);
		peer->in = NULL;
	}
}

/* ---- bytes ---- */

/* false: it is gone. */
static bool send_out(struct peer *peer)
{
	size_t sent = 0;
	while (sent < peer->out.len) {
		ssize_t n = send(peer->watch.fd, peer->out.ptr + sent, peer->out.len - sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	if (sent) {
		out_consume(&peer->out, sent);
		if (!peer->await && !peer->closing)
			timer_after(events_of(peer), &peer->timer,
				    is_subscriber(peer) ? PEER_STUCK_NS : PEER_IDLE_NS);
	}
	return true;
}

/* false: it is gone. */
static bool read_in(struct peer *peer)
{
	if (!peer->in) {
		void *in = mmap(NULL, LIMIT_CONTROL_LINE + 1, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (in == MAP_FAILED)
			return false;
		peer->in = in;
	}
	ssize_t n = recv(peer->watch.fd, peer->in + peer->n_in, LIMIT_CONTROL_LINE - peer->n_in,
			 MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	peer->ended = n == 0;
	peer->n_in += (size_t)n;
	return true;
}

static void watch_for_next(struct peer *peer)
{
	uint32_t mask = 0;
	if (!peer->ended && !peer->await && !peer->closing && !peer->more &&
	    peer->out.len < PEER_FULL)
		mask |= EPOLLIN;
	if (peer->out.len || peer->more)
		mask |= EPOLLOUT;
	if (mask != peer->mask)
		watch_change(events_of(peer), &peer->watch, mask);
	peer->mask = mask;
	/* A listener that takes what there is may stay for ever. */
	if (is_subscriber(peer) && !peer->out.len && !peer->closing)
		timer_cancel(events_of(peer), &peer->timer);
}

void peer_go_on(struct peer *peer)
{
	do {
		serve(peer);
		if (!send_out(peer)) {
			peer_close(peer);
			return;
		}
	} while (!peer->await && !peer->closing && !peer->more && peer->n_in &&
		 peer->out.len < PEER_FULL &&
		 (peer->ended || (peer->in && memchr(peer->in, '\n', peer->n_in))));
	bool is_done = peer->closing || (peer->ended && !peer->await && !is_subscriber(peer));
	if (is_done && !peer->out.len && !peer->more)
		peer_close(peer);
	else
		watch_for_next(peer);
}

static void peer_ready(struct watch *watch, uint32_t events)
{
	struct peer *peer = container_of(watch, struct peer, watch);
	bool is_gone = events & EPOLLERR;
	if (!is_gone && events & EPOLLIN && peer->mask & EPOLLIN)
		is_gone = !read_in(peer);
	else if (events & EPOLLHUP && !(events & EPOLLOUT && peer->more))
		is_gone = true; /* nobody will read an answer */
	if (is_gone)
		peer_close(peer);
	else
		peer_go_on(peer);
}

/* ---- time ---- */

static void say_farewell(struct peer *peer)
{
	/* What is partly sent ends with its line. */
	char *end = peer->out.len ? memchr(peer->out.ptr, '\n', peer->out.len) : NULL;
	peer->out.len = end ? (size_t)(end - peer->out.ptr) + 1 : 0;
	peer->out.failed = false;
	json_open(&peer->out, NULL, '{');
	json_put_text(&peer->out, "status", "error");
	json_put_text(&peer->out, "reason", "dropped: nothing was read for ten seconds");
	json_put_number(&peer->out, "errno", REQUEST_COMMAND);
	json_close(&peer->out, '}');
	out_text(&peer->out, "\n");
	peer->closing = true;
	timer_after(events_of(peer), &peer->timer, PEER_FAREWELL_NS);
	peer_go_on(peer);
}

static void peer_late(struct timer *timer)
{
	struct peer *peer = container_of(timer, struct peer, timer);
	if (peer->await)
		await_give_up(peer);
	else if (is_subscriber(peer) && !peer->closing)
		say_farewell(peer);
	else
		peer_close(peer);
}

/* ---- lines of listeners ---- */

bool peer_line_begin(struct peer *peer)
{
	if (peer->closing)
		return false;
	if (peer->out.len > LIMIT_CONTROL_BEHIND || peer->out.failed) {
		peer->n_skipped++;
		return false;
	}
	if (peer->n_skipped) {
		json_open(&peer->out, NULL, '{');
		json_put_number(&peer->out, "skipped", (int64_t)peer->n_skipped);
		json_close(&peer->out, '}');
		out_text(&peer->out, "\n");
		peer->n_skipped = 0;
	}
	if (!peer->timer.active)
		timer_after(events_of(peer), &peer->timer, PEER_STUCK_NS);
	return true;
}

void peer_line_end(struct peer *peer)
{
	out_text(&peer->out, "\n");
	if (peer->out.failed)
		peer->closing = true; /* no memory: half a line may be in it */
	events_later(events_of(peer), &peer->control->later);
}

/* ---- coming in ---- */

static bool is_in_group(int fd, const struct ucred *peer, gid_t gid)
{
	gid_t groups[1024];
	socklen_t len = sizeof(groups);
	if (peer->gid == gid)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		return false;
	for (size_t i = 0; i < len / sizeof(gid_t); i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static bool is_allowed(const struct control *control, int fd, const struct ucred *peer)
{
	return peer->uid == 0 || peer->uid == geteuid() ||
	       (control->door.has_uid && peer->uid == control->door.uid) ||
	       (control->door.has_gid && is_in_group(fd, peer, control->door.gid));
}

/* Before there is a struct peer for it; a new socket takes a line. */
static void turn_away(int fd, const char *reason)
{
	char line[256];
	int len = snprintf(line, sizeof(line),
			   "{\"status\":\"error\",\"reason\":\"%s\",\"errno\":%d,\"id\":null}\n",
			   reason, REQUEST_SYSTEM);
	(void)!send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static struct peer *find_free(struct control *control)
{
	for (size_t i = 0; i < LIMIT_CONTROL_PEERS; i++)
		if (!control->peers[i].control)
			return &control->peers[i];
	return NULL;
}

static void refuse_stranger(struct control *control, int fd, const struct ucred *peer)
{
	char reason[96];
	int64_t now = events_now(control->supervisor->events);
	snprintf(reason, sizeof(reason), "permission denied: uid %u may not control this init",
		 (unsigned)peer->uid);
	turn_away(fd, reason);
	if (control->refused_ns && now - control->refused_ns < PEER_REFUSED_NS)
		return;
	control->refused_ns = now;
	say(LOG_WARN, NULL, "control: refused uid %u (pid %d)", (unsigned)peer->uid,
	    (int)peer->pid);
}

void peer_accept(struct watch *watch, uint32_t events)
{
	struct control *control = container_of(watch, struct control, watch);
	struct ucred ucred;
	socklen_t len = sizeof(ucred);
	(void)events;
	int fd = events_accept(control->supervisor->events, watch->fd);
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &len)) {
		close(fd);
		return;
	}
	struct peer *peer = find_free(control);
	if (!is_allowed(control, fd, &ucred)) {
		refuse_stranger(control, fd, &ucred);
		return;
	}
	if (!peer) {
		turn_away(fd, "too many clients at once");
		return;
	}
	*peer = (struct peer){
		.control = control,
		.pid = ucred.pid,
		.uid = ucred.uid,
		.mask = EPOLLIN,
		.out.max = LIMIT_CONTROL_REPLY + LIMIT_CONTROL_BEHIND,
		.watch.ready = peer_ready,
		.timer.fire = peer_late,
	};
	peer->watch.fd = fd;
	if (watch_start(control->supervisor->events, &peer->watch, fd, EPOLLIN)) {
		close(fd);
		*peer = (struct peer){0};
		return;
	}
	timer_after(control->supervisor->events, &peer->timer, PEER_IDLE_NS);
}
