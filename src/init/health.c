/* health.c - /healthz, /readyz and /metrics over HTTP/1.1, when asked for.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   free -> reading -> sending -> closing -> free     each with its time; a connection has one
 *                                                     request
 *
 * Heads and short texts live in the connection's own buffer. Metrics are written into one page that
 * all connections share: it is kept for a second, so asking often costs little, and its memory goes
 * back to the kernel after that. */
#include "init/health.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/clock.h"
#include "init/health_report.h"
#include "init/health_request.h"
#include "init/limits.h"
#include "init/metrics.h"
#include "init/say.h"

/* Bytes that the head of an answer may take. */
#define HEAD_SIZE      320
/* Clients that may wait for room. */
#define BACKLOG        128
/* Page for services that are added later, and how long it is fresh. */
#define SPARE_SERVICES 32
#define PAGE_FRESH_NS  NS_PER_SEC

enum peer_state { PEER_FREE, PEER_READING, PEER_SENDING, PEER_CLOSING };

struct peer {
	struct health *health;
	struct watch watch;
	struct timer timer;
	enum peer_state state;
	size_t n; /* bytes in the buffer */
	struct iovec head, body;
	bool has_page;
	char buffer[LIMIT_HEALTH_HEAD];
};

struct page { /* of metrics */
	char *memory;
	size_t size, n_services;
	struct text text; /* within the memory; len 0: none */
	int64_t made_ns;
	unsigned n_readers;
	struct timer forget;
};

struct health {
	struct supervisor *supervisor;
	struct listener listener;
	struct socket_spec spec;
	struct watch watch;
	bool is_full;
	char host[64];
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct page page;
	struct peer peers[LIMIT_HEALTH_PEERS];
};

static struct events *events_of(const struct health *health)
{
	return health->supervisor->events;
}

/* ---- the page of metrics ---- */

static void page_forget(struct timer *timer)
{
	struct page *page = container_of(timer, struct page, forget);
	struct health *health = container_of(page, struct health, page);
	if (page->n_readers) {
		timer_after(events_of(health), timer, PAGE_FRESH_NS);
		return;
	}
	page->text.len = 0;
	madvise(page->memory, page->size, MADV_DONTNEED);
}

static int page_map(struct page *page, size_t n_services)
{
	size_t size = n_services * sizeof(struct metrics_usage) + metrics_size(n_services);
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	if (page->memory)
		munmap(page->memory, page->size);
	page->memory = memory;
	page->size = size;
	page->n_services = n_services;
	page->text.len = 0;
	return 0;
}

/* Fresh, or what somebody is being sent. false: no memory. */
static bool page_write(struct health *health)
{
	struct page *page = &health->page;
	struct events *events = events_of(health);
	size_t n = health->supervisor->n_services;
	if (page->text.len &&
	    (page->n_readers || events_now(events) - page->made_ns < PAGE_FRESH_NS))
		return true;
	if (n > page->n_services && page_map(page, n + SPARE_SERVICES))
		return false;
	struct metrics_usage *usages = (struct metrics_usage *)(void *)page->memory;
	size_t used = page->n_services * sizeof(*usages);
	page->text = (struct text){.at = page->memory + used, .size = page->size - used};
	metrics_write(health->supervisor, usages, page->n_services, &page->text);
	page->made_ns = events_now(events);
	timer_after(events, &page->forget, PAGE_FRESH_NS);
	if (page->text.is_cut)
		page->text.len = 0;
	return page->text.len > 0;
}

/* ---- one connection ---- */

static void listen_again(struct health *health);

static void peer_free(struct peer *peer)
{
	struct events *events = events_of(peer->health);
	timer_cancel(events, &peer->timer);
	watch_stop(events, &peer->watch);
	close(peer->watch.fd);
	if (peer->has_page)
		peer->health->page.n_readers--;
	peer->has_page = false;
	peer->state = PEER_FREE;
	listen_again(peer->health);
}

static void peer_late(struct timer *timer)
{
	peer_free(container_of(timer, struct peer, timer));
}

static void peer_enter(struct peer *peer, enum peer_state state, uint32_t mask)
{
	peer->state = state;
	timer_after(events_of(peer->health), &peer->timer, LIMIT_HEALTH_NS);
	watch_change(events_of(peer->health), &peer->watch, mask);
}

/* Closing at once with something unread would take the answer back: wait for the other side. */
static void peer_drain(struct peer *peer)
{
	ssize_t n = recv(peer->watch.fd, peer->buffer, sizeof(peer->buffer), MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		peer_free(peer);
}

static void cut_front(struct iovec *part, size_t *sent)
{
	size_t n = *sent < part->iov_len ? *sent : part->iov_len;
	part->iov_base = (char *)part->iov_base + n;
	part->iov_len -= n;
	*sent -= n;
}

static void peer_send(struct peer *peer)
{
	struct iovec parts[] = {peer->head, peer->body};
	struct msghdr head = {.msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts)};
	ssize_t n = sendmsg(peer->watch.fd, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			peer_free(peer);
		return;
	}
	size_t sent = (size_t)n;
	cut_front(&peer->head, &sent);
	cut_front(&peer->body, &sent);
	if (peer->head.iov_len || peer->body.iov_len)
		return;
	shutdown(peer->watch.fd, SHUT_WR);
	peer_enter(peer, PEER_CLOSING, EPOLLIN);
}

static const char *status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {{200, "OK"},
		     {400, "Bad Request"},
		     {404, "Not Found"},
		     {405, "Method Not Allowed"},
		     {431, "Request Header Fields Too Large"},
		     {503, "Service Unavailable"},
		     {505, "HTTP Version Not Supported"}};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i].status == status)
			return texts[i].text;
	}
	return "Internal Server Error";
}

/* The head goes to the front of the buffer, a short text stands behind it already. */
static void answer(struct peer *peer, int status, const char *type, struct iovec body, bool is_head)
{
	struct text head = {.at = peer->buffer, .size = HEAD_SIZE};
	text_add(&head,
		 "HTTP/1.1 %d %s\r\n"
		 "Content-Type: %s\r\n"
		 "Content-Length: %zu\r\n"
		 "Cache-Control: no-store\r\n"
		 "X-Content-Type-Options: nosniff\r\n"
		 "%s"
		 "Connection: close\r\n\r\n",
		 status, status_text(status), type, body.iov_len,
		 status == 405 ? "Allow: GET, HEAD\r\n" : "");
	peer->head = (struct iovec){head.at, head.len};
	peer->body = body;
	if (is_head)
		peer->body.iov_len = 0;
	peer_enter(peer, PEER_SENDING, EPOLLOUT);
	peer_send(peer);
}

static void answer_text(struct peer *peer, int status, const struct text *text, bool is_head)
{
	answer(peer, status, "text/plain; charset=utf-8", (struct iovec){text->at, text->len},
	       is_head);
}

static struct text text_behind_head(struct peer *peer)
{
	return (struct text){.at = peer->buffer + HEAD_SIZE,
			     .size = sizeof(peer->buffer) - HEAD_SIZE};
}

static void answer_status(struct peer *peer, int status, bool is_head)
{
	struct text text = text_behind_head(peer);
	text_add(&text, "%s\n", status_text(status));
	answer_text(peer, status, &text, is_head);
}

static void answer_metrics(struct peer *peer, bool is_head)
{
	struct health *health = peer->health;
	if (!page_write(health)) {
		answer_status(peer, 503, is_head);
		return;
	}
	health->page.n_readers++;
	peer->has_page = true;
	answer(peer, 200, METRICS_TYPE, (struct iovec){health->page.text.at, health->page.text.len},
	       is_head);
}

static void answer_request(struct peer *peer, const struct health_request *request)
{
	const struct supervisor *supervisor = peer->health->supervisor;
	bool is_head = request->is_head, good;
	struct text text = text_behind_head(peer);
	if (str_is(request->path, "/metrics")) {
		answer_metrics(peer, is_head);
		return;
	}
	if (str_is(request->path, "/healthz")) {
		good = health_report(supervisor, &text);
	} else if (str_is(request->path, "/readyz")) {
		good = readiness_report(supervisor, &text);
	} else {
		answer_status(peer, 404, is_head);
		return;
	}
	answer_text(peer, good ? 200 : 503, &text, is_head);
}

static void peer_read(struct peer *peer)
{
	ssize_t n = recv(peer->watch.fd, peer->buffer + peer->n, sizeof(peer->buffer) - peer->n,
			 MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		peer_free(peer);
		return;
	}
	peer->n += (size_t)n;
	struct health_request request;
	int status = health_request_parse((struct str){peer->buffer, peer->n}, sizeof(peer->buffer),
					  &request);
	if (status == 200)
		answer_request(peer, &request);
	else if (status)
		answer_status(peer, status, false);
}

static void peer_ready(struct watch *watch, uint32_t events)
{
	struct peer *peer = container_of(watch, struct peer, watch);
	switch (peer->state) {
	case PEER_READING: peer_read(peer); break;
	case PEER_SENDING: peer_send(peer); break;
	case PEER_CLOSING: peer_drain(peer); break;
	case PEER_FREE: break;
	}
}

/* ---- the socket ---- */

static struct peer *free_peer(struct health *health)
{
	for (size_t i = 0; i < ARRAY_LEN(health->peers); i++) {
		if (health->peers[i].state == PEER_FREE)
			return &health->peers[i];
	}
	return NULL;
}

static void client_ready(struct watch *watch, uint32_t ready)
{
	struct health *health = container_of(watch, struct health, watch);
	struct events *events = events_of(health);
	struct peer *peer = free_peer(health);
	if (!peer) { /* the others wait in the backlog until one is free */
		watch_stop(events, &health->watch);
		health->is_full = true;
		return;
	}
	int fd = events_accept(events, health->listener.fd);
	if (fd < 0)
		return;
	peer->watch.ready = peer_ready;
	if (watch_start(events, &peer->watch, fd, EPOLLIN)) {
		close(fd);
		return;
	}
	peer->health = health;
	peer->n = 0;
	peer->timer.fire = peer_late;
	peer_enter(peer, PEER_READING, EPOLLIN);
}

static void listen_again(struct health *health)
{
	if (health->is_full &&
	    watch_start(events_of(health), &health->watch, health->listener.fd, EPOLLIN) == 0)
		health->is_full = false;
}

/* "unix:PATH" or ADDRESS:PORT into the spec of a socket, its texts in `health`. */
static int parse_place(struct health *health, const char *place)
{
	struct socket_spec *spec = &health->spec;
	*spec = (struct socket_spec){
		.name = "health", .type = SOCK_STREAM, .mode = -1, .umask = -1, .backlog = BACKLOG};
	if (text_starts(place, "unix:")) {
		spec->family = AF_UNIX;
		spec->replace = true;
		spec->mode = 0666; /* as open as loopback is */
		spec->path = health->path;
		return (size_t)snprintf(health->path, sizeof(health->path), "%s",
					place + strlen("unix:")) < sizeof(health->path)
			       ? 0
			       : -ENAMETOOLONG;
	}
	const char *colon = strrchr(place, ':');
	uint64_t port;
	if (!colon || !str_to_u64(str_of(colon + 1), &port) || port > UINT16_MAX)
		return -EINVAL;
	struct str host = {place, (size_t)(colon - place)};
	if (host.len && *host.ptr == '[' && host.ptr[host.len - 1] == ']')
		host = (struct str){host.ptr + 1, host.len - 2};
	if (host.len >= sizeof(health->host))
		return -ENAMETOOLONG;
	snprintf(health->host, sizeof(health->host), "%.*s", STR_ARG(host));
	spec->host = health->host;
	spec->port = (uint16_t)port;
	spec->family = memchr(host.ptr, ':', host.len) ? AF_INET6 : AF_INET;
	return 0;
}

static int check_place(const struct health *health)
{
	struct address address;
	if (health->spec.family == AF_UNIX)
		return 0;
	int failed = address_of_listener(health->spec.family, health->spec.host, health->spec.port,
					 &address);
	if (failed)
		return failed;
	return address_is_loopback(&address) || health->supervisor->model->init.health_public
		       ? 0
		       : -EACCES;
}

static int start(struct health *health, const char *place)
{
	int failed = parse_place(health, place);
	if (!failed)
		failed = check_place(health);
	if (!failed)
		failed = page_map(&health->page, health->supervisor->n_services + SPARE_SERVICES);
	if (!failed)
		failed = listener_open(&health->listener);
	health->watch.ready = client_ready;
	health->page.forget.fire = page_forget;
	if (!failed)
		failed = watch_start(events_of(health), &health->watch, health->listener.fd,
				     EPOLLIN);
	return failed;
}

int health_open(struct supervisor *supervisor, struct health **ret_health)
{
	const char *place = supervisor->model->init.health;
	*ret_health = NULL;
	if (!place)
		return 0;
	/* mapped, not from the heap: buffers that nobody used take no memory */
	struct health *health = mmap(NULL, sizeof(*health), PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (health == MAP_FAILED)
		return -errno;
	health->supervisor = supervisor;
	health->listener = (struct listener){.spec = &health->spec, .fd = -1};
	int failed = start(health, place);
	if (failed) {
		health_close(health);
		return failed;
	}
	*ret_health = health;
	return 0;
}

void health_close(struct health *health)
{
	if (!health)
		return;
	struct events *events = events_of(health);
	health->is_full = false;
	for (size_t i = 0; i < ARRAY_LEN(health->peers); i++) {
		if (health->peers[i].state != PEER_FREE)
			peer_free(&health->peers[i]);
	}
	watch_stop(events, &health->watch);
	timer_cancel(events, &health->page.forget);
	listener_close(&health->listener);
	if (health->page.memory)
		munmap(health->page.memory, health->page.size);
	munmap(health, sizeof(*health));
}
