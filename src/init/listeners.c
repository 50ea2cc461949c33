/* listeners.c - [socket:x]: bound once, passed to services, kept over their restarts and reloads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/mem.h"
#include "base/str.h"
#include "init/address.h"
#include "init/ids.h"

static bool has_path(const struct socket_spec *spec)
{
	return spec->family == AF_UNIX && spec->path && *spec->path != '@';
}

/* ---- one socket ---- */

static int set_flag(int fd, int level, int option)
{
	return setsockopt(fd, level, option, &(int){1}, sizeof(int)) ? -errno : 0;
}

static int set_options(int fd, const struct socket_spec *spec)
{
	if (spec->family == AF_UNIX)
		return 0;
	int failed = set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
	if (!failed && spec->reuse_port)
		failed = set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
	if (!failed && spec->interface &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, spec->interface,
		       (socklen_t)strlen(spec->interface) + 1))
		failed = -errno;
	return failed;
}

/* Only a socket is ever removed, whatever else has the name. */
static int remove_stale(const char *path)
{
	struct stat found;
	if (lstat(path, &found))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(found.st_mode))
		return -EEXIST;
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

static int set_owner(const struct socket_spec *spec)
{
	if (!spec->user && !spec->group)
		return 0;
	struct ids ids = {.uid = (uid_t)-1, .gid = (gid_t)-1};
	const char *missing;
	int failed;
	if (spec->user) /* with a user alone the group is the user's */
		failed = ids_find(spec->user, spec->group, NULL, &ids, &missing);
	else
		failed = ids_find_group(spec->group, &ids.gid);
	if (failed)
		return failed;
	return lchown(spec->path, ids.uid, ids.gid) ? -errno : 0;
}

/* The path has its mode from the first moment on: it is bound under a mask made for it. */
static int bind_path(int fd, const struct socket_spec *spec)
{
	struct sockaddr_un address;
	socklen_t size;
	int failed = address_of_path(spec->path, &address, &size);
	if (failed)
		return failed;
	if (!has_path(spec))
		return bind(fd, (const struct sockaddr *)&address, size) ? -errno : 0;
	if (spec->replace && (failed = remove_stale(spec->path)))
		return failed;
	mode_t mask = 0;
	bool has_mask = true;
	if (spec->mode >= 0)
		mask = ~(mode_t)spec->mode & 0777;
	else if (spec->umask >= 0)
		mask = (mode_t)spec->umask & 0777;
	else
		has_mask = false;
	if (has_mask)
		mask = umask(mask);
	failed = bind(fd, (const struct sockaddr *)&address, size) ? -errno : 0;
	if (has_mask)
		umask(mask);
	if (failed)
		return failed;
	failed = set_owner(spec);
	if (failed)
		unlink(spec->path);
	return failed;
}

static int bind_inet(int fd, const struct socket_spec *spec)
{
	struct address address;
	int failed = address_of_listener(spec->family, spec->host, spec->port, &address);
	if (failed)
		return failed;
	return bind(fd, &address.any, address_size(&address)) ? -errno : 0;
}

static bool has_backlog(const struct socket_spec *spec)
{
	return spec->type == SOCK_STREAM || spec->type == SOCK_SEQPACKET;
}

static int bind_socket(int fd, const struct socket_spec *spec)
{
	int failed = set_options(fd, spec);
	if (failed)
		return failed;
	failed = spec->family == AF_UNIX ? bind_path(fd, spec) : bind_inet(fd, spec);
	if (!failed && has_backlog(spec) && listen(fd, spec->backlog)) {
		failed = -errno;
		if (has_path(spec))
			unlink(spec->path);
	}
	return failed;
}

int listener_bind(const struct socket_spec *spec, int *ret_fd)
{
	int flags = SOCK_CLOEXEC | (spec->blocking ? 0 : SOCK_NONBLOCK);
	autoclose int fd = socket(spec->family, spec->type | flags, spec->protocol);
	if (fd < 0)
		return -errno;
	int failed = bind_socket(fd, spec);
	if (failed)
		return failed;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* ---- all of them ---- */

void listener_close(struct listener *listener)
{
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
	struct stat found;
	if (listener->inode && lstat(listener->spec->path, &found) == 0 &&
	    found.st_ino == listener->inode && found.st_dev == listener->device)
		unlink(listener->spec->path);
	listener->inode = 0;
}

void listeners_close(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->n; i++)
		listener_close(&listeners->items[i]);
	free(listeners->items);
	*listeners = (struct listeners){0};
}

struct listener *listeners_find(struct listeners *listeners, const char *name)
{
	for (size_t i = 0; i < listeners->n; i++) {
		if (strcasecmp(listeners->items[i].spec->name, name) == 0)
			return &listeners->items[i];
	}
	return NULL;
}

static bool is_same_address(const struct socket_spec *a, const struct socket_spec *b)
{
	return a->family == b->family && a->type == b->type && a->protocol == b->protocol &&
	       a->port == b->port && a->reuse_port == b->reuse_port && text_eq(a->host, b->host) &&
	       text_eq(a->path, b->path) && text_eq(a->interface, b->interface);
}

static struct listener *find_at(struct listeners *listeners, const struct socket_spec *spec)
{
	for (size_t i = 0; listeners && i < listeners->n; i++) {
		struct listener *listener = &listeners->items[i];
		if (listener->fd >= 0 && is_same_address(listener->spec, spec))
			return listener;
	}
	return NULL;
}

int listener_open(struct listener *listener)
{
	const struct socket_spec *spec = listener->spec;
	if (spec->reuse_port)
		return 0;
	int failed = listener_bind(spec, &listener->fd);
	if (failed)
		return failed;
	struct stat found;
	if (has_path(spec) && lstat(spec->path, &found) == 0) {
		listener->device = found.st_dev;
		listener->inode = found.st_ino;
	}
	return 0;
}

/* What of a bound socket may still change. Errors keep what was: it serves already. */
static void adjust(int fd, const struct socket_spec *spec)
{
	int flags = fcntl(fd, F_GETFL);
	int wanted = spec->blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	if (flags >= 0 && wanted != flags)
		fcntl(fd, F_SETFL, wanted);
	if (has_backlog(spec))
		listen(fd, spec->backlog);
	if (!has_path(spec))
		return;
	if (spec->mode >= 0)
		chmod(spec->path, (mode_t)spec->mode);
	set_owner(spec);
}

static void take_over(struct listener *listener, struct listener *old)
{
	const struct socket_spec *spec = listener->spec;
	*listener = *old;
	listener->spec = spec;
	old->fd = -1;
	old->inode = 0;
	adjust(listener->fd, spec);
}

int listeners_open(const struct model *model, struct listeners *old,
		   struct listeners *ret_listeners, const struct socket_spec **ret_failed)
{
	struct listeners made = {0};
	if (model->n_sockets) {
		made.items = calloc(model->n_sockets, sizeof(*made.items));
		if (!made.items) {
			*ret_failed = &model->sockets[0];
			return -ENOMEM;
		}
	}
	/* new ones first: when one fails, the old ones are untouched */
	for (; made.n < model->n_sockets; made.n++) {
		struct listener *listener = &made.items[made.n];
		*listener = (struct listener){&model->sockets[made.n], -1, 0, 0};
		if (find_at(old, listener->spec))
			continue;
		int failed = listener_open(listener);
		if (failed) {
			*ret_failed = listener->spec;
			listeners_close(&made);
			return failed;
		}
	}
	for (size_t i = 0; i < made.n; i++) {
		struct listener *at = find_at(old, made.items[i].spec);
		if (at && made.items[i].fd < 0)
			take_over(&made.items[i], at);
	}
	*ret_listeners = made;
	return 0;
}

void listener_describe(const struct listener *listener, char *out, size_t size)
{
	const struct socket_spec *spec = listener->spec;
	if (spec->family == AF_UNIX)
		snprintf(out, size, "%d:socket '%s' at %s", listener->fd, spec->name, spec->path);
	else
		snprintf(out, size, "%d:socket '%s' at %s:%d", listener->fd, spec->name,
			 spec->host ? spec->host : "", (int)spec->port);
}
