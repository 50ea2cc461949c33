/* supervisor.c - the running services: added, started in their order, observed, removed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/supervisor.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "init/cron.h"
#include "init/graph.h"
#include "init/machine.h"

#include "base/banned.h"

/* ---- found and observed ---- */

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

void supervisor_tell(struct service *service, enum event_kind kind, pid_t pid, int number,
		     const char *text)
{
	struct event event = {kind, service, pid, number, text};
	struct observer *next;

	for (struct observer *at = service->supervisor->observers; at; at = next) {
		next = at->next; /* it may take itself out */
		at->heard(at, &event);
	}
}

void supervisor_advance(struct supervisor *supervisor)
{
	events_later(supervisor->events, &supervisor->advance);
}

bool service_is_up(const struct service *service)
{
	switch (service->state) {
	case SERVICE_RUNNING:
	case SERVICE_RELOADING:
	case SERVICE_DONE: return true;
	case SERVICE_WAITING: return service->spec->on_demand;
	default: return false;
	}
}

bool supervisor_is_ready(const struct supervisor *supervisor)
{
	if (supervisor->phase != PHASE_UP)
		return false;
	for (const struct service *at = supervisor->services; at; at = at->next)
		if (at->wanted && at->spec->kind != SERVICE_CRON && !service_is_up(at))
			return false;
	return true;
}

bool supervisor_is_healthy(const struct supervisor *supervisor)
{
	for (const struct service *at = supervisor->services; at; at = at->next)
		if (at->wanted && at->spec->kind == SERVICE_DAEMON &&
		    (at->state == SERVICE_FAILED || (at->state == SERVICE_RUNNING && !at->healthy)))
			return false;
	return true;
}

/* ---- added and removed ---- */

void supervisor_resolve(struct supervisor *supervisor)
{
	for (struct service *at = supervisor->services; at; at = at->next) {
		size_t n = at->spec->n_edges;
		free(at->targets);
		at->targets = n ? calloc(n, sizeof(struct service *)) : NULL;
		if (!at->targets)
			continue;
		for (size_t i = 0; i < n; i++)
			at->targets[i] = supervisor_find(supervisor, at->spec->edges[i].name);
	}
}

bool supervisor_goes_before(const struct supervisor *supervisor, const struct service_spec *a,
			    const struct service_spec *b)
{
	const struct model *model = supervisor->model;
	bool are_both_in_file = a >= model->services && a < model->services + model->n_services &&
				b >= model->services && b < model->services + model->n_services;

	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (model->vocabulary == VOCABULARY_CIRCUS)
		return strcasecmp(a->name, b->name) < 0;
	return are_both_in_file && a < b;
}

struct service *supervisor_add(struct supervisor *supervisor, const struct service_spec *spec)
{
	struct service *service = service_new(supervisor, spec);

	if (!service)
		return NULL;
	supervisor_watch_clock(supervisor, spec);
	struct service **at = &supervisor->services;
	while (*at && !supervisor_goes_before(supervisor, spec, (*at)->spec))
		at = &(*at)->next;
	service->next = *at;
	*at = service;
	supervisor->n_services++;
	if (spec->main)
		supervisor->main = service;
	if (supervisor->phase != PHASE_BOOT) {
		supervisor_resolve(supervisor);
		supervisor_tell(service, EVENT_ADD, 0, 0, NULL);
		service->wanted = spec->kind == SERVICE_CRON && spec->autostart;
		cron_watch(service);
	}
	return service;
}

void supervisor_remove(struct supervisor *supervisor, struct service *service, bool keep)
{
	for (struct slot *slot = service->slots; keep && slot; slot = slot->next)
		if (slot->state == SLOT_STARTING || slot->state == SLOT_RUNNING)
			slot_forget(slot);
	service_stop(service, "removed");
	service->is_removed = true;
	supervisor_advance(supervisor);
}

static void free_removed(struct supervisor *supervisor)
{
	for (struct service **at = &supervisor->services; *at;) {
		struct service *service = *at;
		if (!service->is_removed || service_state_is_active(service->state) ||
		    !copies_are_gone(service) || service->review.active) {
			at = &service->next;
			continue;
		}
		*at = service->next;
		supervisor->n_services--;
		if (supervisor->main == service)
			supervisor->main = NULL;
		if (supervisor->launching == service)
			supervisor->launching = NULL;
		supervisor_resolve(supervisor);
		supervisor_tell(service, EVENT_REMOVE, 0, 0, NULL);
		service_free(service);
	}
}

/* ---- who may go on ---- */

static bool is_sequential(const struct supervisor *supervisor)
{
	return supervisor->model->vocabulary == VOCABULARY_CIRCUS;
}

static bool gate_is_open(struct supervisor *supervisor)
{
	int64_t warmup = supervisor->model->init.warmup_delay;
	struct service *before = supervisor->launching;

	if (supervisor->gate.active)
		return false;
	if (!before)
		return true;
	if (is_sequential(supervisor) && before->is_launching &&
	    service_state_is_active(before->state))
		return false;
	supervisor->launching = NULL;
	if (warmup <= 0)
		return true;
	timer_after(supervisor->events, &supervisor->gate, warmup);
	return false;
}

static struct edge_target view_of(const struct service *service)
{
	if (!service || service->is_removed)
		return (struct edge_target){.exists = false};
	bool has_process = false;
	for (const struct slot *slot = service->slots; slot; slot = slot->next)
		has_process = has_process || slot_has_process(slot);
	return (struct edge_target){
		.exists = true,
		.state = service->state,
		.wanted = service->wanted,
		.has_process = has_process,
		.healthy = service->healthy,
		.listens = service->state == SERVICE_WAITING && service->spec->on_demand,
	};
}

/* The worst of all edges; *ret_edge: whose it is. */
static enum edge_answer ask_edges(const struct service *service, const struct edge_spec **ret_edge)
{
	enum edge_answer worst = EDGE_MET;

	for (size_t i = 0; i < service->spec->n_edges; i++) {
		const struct edge_spec *edge = &service->spec->edges[i];
		struct edge_target target = view_of(service->targets ? service->targets[i] : NULL);
		enum edge_answer answer = edge_ask(edge, &target);
		if (answer > worst) {
			worst = answer;
			*ret_edge = edge;
		}
	}
	return worst;
}

static void try_begin(struct supervisor *supervisor, struct service *service)
{
	const struct edge_spec *edge = NULL;

	if (service->spec->on_demand && !service->woken)
		return;
	switch (ask_edges(service, &edge)) {
	case EDGE_WAITS:
		service_explain(service, "waits for '%s' to be %s", edge->name,
				edge_when_name(edge->when));
		break;
	case EDGE_BROKEN:
		service->need_failed = true;
		service_hear(service, SERVICE_NEEDS_FAILED,
			     "needs '%s' to be %s, and that will not be", edge->name,
			     edge_when_name(edge->when));
		break;
	case EDGE_MET:
		if (!gate_is_open(supervisor)) {
			service_explain(service, "waits for its turn");
			break;
		}
		supervisor->launching = service;
		service_hear(service, SERVICE_NEEDS_MET, "all that it waits for is there");
		break;
	}
}

/* What failed for want of another comes back with it. */
static void try_again(struct service *service)
{
	const struct edge_spec *edge;

	if (service->wanted && ask_edges(service, &edge) != EDGE_BROKEN)
		service_hear(service, SERVICE_ASKED_UP, "what it needs is back");
}

/* Everything has ended by itself and nothing could start it again but an operator: then a container
 * that goes on would only look alive. */
static bool all_is_over(const struct supervisor *supervisor, int *ret_status)
{
	if (is_sequential(supervisor) || !supervisor->services)
		return false;
	*ret_status = 0;
	for (const struct service *at = supervisor->services; at; at = at->next) {
		if (at->state != SERVICE_DONE && at->state != SERVICE_FAILED)
			return false;
		if (at->spec->kind == SERVICE_CRON)
			return false;
		if (at->state == SERVICE_FAILED && !*ret_status)
			*ret_status = at->last_status > 0 ? at->last_status : 1;
	}
	return true;
}

void supervisor_go_on(struct supervisor *supervisor)
{
	int status;

	free_removed(supervisor);
	if (supervisor->phase != PHASE_UP) {
		shutdown_advance(supervisor);
		return;
	}
	for (struct service *at = supervisor->services; at; at = at->next) {
		if (at->state == SERVICE_WAITING)
			try_begin(supervisor, at);
		else if (at->state == SERVICE_FAILED && at->need_failed)
			try_again(at);
	}
	if (all_is_over(supervisor, &status)) {
		supervisor->exit_status = status;
		supervisor_stop(supervisor, "nothing is left to run");
	}
}
