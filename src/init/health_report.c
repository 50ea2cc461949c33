/* health_report.c - what /healthz and /readyz say: "ok", or a line for each service in the way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/health_report.h"

#include "base/banned.h"
#include "init/ready.h"

/* Of the first copy that has something to tell; else why the service is where it is. */
static const char *reason_of(const struct service *service)
{
	for (const struct slot *slot = service->slots; slot; slot = slot->next) {
		const char *reason = slot->readiness ? readiness_reason(slot->readiness) : "";
		if (*reason)
			return reason;
	}
	return service->reason;
}

static void add_line(struct text *text, const struct service *service, const char *what)
{
	const char *reason = reason_of(service);
	text_add(text, "%s: %s%s%s\n", service->spec->name, what, *reason ? ": " : "", reason);
}

static bool has_bad_copy(const struct service *service)
{
	for (const struct slot *slot = service->slots; slot; slot = slot->next) {
		if (slot->readiness && readiness_is_bad(slot->readiness))
			return true;
	}
	return false;
}

static bool is_sick(const struct service *service)
{
	return service->state == SERVICE_FAILED ||
	       (service->state == SERVICE_RUNNING && has_bad_copy(service));
}

bool health_report(const struct supervisor *supervisor, struct text *text)
{
	bool good = true;
	for (const struct service *at = supervisor->services; at; at = at->next) {
		if (!is_sick(at))
			continue;
		good = false;
		add_line(text, at, at->state == SERVICE_FAILED ? "failed" : "unhealthy");
	}
	if (good)
		text_add(text, "ok\n");
	return good;
}

bool readiness_report(const struct supervisor *supervisor, struct text *text)
{
	if (supervisor_is_ready(supervisor)) {
		text_add(text, "ok\n");
		return true;
	}
	if (supervisor->phase != PHASE_UP)
		text_add(text, "everything is being %s\n",
			 supervisor->phase == PHASE_BOOT ? "started" : "stopped");
	for (const struct service *at = supervisor->services; at; at = at->next) {
		if (at->wanted && at->spec->kind != SERVICE_CRON && !service_is_up(at))
			add_line(text, at, service_state_name(at->state));
	}
	return false;
}
