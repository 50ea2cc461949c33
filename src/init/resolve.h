/* resolve.h - the addresses of a name: known ones at once, others from DNS, never blocking.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, hosts(5), localhost; else UDP to the servers of resolv.conf(5), each name of its search
 * list in turn, A and AAAA together. Each try has a socket of its own (so a random port) and random
 * ids. What ends it at the latest is its caller's time limit: resolve_cancel. */
#pragma once

#include "init/address.h"
#include "init/events.h"

#define RESOLVE_REASON 112

struct resolve { /* zeroed: idle */
	struct events *events;
	const char *hosts, *config; /* files; NULL: /etc/hosts, /etc/resolv.conf */
	uint16_t server_port;       /* 0: 53; tests ask servers of their own */
	const char *name;           /* borrowed until done */
	uint16_t port;
	struct watch watch;
	struct timer timer;
	uint16_t ids[2];
	bool answered[2];            /* A, AAAA: settled for this name */
	bool failed[2];              /* this server cannot tell */
	unsigned candidate, attempt; /* of the search list; of this candidate */
	struct address found[ADDRESS_MAX];
	size_t n_found;
	char reason[RESOLVE_REASON]; /* when none was found */
	void (*done)(struct resolve *resolve);
};
/* true: found at once, `done` is not called. Else done comes later, out of the loop. */
bool resolve_start(struct events *events, struct resolve *resolve, const char *name, uint16_t port);
void resolve_cancel(struct resolve *resolve);
