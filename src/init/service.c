/* service.c - one service: started, stopped, scaled, reloaded.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/mem.h"
#include "init/supervisor.h"

#include "base/banned.h"

static const char *const state_names[SERVICE_STATE_COUNT] = {
	[SERVICE_STOPPED] = "stopped",     [SERVICE_WAITING] = "waiting",
	[SERVICE_STARTING] = "starting",   [SERVICE_RUNNING] = "running",
	[SERVICE_RELOADING] = "reloading", [SERVICE_BACKOFF] = "backoff",
	[SERVICE_STOPPING] = "stopping",   [SERVICE_FAILED] = "failed",
	[SERVICE_DONE] = "done",
};

const char *service_state_name(enum service_state state)
{
	return state_names[state];
}

void service_start(struct service *service, const char *why)
{
	(void)service;
	(void)why;
}

void service_stop(struct service *service, const char *why)
{
	(void)service;
	(void)why;
}

void service_restart(struct service *service, const char *why)
{
	(void)service;
	(void)why;
}

void service_reload(struct service *service, enum reload_kind kind)
{
	(void)service;
	(void)kind;
}

int service_scale(struct service *service, int copies)
{
	(void)service;
	(void)copies;
	return -EINVAL;
}

int service_signal(struct service *service, pid_t pid, int signal, bool children, bool recursive)
{
	(void)service;
	(void)pid;
	(void)signal;
	(void)children;
	(void)recursive;
	return -ESRCH;
}

int service_kill(struct service *service, pid_t pid, int signal, int64_t stop_timeout_ns)
{
	(void)service;
	(void)pid;
	(void)signal;
	(void)stop_timeout_ns;
	return -ESRCH;
}

void service_replace_spec(struct service *service, const struct service_spec *spec)
{
	service->spec = spec;
}

void slot_is_ready(struct slot *slot)
{
	slot->state = SLOT_RUNNING;
}

void slot_not_ready(struct slot *slot, const char *why)
{
	(void)slot;
	(void)why;
}

void slot_health(struct slot *slot, bool good, const char *why)
{
	slot->service->healthy = good;
	(void)why;
}
