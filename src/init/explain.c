/* explain.c - a service's state, what it waits for, how its copies ended, where it is written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/explain.h"

#include <stdio.h>

#include "base/clock.h"
#include "ini/parse.h"
#include "init/ready.h"

#include "base/banned.h"

/* "4.2 s", "3 min 5 s", "2 h 10 min", "5 d 3 h" */
static void put_duration(struct out *out, int64_t ns)
{
	int64_t s = ns < 0 ? 0 : ns / NS_PER_SEC;
	if (s < 60)
		out_printf(out, "%.1f s", ns < 0 ? 0 : (double)ns / NS_PER_SEC);
	else if (s < 3600)
		out_printf(out, "%d min %d s", (int)(s / 60), (int)(s % 60));
	else if (s < 86400)
		out_printf(out, "%d h %d min", (int)(s / 3600), (int)(s % 3600 / 60));
	else
		out_printf(out, "%lld d %d h", (long long)(s / 86400), (int)(s % 86400 / 3600));
}

/* ---- what it needs ---- */

static const char *condition(enum edge_when when)
{
	static const char *const words[] = {
		[EDGE_STARTED] = "started",
		[EDGE_READY] = "ready",
		[EDGE_HEALTHY] = "healthy",
		[EDGE_DONE] = "done",
	};
	return words[when];
}

static void put_edge(struct out *out, struct supervisor *supervisor, const struct edge_spec *edge)
{
	const struct service *other = supervisor_find(supervisor, edge->name);
	out_printf(out, "  %s %s %s: ", edge->needed ? "needs" : "after", edge->name,
		   condition(edge->when));
	if (!other)
		out_text(out, "it is not there any more\n");
	else
		out_printf(out, "it is %s%s%s%s\n", service_state_name(other->state),
			   other->spec->health.kind != PROBE_NONE
				   ? other->healthy ? ", healthy" : ", not healthy"
				   : "",
			   other->reason[0] ? "; " : "", other->reason);
}

/* ---- its copies ---- */

static const char *slot_word(enum slot_state state)
{
	static const char *const words[SLOT_STATE_COUNT] = {
		[SLOT_EMPTY] = "has no process",
		[SLOT_HOOK] = "waits for its before_spawn hook",
		[SLOT_STARTING] = "is not ready yet",
		[SLOT_RUNNING] = "runs",
		[SLOT_STOPPING] = "was told to stop",
		[SLOT_KILLED] = "was killed and has not ended yet",
		[SLOT_DRAINING] = "has ended; the rest of its processes are ending",
		[SLOT_BACKOFF] = "waits for its next try",
	};
	return words[state];
}

static void put_exit(struct out *out, int status)
{
	const char *name = status > 128 ? signal_name(status - 128) : NULL;
	if (name)
		out_printf(out, "ended by signal %s (%d)", name, status);
	else
		out_printf(out, "exited with status %d", status);
}

static void put_slot(struct out *out, const struct slot *slot, int64_t now)
{
	const char *why = slot->readiness ? readiness_reason(slot->readiness) : "";
	out_printf(out, "  copy %d %s", slot->wid, slot_word(slot->state));
	if (slot->child.pid > 0) {
		out_printf(out, ": process %d, for ", (int)slot->child.pid);
		put_duration(out, now - slot->started_ns);
	}
	if (slot->state == SLOT_BACKOFF && slot->timer.active) {
		out_text(out, ": in ");
		put_duration(out, slot->timer.due_ns - now);
	}
	if (slot->surplus)
		out_text(out, "; it is being replaced, or one too many");
	out_text(out, "\n");
	if (slot->last_status >= 0) {
		out_text(out, "    the run before ");
		put_exit(out, slot->last_status);
		if (slot->history.failures)
			out_printf(out, "; %d failed in a row", slot->history.failures);
		out_text(out, "\n");
	}
	if (why[0])
		out_printf(out, "    %s\n", why);
	if (slot->status_text[0])
		out_printf(out, "    it says: %s\n", slot->status_text);
}

/* ---- how it tells, and when it is tried again ---- */

static void put_readiness(struct out *out, const struct service *service)
{
	const struct service_spec *spec = service->spec;
	switch (spec->ready) {
	case READY_STARTED: out_text(out, "  ready: as soon as it is started\n"); break;
	case READY_NOTIFY: out_text(out, "  ready: when it says so (sd_notify)\n"); break;
	case READY_DESCRIPTOR:
		out_printf(out, "  ready: when it writes a newline to descriptor %d\n",
			   spec->ready_fd);
		break;
	case READY_PROBE:
		out_printf(out, "  ready: when %s answers\n", spec->ready_probe.text);
		break;
	}
	if (spec->health.kind != PROBE_NONE)
		out_printf(out, "  healthy: %s, asked every %.1f s: %s\n", spec->health.text,
			   (double)spec->health_interval / NS_PER_SEC,
			   service->healthy ? "yes" : "no");
}

static void put_next_run(struct out *out, const struct service *service)
{
	char text[CLOCK_TEXT_MAX];
	if (service->spec->kind != SERVICE_CRON)
		return;
	if (service->next_run < 0) {
		out_text(out, "  runs: at no time to come\n");
		return;
	}
	clock_format_rfc3339(service->next_run * NS_PER_SEC, text);
	out_printf(out, "  runs: %s, next %s\n",
		   service->spec->table_text ? service->spec->table_text : "", text);
}

static void put_place(struct out *out, const struct service_spec *spec)
{
	if (spec->pos.file)
		out_printf(out, "  written in %s:%u\n", spec->pos.file, (unsigned)spec->pos.line);
	else
		out_text(out, "  written in no file: added while running\n");
}

void explain_service(const struct service *service, struct out *out)
{
	const struct service_spec *spec = service->spec;
	int64_t now = events_now(service->supervisor->events);
	out_printf(out, "%s is %s", spec->name, service_state_name(service->state));
	if (service->changed_ns > 0) {
		out_text(out, " for ");
		put_duration(out, now - service->changed_ns);
	}
	out_printf(out, "%s%s.\n", service->reason[0] ? ": " : "", service->reason);
	out_printf(out, "  %s up; %d of %d %s ready; started %llu times, %llu of them again\n",
		   service->wanted ? "wanted" : "not wanted", (int)service->n_running,
		   service->copies, service->copies == 1 ? "copy is" : "copies are",
		   (unsigned long long)service->spawns, (unsigned long long)service->restarts);
	for (size_t i = 0; i < spec->n_edges; i++)
		put_edge(out, service->supervisor, &spec->edges[i]);
	for (const struct slot *it = service->slots; it; it = it->next)
		put_slot(out, it, now);
	put_readiness(out, service);
	put_next_run(out, service);
	put_place(out, spec);
}
