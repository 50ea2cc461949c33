/* graph.c - who starts after whom, and who stops before whom: the pure part.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/graph.h"

#include "base/mem.h"

#include "base/banned.h"

/* What has been reached stays reached while the target runs; a job that is done was all of it. */
static bool is_reached(enum edge_when when, const struct edge_target *target)
{
	bool is_up = target->state == SERVICE_RUNNING || target->state == SERVICE_RELOADING;

	if (target->state == SERVICE_DONE)
		return true;
	switch (when) {
	case EDGE_STARTED: return is_up || target->has_process || target->listens;
	case EDGE_READY: return is_up || target->listens;
	case EDGE_HEALTHY: return (is_up && target->healthy) || target->listens;
	case EDGE_DONE: return false;
	}
	return false;
}

enum edge_answer edge_ask(const struct edge_spec *edge, const struct edge_target *target)
{
	if (!target->exists)
		return edge->needed ? EDGE_BROKEN : EDGE_MET;
	if (is_reached(edge->when, target))
		return EDGE_MET;
	/* It will not come by itself. */
	if (target->state == SERVICE_FAILED ||
	    (target->state == SERVICE_STOPPED && !target->wanted))
		return edge->needed ? EDGE_BROKEN : EDGE_MET;
	return EDGE_WAITS;
}

const char *edge_when_name(enum edge_when when)
{
	static const char *const names[] = {
		[EDGE_STARTED] = "started",
		[EDGE_READY] = "ready",
		[EDGE_HEALTHY] = "healthy",
		[EDGE_DONE] = "done",
	};

	return names[when];
}
