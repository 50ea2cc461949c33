/* probe.c - asking once: does it listen, does it answer, is the file there. Never blocks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/probe.h"

#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

static void fire(struct timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, timer);
	const char *path = probe->spec->path;
	bool good = probe->spec->kind == PROBE_FILE && path && access(path, F_OK) == 0;
	if (!good)
		snprintf(probe->reason, sizeof(probe->reason), "no answer");
	probe->done(probe, good);
}

void probe_start(struct events *events, struct probe *probe, const struct probe_spec *spec,
		 int64_t timeout_ns, const char *const *env, const struct entry *entry)
{
	probe->events = events;
	probe->spec = spec;
	probe->timer.fire = fire;
	timer_after(events, &probe->timer, 0);
}

void probe_cancel(struct probe *probe)
{
	if (probe->events)
		timer_cancel(probe->events, &probe->timer);
}
