/* supervisor.c - the running services: started, found, observed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/supervisor.h"

#include <errno.h>
#include <strings.h>

#include "base/mem.h"

#include "base/banned.h"

int supervise(struct model *model, const struct supervise_options *options)
{
	(void)model;
	(void)options;
	return -ENOSYS;
}

struct service *supervisor_find(struct supervisor *supervisor, const char *name)
{
	struct service *service = supervisor->services;

	while (service && strcasecmp(service->spec->name, name) != 0)
		service = service->next;
	return service;
}

void supervisor_observe(struct supervisor *supervisor, struct observer *observer)
{
	observer->next = supervisor->observers;
	supervisor->observers = observer;
}

void supervisor_unobserve(struct supervisor *supervisor, struct observer *observer)
{
	for (struct observer **at = &supervisor->observers; *at; at = &(*at)->next) {
		if (*at == observer) {
			*at = observer->next;
			return;
		}
	}
}

void supervisor_stop(struct supervisor *supervisor, const char *why)
{
	(void)why;
	supervisor->stopping = true;
}

bool supervisor_is_ready(const struct supervisor *supervisor)
{
	return !supervisor->stopping;
}

bool supervisor_is_healthy(const struct supervisor *supervisor)
{
	return !supervisor->stopping;
}

struct service *supervisor_add(struct supervisor *supervisor, const struct service_spec *spec)
{
	(void)supervisor;
	(void)spec;
	return NULL;
}

void supervisor_remove(struct supervisor *supervisor, struct service *service, bool keep)
{
	(void)supervisor;
	(void)service;
	(void)keep;
}
