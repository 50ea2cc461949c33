/* probe.c - asking once: does it listen, does it answer, is the file there. Never blocks.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   start -> naming -> connecting -> answering -> told      tcp ends with the connection,
 *         `-> connecting (unix)                    ^        file is told at once
 *         `-> commanding --------------------------'
 *
 * Each address of a name has its share of the time that is left, so that one that swallows packets
 * does not hide the next one. */
#include "init/probe.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/mem.h"
#include "base/str.h"
#include "init/ids.h"

/* Bytes of a Host field: a name of 255 and a port. */
#define HOST_MAX     272
/* Reads of what follows the status in one go, so that the server can send all before we close. */
#define POLITE_READS 16

/* ---- the end ---- */

static void stop(struct probe *probe)
{
	timer_cancel(probe->events, &probe->timer);
	resolve_cancel(&probe->resolve);
	if (probe->watch.active) {
		watch_stop(probe->events, &probe->watch);
		close(probe->watch.fd);
	}
	if (probe->state == PROBE_COMMANDING && probe->child.pid > 0) {
		kill(-probe->child.pid, SIGKILL);
		child_forget(probe->events, &probe->child);
	}
	probe->child.pid = 0;
	probe->state = PROBE_IDLE;
}

static void finish(struct probe *probe, bool good)
{
	stop(probe);
	probe->done(probe, good);
}

/* From inside probe_start: `done` must come out of the loop. */
static void finish_later(struct probe *probe, bool good)
{
	stop(probe);
	probe->good = good;
	probe->state = PROBE_TOLD;
	timer_after(probe->events, &probe->timer, 0);
}

static void printf_like(2, 3) because(struct probe *probe, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(probe->reason, sizeof(probe->reason), fmt, args);
	va_end(args);
}

/* Whom we are talking to. */
static void peer_text(const struct probe *probe, char *out, size_t size)
{
	const struct probe_spec *spec = probe->spec;
	if (spec->kind == PROBE_UNIX || spec->socket) {
		snprintf(out, size, "%s", spec->socket ? spec->socket : spec->path);
		return;
	}
	char text[ADDRESS_TEXT];
	address_format(&probe->resolve.found[probe->at], text);
	snprintf(out, size, "%s", text);
}

static void because_errno(struct probe *probe, int error)
{
	char peer[ADDRESS_TEXT];
	peer_text(probe, peer, sizeof(peer));
	if (error == ECONNREFUSED)
		because(probe, "connection refused by %s", peer);
	else if (error == ENOENT)
		because(probe, "no socket %s", peer);
	else
		because(probe, "connecting to %s: %s", peer, strerror(error));
}

static void because_late(struct probe *probe)
{
	char peer[ADDRESS_TEXT];
	double seconds = (double)probe->timeout_ns / 1e9;
	switch (probe->state) {
	case PROBE_COMMANDING: because(probe, "the command took more than %gs", seconds); break;
	case PROBE_NAMING:
		if (!*probe->resolve.reason)
			because(probe, "no address of '%.60s' within %gs", probe->spec->host,
				seconds);
		else
			because(probe, "%s", probe->resolve.reason);
		break;
	default:
		peer_text(probe, peer, sizeof(peer));
		because(probe, "%s %s within %gs", peer,
			probe->state == PROBE_CONNECTING ? "accepted no connection"
							 : "did not answer",
			seconds);
	}
}

/* ---- http ---- */

static struct iovec part(const char *text)
{
	return (struct iovec){(void *)text, strlen(text)};
}

/* What stands in front of the path in the URL is the authority; an IPv6 number has brackets. */
static void host_text(const struct probe_spec *spec, char *out, size_t size)
{
	if (spec->socket || !spec->host) {
		snprintf(out, size, "localhost");
		return;
	}
	bool bare = strchr(spec->host, ':') && *spec->host != '[';
	int len = snprintf(out, size, bare ? "[%s]" : "%s", spec->host);
	if (spec->port != 80 && len > 0 && (size_t)len < size)
		snprintf(out + len, size - (size_t)len, ":%d", (int)spec->port);
}

static int send_request(struct probe *probe)
{
	const char *path = probe->spec->path;
	char host[HOST_MAX];
	host_text(probe->spec, host, sizeof(host));
	struct iovec parts[] = {
		part("GET "),
		part(path && *path ? path : "/"),
		part(" HTTP/1.1\r\nHost: "),
		part(host),
		part("\r\nUser-Agent: hull-init\r\nAccept: */*\r\nConnection: close\r\n\r\n"),
	};
	struct msghdr head = {.msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts)};
	size_t len = 0;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		len += parts[i].iov_len;
	ssize_t sent = sendmsg(probe->watch.fd, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0)
		return -errno;
	return (size_t)sent == len ? 0 : -EMSGSIZE;
}

static void read_rest(int fd)
{
	char rest[4096];
	for (int i = 0; i < POLITE_READS && recv(fd, rest, sizeof(rest), MSG_DONTWAIT) > 0; i++)
		;
}

static void read_answer(struct probe *probe)
{
	char bytes[4096], peer[ADDRESS_TEXT];
	ssize_t n = recv(probe->watch.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	int error = n < 0 ? errno : 0;
	int status = n > 0 ? http_status_feed(&probe->status, bytes, (size_t)n) : -1;
	if (status == 0)
		return;
	peer_text(probe, peer, sizeof(peer));
	if (error)
		because(probe, "reading from %s: %s", peer, strerror(error));
	else if (n == 0)
		because(probe, "%s closed the connection without an answer", peer);
	else if (status < 0)
		because(probe, "%s does not speak HTTP/1", peer);
	else
		because(probe, "%s answered with status %d", peer, status);
	if (status > 0)
		read_rest(probe->watch.fd);
	finish(probe, status >= 200 && status <= 399);
}

/* ---- connections ---- */

static void connect_next(struct probe *probe, bool from_start);

/* A port of our own range may be given to ourselves: we would hear nobody but us, tcp(7). */
static bool is_self(int fd)
{
	struct address ours = {0}, theirs = {0};
	socklen_t size = sizeof(ours), their_size = sizeof(theirs);
	return getsockname(fd, &ours.any, &size) == 0 &&
	       getpeername(fd, &theirs.any, &their_size) == 0 && ours.any.sa_family != AF_UNIX &&
	       size == their_size && memcmp(&ours, &theirs, size) == 0;
}

static bool is_inet(const struct probe_spec *spec)
{
	return spec->kind == PROBE_TCP || (spec->kind == PROBE_HTTP && !spec->socket);
}

static void address_failed(struct probe *probe, bool from_start)
{
	if (probe->watch.active) {
		watch_stop(probe->events, &probe->watch);
		close(probe->watch.fd);
	}
	if (is_inet(probe->spec) && ++probe->at < probe->resolve.n_found)
		connect_next(probe, from_start);
	else if (from_start)
		finish_later(probe, false);
	else
		finish(probe, false);
}

static void connected(struct probe *probe)
{
	int error = 0;
	socklen_t size = sizeof(error);
	if (getsockopt(probe->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size))
		error = errno;
	if (!error && is_self(probe->watch.fd))
		error = ECONNREFUSED;
	if (error) {
		because_errno(probe, error);
		address_failed(probe, false);
		return;
	}
	if (probe->spec->kind != PROBE_HTTP) {
		finish(probe, true);
		return;
	}
	int failed = send_request(probe);
	if (failed) {
		char peer[ADDRESS_TEXT];
		peer_text(probe, peer, sizeof(peer));
		because(probe, "asking %s: %s", peer, strerror(-failed));
		finish(probe, false);
		return;
	}
	probe->state = PROBE_ANSWERING;
	watch_change(probe->events, &probe->watch, EPOLLIN);
}

static void socket_ready(struct watch *watch, uint32_t events)
{
	struct probe *probe = container_of(watch, struct probe, watch);
	if (probe->state == PROBE_CONNECTING)
		connected(probe);
	else
		read_answer(probe);
}

/* A datagram socket is as good: EPROTOTYPE tells that another kind has the name. */
static int connect_path(const char *path, int *ret_fd)
{
	static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	struct sockaddr_un address;
	socklen_t size;
	int failed = address_of_path(path, &address, &size);
	for (size_t i = 0; !failed && i < ARRAY_LEN(kinds); i++) {
		autoclose int fd = socket(AF_UNIX, kinds[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return -errno;
		if (connect(fd, (const struct sockaddr *)&address, size) == 0) {
			*ret_fd = steal_fd(&fd);
			return 0;
		}
		if (errno != EPROTOTYPE)
			return -errno;
	}
	return failed ? failed : -EPROTOTYPE;
}

static int connect_inet(const struct address *address, int *ret_fd)
{
	autoclose int fd =
		socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, &address->any, address_size(address)) && errno != EINPROGRESS)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int64_t time_left(const struct probe *probe)
{
	int64_t left = probe->until_ns - events_now(probe->events);
	return left > 0 ? left : 0;
}

static void connect_next(struct probe *probe, bool from_start)
{
	const struct probe_spec *spec = probe->spec;
	int fd = -1, failed;
	int64_t share = time_left(probe);
	probe->state = PROBE_CONNECTING;
	if (is_inet(spec)) {
		failed = connect_inet(&probe->resolve.found[probe->at], &fd);
		share /= (int64_t)(probe->resolve.n_found - probe->at);
	} else {
		failed = connect_path(spec->socket ? spec->socket : spec->path, &fd);
	}
	if (!failed)
		failed = watch_start(probe->events, &probe->watch, fd, EPOLLOUT);
	if (failed) {
		if (fd >= 0)
			close(fd);
		because_errno(probe, -failed);
		address_failed(probe, from_start);
		return;
	}
	probe->watch.fd = fd;
	timer_after(probe->events, &probe->timer, share);
}

static void resolved(struct resolve *resolve)
{
	struct probe *probe = container_of(resolve, struct probe, resolve);
	if (resolve->n_found) {
		connect_next(probe, false);
		return;
	}
	because(probe, "%s", resolve->reason);
	finish(probe, false);
}

/* ---- files and commands ---- */

static void look_for_file(struct probe *probe)
{
	struct stat found;
	bool good = stat(probe->spec->path, &found) == 0;
	if (!good)
		because(probe, "%s: %s", probe->spec->path, strerror(errno));
	finish_later(probe, good);
}

static void command_ended(struct child *child, int wait_status, const struct rusage *usage)
{
	struct probe *probe = container_of(child, struct probe, child);
	kill(-child->pid, SIGKILL); /* what it left behind; its group is still its own */
	probe->child.pid = 0;
	bool good = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
	if (WIFSIGNALED(wait_status))
		because(probe, "the command was killed by signal %d", WTERMSIG(wait_status));
	else if (!good)
		because(probe, "the command's exit status is %d", WEXITSTATUS(wait_status));
	finish(probe, good);
}

static int spawn_command(struct probe *probe, struct spawn_failure *ret_failure)
{
	struct spawn spawn = {.argv = (const char *const *)probe->spec->words.items,
			      .env = probe->env,
			      .cwd = probe->cwd,
			      .group = SPAWN_SESSION,
			      .umask = -1,
			      .nice = INT_MIN,
			      .oom_score = INT_MIN,
			      .keep_capabilities = UINT64_MAX,
			      .stdio = {-1, -1, -1},
			      .entry = probe->entry};
	struct ids ids;
	const char *missing;
	if (probe->user) {
		int failed = ids_find(probe->user, probe->group, NULL, &ids, &missing);
		if (failed) {
			*ret_failure = (struct spawn_failure){"user", -failed};
			return failed;
		}
		spawn.set_ids = true;
		spawn.uid = ids.uid;
		spawn.gid = ids.gid;
		spawn.groups = ids.groups;
		spawn.n_groups = ids.n_groups;
	}
	return spawn_start(&spawn, &probe->child.pid, ret_failure);
}

static void run_command(struct probe *probe)
{
	struct spawn_failure failure = {0};
	if (spawn_command(probe, &failure)) {
		probe->child.pid = 0;
		because(probe, "%s: %s: %s", probe->spec->words.items[0], failure.step,
			strerror(failure.error));
		finish_later(probe, false);
		return;
	}
	probe->state = PROBE_COMMANDING;
	probe->child.ended = command_ended;
	child_register(probe->events, &probe->child, probe->child.pid);
	timer_after(probe->events, &probe->timer, time_left(probe));
}

/* ---- the beginning ---- */

static void time_is_up(struct timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, timer);
	if (probe->state == PROBE_TOLD) {
		finish(probe, probe->good);
		return;
	}
	because_late(probe);
	if (probe->state == PROBE_CONNECTING && time_left(probe) > 0)
		address_failed(probe, false);
	else
		finish(probe, false);
}

static void look_up(struct probe *probe)
{
	probe->at = 0;
	probe->resolve.done = resolved;
	if (resolve_start(probe->events, &probe->resolve, probe->spec->host, probe->spec->port)) {
		connect_next(probe, true);
		return;
	}
	probe->state = PROBE_NAMING;
	timer_after(probe->events, &probe->timer, time_left(probe));
}

void probe_start(struct events *events, struct probe *probe, const struct probe_spec *spec,
		 int64_t timeout_ns, const char *const *env, const struct entry *entry)
{
	probe->events = events;
	stop(probe);
	probe->spec = spec;
	probe->env = env;
	probe->entry = entry;
	probe->timeout_ns = timeout_ns > 0 ? timeout_ns : PROBE_TIMEOUT_NS;
	probe->until_ns = events_now(events) + probe->timeout_ns;
	probe->timer.fire = time_is_up;
	probe->watch.ready = socket_ready;
	probe->status = (struct http_status){0};
	probe->reason[0] = '\0';
	switch (spec->kind) {
	case PROBE_NONE: finish_later(probe, true); break;
	case PROBE_TCP: look_up(probe); break;
	case PROBE_UNIX: connect_next(probe, true); break;
	case PROBE_HTTP:
		if (spec->socket)
			connect_next(probe, true);
		else
			look_up(probe);
		break;
	case PROBE_FILE: look_for_file(probe); break;
	case PROBE_COMMAND: run_command(probe); break;
	}
}

void probe_cancel(struct probe *probe)
{
	if (probe->events)
		stop(probe);
}
