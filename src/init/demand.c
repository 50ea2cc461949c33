/* demand.c - services that start at the first activity on their sockets.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A socket may wake several services, and epoll takes a descriptor once: each watches its own
 * duplicates, closed when the service starts. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "init/machine.h"

#include "base/banned.h"

static void door_knocked(struct watch *watch, uint32_t ready);

/* Its own sockets; all there are when it names none. */
static bool is_door(const struct service *service, const struct listener *listener)
{
	const struct text_list *names = &service->spec->sockets;

	if (listener->fd < 0)
		return false;
	for (size_t i = 0; i < names->n; i++)
		if (!strcasecmp(names->items[i], listener->spec->name))
			return true;
	return !names->n;
}

int demand_wait(struct service *service)
{
	struct supervisor *supervisor = service->supervisor;
	const struct listeners *listeners = &supervisor->listeners;

	if (!service->doors && listeners->n) {
		service->doors = calloc(listeners->n, sizeof(*service->doors));
		service->n_doors = service->doors ? listeners->n : 0;
	}
	size_t n_open = 0;
	for (size_t i = 0; i < listeners->n && i < service->n_doors; i++) {
		struct door *door = &service->doors[i];
		if (door->watch.active || !is_door(service, &listeners->items[i]))
			continue;
		int fd = fcntl(listeners->items[i].fd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return -errno;
		door->service = service;
		door->watch.ready = door_knocked;
		int error = watch_start(supervisor->events, &door->watch, fd, EPOLLIN);
		if (error) {
			close(fd);
			return error;
		}
		n_open++;
	}
	return n_open ? 0 : -ENOENT;
}

void demand_stop(struct service *service)
{
	for (size_t i = 0; i < service->n_doors; i++) {
		struct watch *watch = &service->doors[i].watch;
		if (watch->active) {
			watch_stop(service->supervisor->events, watch);
			close(watch->fd);
		}
	}
}

static void door_knocked(struct watch *watch, uint32_t ready)
{
	struct door *door = container_of(watch, struct door, watch);

	(void)ready;
	demand_stop(door->service);
	door->service->woken = true;
	supervisor_advance(door->service->supervisor);
}
