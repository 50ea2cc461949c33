/* graph.h - who starts after whom, and who stops before whom: the pure part.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "ini/service_spec.h"
#include "init/transition.h"

/* What an edge sees of the service at its other end. */
struct edge_target {
	bool exists;
	enum service_state state;
	bool wanted;      /* somebody asked it to be up */
	bool has_process; /* at least one copy runs, ready or not */
	bool healthy;
	bool listens; /* on demand, and its sockets are bound: clients may come */
};
enum edge_answer { EDGE_MET, EDGE_WAITS, EDGE_BROKEN };
/* An edge that is not needed orders, and nothing more: a target that will not come is no reason to
 * wait. */
enum edge_answer edge_ask(const struct edge_spec *edge, const struct edge_target *target);
const char *edge_when_name(enum edge_when when); /* "ready" */
