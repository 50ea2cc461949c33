/* relay.h - bytes from one descriptor to another inside an event loop, seen on the way.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A slow or blocked receiver holds back the sender and nothing else. What the caller gave us (a
 * terminal, a pipe that others write to) is reopened so that it never blocks us; a file is written
 * straight. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"

struct relay;
struct relay_options {
	struct loop *loop;
	int from, to; /* taken; to -1: nobody receives, only `tap` sees it */
	/* Sees each piece before it goes on and may change it in place; returns its new length, at
	 * most `len` + RELAY_SPARE. NULL: nobody looks. */
	size_t (*tap)(char *data, size_t len, void *arg);
	/* No more comes (end of `from`, or nobody receives and nobody looks). May be NULL. */
	void (*ended)(void *arg);
	void *arg;
};
#define RELAY_SPARE 16 /* bytes a tap may add: held-back detach keys */

int relay_new(const struct relay_options *options, struct relay **ret_relay,
	      struct err *err) must_check;
void relay_free(struct relay *relay);
bool relay_is_blocked(const struct relay *relay); /* the receiver does not take what is there */
void relay_drop_receiver(struct relay *relay);    /* goes on for the tap alone */
/* A descriptor of our own for one that the caller keeps: non-blocking where that is possible. */
int relay_own_fd(int fd, bool writing, int *ret_fd, struct err *err) must_check;
DEFINE_FREEP(struct relay, relay_free)
