/* listeners.h - [socket:x]: bound once, passed to services, kept over their restarts and reloads.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"
#include "init/events.h"

struct listener {
	const struct socket_spec *spec;
	int fd; /* -1: reuse_port, a new one for each copy; or not bound yet */
};
struct listeners {
	struct listener *items;
	size_t n;
};
/* -errno with *ret_failed; sockets of `old` that have an equal spec are taken over. */
int listeners_open(const struct model *model, struct listeners *old,
		   struct listeners *ret_listeners, const struct socket_spec **ret_failed);
int listener_bind(const struct socket_spec *spec, int *ret_fd);
struct listener *listeners_find(struct listeners *listeners, const char *name);
void listeners_close(struct listeners *listeners); /* and removes unix paths */
/* "fd:socket 'name' at host:port|path" */
void listener_describe(const struct listener *listener, char *out, size_t size);
