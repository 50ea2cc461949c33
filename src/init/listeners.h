/* listeners.h - [socket:x]: bound once, passed to services, kept over their restarts and reloads.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "ini/model.h"
#include "init/events.h"

struct listener {
	const struct socket_spec *spec;
	int fd; /* -1: reuse_port, a new one for each copy; or not bound yet */
	/* of the path that we made, so that another's is never removed; inode 0: none */
	dev_t device;
	ino_t inode;
};
struct listeners {
	struct listener *items;
	size_t n;
};
/* -errno with *ret_failed, and `old` (may be NULL) is as it was. Sockets of `old` at the same
 * address are taken over: mode, owner, backlog and blocking become those of the new spec, clients
 * that wait are kept. `old` still wants listeners_close, for those that nobody asked for again. */
int listeners_open(const struct model *model, struct listeners *old,
		   struct listeners *ret_listeners, const struct socket_spec **ret_failed);
/* One of them, its spec set and fd -1: bound, unless each copy gets its own. */
int listener_open(struct listener *listener);
void listener_close(struct listener *listener);
int listener_bind(const struct socket_spec *spec, int *ret_fd);
struct listener *listeners_find(struct listeners *listeners, const char *name); /* no case */
void listeners_close(struct listeners *listeners); /* and removes unix paths */
/* "fd:socket 'name' at host:port|path" */
void listener_describe(const struct listener *listener, char *out, size_t size);
