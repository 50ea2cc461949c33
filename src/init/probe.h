/* probe.h - asking once: does it listen, does it answer, is the file there. Never blocks.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"
#include "init/events.h"
#include "init/spawn.h"

struct probe { /* zeroed: idle */
	struct events *events;
	const struct probe_spec *spec;
	struct watch watch;
	struct timer timer;
	struct child child;
	int state;
	char reason[96]; /* why the last one failed */
	char buffer[128];
	size_t n_buffer;
	/* Called once per probe_start, never from inside it. */
	void (*done)(struct probe *probe, bool good);
};
/* env: of commands, and entry for their mask. */
void probe_start(struct events *events, struct probe *probe, const struct probe_spec *spec,
		 int64_t timeout_ns, const char *const *env, const struct entry *entry);
void probe_cancel(struct probe *probe);
