/* probe.h - asking once: does it listen, does it answer, is the file there. Never blocks.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"
#include "init/events.h"
#include "init/http_status.h"
#include "init/resolve.h"
#include "init/spawn.h"

enum probe_state {
	PROBE_IDLE,
	PROBE_TOLD,       /* the outcome is known, `done` is due */
	PROBE_NAMING,     /* the addresses of the host are looked up */
	PROBE_CONNECTING, /* to address number `at` */
	PROBE_ANSWERING,  /* the request is sent */
	PROBE_COMMANDING, /* the command runs */
};

struct probe { /* zeroed: idle */
	struct events *events;
	const struct probe_spec *spec;
	struct watch watch;
	struct timer timer; /* of this address or command; of the whole: until_ns */
	int64_t until_ns, timeout_ns;
	struct child child;
	enum probe_state state;
	bool good;
	struct resolve resolve;
	size_t at;
	struct http_status status;
	char reason[128]; /* why the last one failed, for people */
	/* Of a command, borrowed, set by the owner: NULL is as we are. */
	const char *user, *group, *cwd;
	const char *const *env;
	const struct entry *entry;
	/* Called once per probe_start, never from inside it. It may start or free the probe. */
	void (*done)(struct probe *probe, bool good);
	void *arg; /* the owner's */
};
/* env: of commands, and entry for their mask. timeout_ns of 0 or less: PROBE_TIMEOUT_NS. */
void probe_start(struct events *events, struct probe *probe, const struct probe_spec *spec,
		 int64_t timeout_ns, const char *const *env, const struct entry *entry);
/* No done any more; a command and its group are killed. Idle is fine. */
void probe_cancel(struct probe *probe);

#define PROBE_TIMEOUT_NS INT64_C(5000000000)
