/* client.c - connecting to an init that may be trusted, lines with a time limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "ini/load.h"
#include "init/limits.h"
#include "init/place.h"

#include "base/banned.h"

#define CLIENT_LINE_MAX (LIMIT_CONTROL_REPLY * 2)
#define CONNECT_SECONDS 5

/* ---- finding ---- */

static uid_t uid_of_init(void)
{
	struct stat st;
	return stat("/proc/1", &st) ? geteuid() : st.st_uid;
}

/* Where we were not told to go, only these are believed: root, we ourselves, PID 1's user. */
static bool is_trusted(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid() || peer.uid == uid_of_init());
}

/* -errno */
static int connect_to(const char *path, bool was_told, int *ret_fd)
{
	struct sockaddr_un address;
	struct timeval patience = {.tv_sec = CONNECT_SECONDS};
	socklen_t len;
	int result = place_address(path, &address, &len);
	if (result)
		return result;
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&address, len))
		return -errno;
	if (!was_told && !is_trusted(fd))
		return -EPERM;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static const char *endpoint_path(const char *endpoint)
{
	if (text_starts(endpoint, "ipc://"))
		return endpoint + strlen("ipc://");
	if (text_starts(endpoint, "unix://"))
		return endpoint + strlen("unix://");
	if (text_starts(endpoint, "unix:"))
		return endpoint + strlen("unix:");
	return endpoint[0] == '/' || endpoint[0] == '@' ? endpoint : NULL;
}

static int open_told(const char *endpoint, struct client *client, struct err *err)
{
	const char *path = endpoint_path(endpoint);
	if (!path)
		return err_set(err, ERR_INPUT,
			       "endpoint '%s' is no unix socket (ipc:///PATH, a path, @NAME)",
			       endpoint);
	int result = connect_to(path, true, &client->fd);
	snprintf(client->path, sizeof(client->path), "%s", path);
	errno = -result;
	return result ? err_sys(err, "no hull-init answers at '%s'", path) : 0;
}

/* What an init file at its usual place says. */
static int try_file(struct client *client)
{
	autoerr struct err err = {0};
	struct load_options options = {.env = (const char *const *)environ};
	struct model *model = NULL;
	int result = -ENOENT;
	if (model_load(&options, &model, &err))
		return result;
	const char *path = model->init.control;
	if (path && (path[0] == '/' || path[0] == '@')) {
		snprintf(client->path, sizeof(client->path), "%s", path);
		result = connect_to(path, true, &client->fd);
	}
	model_free(model);
	return result;
}

static int try_places(struct client *client, uid_t uid, struct buf *tried)
{
	int worst = -ENOENT;
	char path[PLACE_MAX];
	for (size_t i = 0; place_get(i, uid, path); i++) {
		if (!path[0])
			continue;
		int result = connect_to(path, false, &client->fd);
		snprintf(client->path, sizeof(client->path), "%s", path);
		if (!result)
			return 0;
		if (result != -ENOENT && result != -ECONNREFUSED)
			worst = result;
		buf_printf(tried, "%s%s", tried->len ? ", " : "", path);
	}
	return worst;
}

/* An init in this PID namespace: with a shared network the names of other containers are here too.
 */
static bool is_near(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid > 0;
}

/* The abstract names of inits that found no directory, as proc_pid_net(5) tells them. */
static int try_abstract(struct client *client)
{
	autobuf struct buf table = {0};
	autoerr struct err err = {0};
	if (file_read_at(AT_FDCWD, "/proc/net/unix", LIMIT_UNIX_TABLE, &table, &err))
		return -ENOENT;
	struct str rest = {table.ptr, table.len};
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		const char *name =
			memmem(line.ptr, line.len, " " PLACE_ABSTRACT, strlen(" " PLACE_ABSTRACT));
		if (!name)
			continue;
		snprintf(client->path, sizeof(client->path), "%.*s",
			 (int)(line.ptr + line.len - name - 1), name + 1);
		if (connect_to(client->path, false, &client->fd))
			continue;
		if (is_near(client->fd))
			return 0;
		close(client->fd);
		client->fd = -1;
	}
	return -ENOENT;
}

int client_open(const char *endpoint, struct client *ret_client, struct err *err)
{
	struct client client = {.fd = -1, .in.max = CLIENT_LINE_MAX};
	autobuf struct buf tried = {0};
	const char *told = endpoint ? endpoint : getenv("HULL_INIT_CONTROL");
	if (told && told[0]) {
		if (open_told(told, &client, err))
			return -1;
		*ret_client = client;
		return 0;
	}
	int result = try_places(&client, geteuid(), &tried);
	if (result && uid_of_init() != geteuid())
		result = try_places(&client, uid_of_init(), &tried);
	if (result == -ENOENT)
		result = try_file(&client);
	if (result == -ENOENT)
		result = try_abstract(&client);
	if (result == -ENOENT || result == -ECONNREFUSED)
		return err_set(err, ERR_MISSING, "no hull-init answers (tried %s)",
			       buf_text(&tried));
	errno = -result;
	if (result)
		return err_sys(err, "connecting to hull-init");
	*ret_client = client;
	return 0;
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	buf_done(&client->in);
}

/* ---- lines ---- */

void client_reply_done(struct client_reply *reply)
{
	free(reply->line);
	free(reply->text);
	free(reply->nodes);
	*reply = (struct client_reply){0};
}

int client_send(struct client *client, const char *line, size_t len, struct err *err)
{
	for (size_t sent = 0; sent < len;) {
		ssize_t n = send(client->fd, line + sent, len - sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		/* Turned away: the reason waits to be read. */
		if (n < 0 && errno == EPIPE)
			return 0;
		if (n < 0)
			return err_sys(err, "asking hull-init");
		sent += (size_t)n;
	}
	return 0;
}

static int wait_for_bytes(struct client *client, int64_t until, struct err *err)
{
	for (;;) {
		int64_t left = until < 0 ? -1 : until - clock_monotonic_ns();
		struct pollfd poller = {.fd = client->fd, .events = POLLIN};
		if (until >= 0 && left <= 0)
			return err_set(err, ERR_LIMIT, "Timed out.");
		int ms = until < 0                       ? -1
			 : left > INT64_C(1000000000000) ? 1000000
							 : (int)(left / 1000000 + 1);
		int n = poll(&poller, 1, ms);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_sys(err, "waiting for hull-init");
	}
}

static int take_reply(struct client *client, size_t len, struct client_reply *ret_reply,
		      struct err *err)
{
	const char *problem;
	struct client_reply reply = {
		.line = xstrndup(client->in.ptr, len),
		.text = xstrndup(client->in.ptr, len),
		.nodes = xcalloc(len / 2 + 2, sizeof(*reply.nodes)),
	};
	buf_consume(&client->in, len + 1);
	if (json_read(reply.text, len, reply.nodes, len / 2 + 2, &problem) < 0 ||
	    reply.nodes[0].type != JSON_OBJECT) {
		client_reply_done(&reply);
		return err_set(err, ERR_CORRUPT, "what answers at '%s' is no hull-init",
			       client->path);
	}
	*ret_reply = reply;
	return 0;
}

int client_receive(struct client *client, int64_t timeout_ns, struct client_reply *ret_reply,
		   struct err *err)
{
	int64_t until = timeout_ns < 0 ? -1 : clock_monotonic_ns() + timeout_ns;
	size_t looked = 0;
	for (;;) {
		char *end = client->in.len > looked
				    ? memchr(client->in.ptr + looked, '\n', client->in.len - looked)
				    : NULL;
		if (end)
			return take_reply(client, (size_t)(end - client->in.ptr), ret_reply, err);
		looked = client->in.len;
		char *room = buf_reserve(&client->in, (size_t)16 << 10);
		if (!room)
			return err_set(err, ERR_LIMIT, "the answer is too long");
		if (wait_for_bytes(client, until, err))
			return -1;
		ssize_t n = recv(client->fd, room, (size_t)16 << 10, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "listening to hull-init");
		if (n == 0)
			return err_set(err, ERR_MISSING, "hull-init has ended");
		buf_added(&client->in, (size_t)n);
	}
}
