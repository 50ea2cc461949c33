/* wait.c - until a container stops, stops once more, or is gone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>

#include "base/str.h"
#include "container/settings.h"

#include "base/banned.h"

#define LOOK_AGAIN_MS 1000 /* a killed monitor writes nothing that inotify could tell */

enum wait_condition { WAIT_NOT_RUNNING, WAIT_NEXT_EXIT, WAIT_REMOVED };
static const char *const conditions[] = {[WAIT_NOT_RUNNING] = "not-running",
					 [WAIT_NEXT_EXIT] = "next-exit",
					 [WAIT_REMOVED] = "removed",
					 NULL};

static int condition_parse(const char *text, enum wait_condition *ret_condition, struct err *err)
{
	if (!text || !text[0])
		text = conditions[WAIT_NOT_RUNNING];
	for (int i = 0; conditions[i]; i++) {
		if (!text_eq(text, conditions[i]))
			continue;
		*ret_condition = (enum wait_condition)i;
		return 0;
	}
	return settings_refuse_word("--condition", text, conditions, err);
}

static bool is_met(struct container *container, enum wait_condition condition, const char *last_end)
{
	enum container_state state = container_state(container, NULL);

	if (state == CONTAINER_DEAD || faccessat(container->dirfd, "record.json", F_OK, 0))
		return true;
	return condition == WAIT_NEXT_EXIT && !text_eq(last_end, container->state.finished_at);
}

/* A state is published by rename into the directory. */
static int await_change(int watch, struct err *err)
{
	char events[4096];
	struct pollfd item = {.fd = watch, .events = POLLIN};

	int n = poll(&item, 1, LOOK_AGAIN_MS);
	if (n < 0 && errno != EINTR)
		return err_sys(err, "waiting for a change");
	if (n > 0 && read(watch, events, sizeof(events)) < 0 && errno != EAGAIN && errno != EINTR)
		return err_sys(err, "waiting for a change");
	return 0;
}

int container_wait(struct container *container, const char *text, int *ret_exit_code,
		   struct err *err)
{
	enum wait_condition condition = WAIT_NOT_RUNNING;

	if (condition_parse(text, &condition, err))
		return -1;
	enum container_state state = container_state(container, ret_exit_code);
	if (condition == WAIT_NOT_RUNNING) {
		if (state == CONTAINER_CREATED || state == CONTAINER_EXITED ||
		    state == CONTAINER_DEAD)
			return 0;
		return container_await_monitor(container, ret_exit_code, err);
	}
	autofree char *last_end = xstrdup(container->state.finished_at);
	autoclose int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch < 0 || (inotify_add_watch(watch, container->dir,
					    IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF) < 0 &&
			  errno != ENOENT))
		return err_sys(err, "watching container '%s'", container->record.name);
	while (!is_met(container, condition, last_end))
		if (await_change(watch, err))
			return -1;
	*ret_exit_code = (int)container->state.exit_code;
	return 0;
}
