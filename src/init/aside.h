/* aside.h - work that may need memory or time, done by a forked copy of us.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reading files and building models may run out of memory, and that ends the process: so a child
 * tries first, and tells by its exit status and by text. We only do again what it could do. */
#pragma once

#include "init/events.h"
#include "init/out.h"

struct aside { /* zeroed: idle */
	struct events *events;
	struct child child;
	struct watch watch;
	struct timer timer;
	struct out text; /* what it wrote, until aside_done */
	bool active, has_ended;
	int wait_status;
	/* Never from inside aside_start. `status`: of its exit, -1 when it was killed or wrote more
	 * than LIMIT_CONTROL_REPLY. */
	void (*done)(struct aside *aside, int status);
};
/* work runs in the child, writes to fd and returns its exit status. It is killed after timeout_ns.
 * 0 or -errno. */
int aside_start(struct aside *aside, struct events *events, int (*work)(void *arg, int fd),
		void *arg, int64_t timeout_ns);
void aside_done(struct aside *aside); /* kills it; gives memory back; idle is fine */
