/* ports.c - which host port belongs to whom.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   STATE/ports/<protocol>-<port>-<ip or any>   a link to the network namespace that has it
 *
 * iptables would quietly let the first of two rules win, so published ports are marked here, under
 * one lock. A mark whose namespace is gone is free. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "net/limits.h"
#include "net/net_private.h"

#include "base/banned.h"

#define ANY "any"

struct registry {
	int dirfd;
	const char *netns;
	struct strlist names; /* of the marks in force */
};

static void registry_close(struct registry *registry)
{
	if (registry->dirfd >= 0)
		close(registry->dirfd);
	strlist_done(&registry->names);
}

static bool mark_read(int dirfd, const char *name, char target[PATH_MAX])
{
	ssize_t len = readlinkat(dirfd, name, target, PATH_MAX - 1);
	target[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* Also drops marks of namespaces that are no more. */
static int registry_open(const char *state_dir, const char *netns, struct registry *registry,
			 struct err *err)
{
	autofree char *dir = path_join(state_dir, "ports");
	autostrlist struct strlist names = {0};
	char target[PATH_MAX];
	if (dir_make_all(AT_FDCWD, dir, 0755, err) ||
	    dir_open_at(AT_FDCWD, dir, &registry->dirfd, err) ||
	    dir_list(registry->dirfd, ".", &names, err))
		return -1;
	registry->netns = netns;
	for (size_t i = 0; i < names.n; i++) {
		if (!mark_read(registry->dirfd, names.items[i], target))
			continue;
		if (netns_exists(target))
			strlist_add(&registry->names, names.items[i]);
		else
			unlinkat(registry->dirfd, names.items[i], 0);
	}
	return 0;
}

static char *mark_name(const struct port_mapping *mapping, uint16_t port)
{
	return xasprintf("%s-%u-%s", mapping->protocol, port,
			 mapping->host_ip ? mapping->host_ip : ANY);
}

static bool is_marked(const struct registry *registry, const struct port_mapping *mapping,
		      uint16_t port)
{
	autofree char *prefix = xasprintf("%s-%u-", mapping->protocol, port);
	for (size_t i = 0; i < registry->names.n; i++) {
		const char *name = registry->names.items[i];
		if (!text_starts(name, prefix))
			continue;
		const char *ip = name + strlen(prefix);
		if (!mapping->host_ip || strcmp(ip, ANY) == 0 || strcmp(ip, mapping->host_ip) == 0)
			return true;
	}
	return false;
}

/* Whether a process of the host listens there; *port 0: the kernel chooses one. */
static bool is_free_on_host(const struct port_mapping *mapping, uint16_t *port)
{
	bool is_tcp = strcmp(mapping->protocol, "tcp") == 0;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t len = sizeof(address);
	int on = 1;
	if (mapping->host_ip && inet_pton(AF_INET, mapping->host_ip, &address.sin_addr) != 1)
		return false;
	autoclose int fd = socket(AF_INET, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	/* What waits in TIME_WAIT is no obstacle; a listener is one in spite of it. */
	if (is_tcp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return false;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || (is_tcp && listen(fd, 1)) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		return false;
	*port = ntohs(address.sin_port);
	return true;
}

static bool is_local_address(const struct port_mapping *mapping)
{
	struct port_mapping any_port = *mapping;
	uint16_t port = 0;
	snprintf(any_port.protocol, sizeof(any_port.protocol), "udp");
	return !mapping->host_ip || is_free_on_host(&any_port, &port);
}

static bool port_find(const struct registry *registry, const struct port_mapping *mapping,
		      uint16_t *ret_port)
{
	uint32_t last = mapping->host_port_end ? mapping->host_port_end : mapping->host_port;
	if (!mapping->host_port)
		last = LIMIT_PORT_TRIES;
	for (uint32_t i = mapping->host_port; i <= last; i++) {
		uint16_t port = mapping->host_port ? (uint16_t)i : 0;
		if (!is_free_on_host(mapping, &port) || is_marked(registry, mapping, port))
			continue;
		*ret_port = port;
		return true;
	}
	return false;
}

static int mapping_check(const struct port_mapping *mapping, struct err *err)
{
	if (mapping->host_ip && strchr(mapping->host_ip, ':'))
		return err_set(err, ERR_INPUT,
			       "cannot publish on '%s': the bridge network has IPv4 only",
			       mapping->host_ip);
	if (!is_local_address(mapping))
		return err_set(err, ERR_INPUT,
			       "cannot publish on '%s': it is no address of this host",
			       mapping->host_ip);
	return 0;
}

static int mapping_reserve(struct registry *registry, struct port_mapping *mapping, struct err *err)
{
	uint16_t port = 0;
	if (mapping_check(mapping, err))
		return -1;
	if (!port_find(registry, mapping, &port)) {
		if (!mapping->host_port)
			return err_set(err, ERR_EXISTS, "no free host port is left for port %u/%s",
				       mapping->container_port, mapping->protocol);
		return err_set(err, ERR_EXISTS, "cannot publish port %u/%s on %s:%u: it is in use",
			       mapping->container_port, mapping->protocol,
			       mapping->host_ip ? mapping->host_ip : "0.0.0.0", mapping->host_port);
	}
	autofree char *name = mark_name(mapping, port);
	if (symlinkat(registry->netns, registry->dirfd, name))
		return err_sys(err, "marking port %u as used", port);
	strlist_take(&registry->names, steal(&name));
	mapping->host_port = port;
	mapping->host_port_end = 0;
	return 0;
}

static int registry_lock(const char *state_dir, int *ret_fd, struct err *err)
{
	autoclose int dirfd = -1;
	bool is_taken = false;
	if (dir_make_all(AT_FDCWD, state_dir, 0755, err) ||
	    dir_open_at(AT_FDCWD, state_dir, &dirfd, err))
		return -1;
	return lock_file_at(dirfd, "ports.lock", LOCK_EXCLUSIVE, true, ret_fd, &is_taken, err);
}

static void marks_remove(const struct registry *registry)
{
	char target[PATH_MAX];
	for (size_t i = 0; i < registry->names.n; i++)
		if (mark_read(registry->dirfd, registry->names.items[i], target) &&
		    strcmp(target, registry->netns) == 0)
			unlinkat(registry->dirfd, registry->names.items[i], 0);
}

int ports_reserve(const char *state_dir, const char *netns, struct port_list *ports,
		  struct err *err)
{
	autoclose int lock = -1;
	cleanup(registry_close) struct registry registry = {.dirfd = -1};
	if (!ports->n)
		return 0;
	if (registry_lock(state_dir, &lock, err) || registry_open(state_dir, netns, &registry, err))
		return -1;
	for (size_t i = 0; i < ports->n; i++) {
		if (mapping_reserve(&registry, &ports->items[i], err)) {
			marks_remove(&registry);
			return -1;
		}
	}
	return 0;
}

int ports_release(const char *state_dir, const char *netns, struct err *err)
{
	autoclose int lock = -1;
	cleanup(registry_close) struct registry registry = {.dirfd = -1};
	if (registry_lock(state_dir, &lock, err) || registry_open(state_dir, netns, &registry, err))
		return -1;
	marks_remove(&registry);
	return 0;
}
