/* roll.c - reload: all new copies beside the old ones, one after the other, by a signal, or anew.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Overlap: as many new copies as there are old ones; when all of them are ready the old ones are
 * stopped. A new copy that does not come up takes all new ones with it, and the old ones stay. */
#include <string.h>

#include "init/machine.h"

#include "base/banned.h"

static void finish(struct service *service, const char *why)
{
	service_hear(service, SERVICE_RELOADED, "%s", why);
	supervisor_tell(service, EVENT_RELOAD, 0, 0, NULL);
}

/* ---- overlap ---- */

static int begin_overlap(struct service *service)
{
	size_t n_old = 0;

	for (struct slot *slot = service->slots; slot; slot = slot->next) {
		slot->is_fresh = false;
		n_old += !slot->surplus;
	}
	int error = copies_make(service, n_old);
	if (error)
		return error;
	for (struct slot *slot = service->slots; slot; slot = slot->next, n_old -= n_old > 0)
		slot->is_fresh = !n_old;
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		slot->is_due = slot->is_fresh;
	copies_launch(service);
	return 0;
}

/* Of two generations one goes: the old one when the new one stands, else the new one. */
static void end_overlap(struct service *service, bool keep_fresh)
{
	for (struct slot *slot = service->slots; slot; slot = slot->next) {
		if (slot->is_fresh != keep_fresh && !slot->surplus) {
			slot_stop(slot, 0, -1);
			slot->surplus = true;
		}
		slot->is_fresh = false;
	}
}

static void review_overlap(struct service *service)
{
	bool all_run = true;
	bool one_failed = false;

	for (const struct slot *slot = service->slots; slot; slot = slot->next) {
		if (!slot->is_fresh || slot->surplus)
			continue;
		all_run = all_run && slot->state == SLOT_RUNNING;
		one_failed = one_failed || slot->state == SLOT_BACKOFF || slot->history.failures ||
			     (slot->state == SLOT_EMPTY && !slot->is_due && !slot->settle.active);
	}
	if (one_failed) {
		end_overlap(service, false);
		finish(service, "reload given up: a new copy did not come up; the old ones stay");
		say(LOG_ERROR, service->spec->name, "%s", service->reason);
	} else if (all_run && !service->is_launching) {
		end_overlap(service, true);
		finish(service, "reloaded");
	}
}

/* Stopped, or all of its copies have ended: of two generations the old one is left. */
static void end_early(struct service *service)
{
	bool one_is_fresh = false;

	for (const struct slot *slot = service->slots; slot; slot = slot->next)
		one_is_fresh = one_is_fresh || slot->is_fresh;
	if (one_is_fresh)
		end_overlap(service, false);
}

void roll_end(struct service *service)
{
	service->rolling_slot = NULL;
	if (service->rolling != RELOAD_OVERLAP)
		return;
	end_early(service);
	int n_now = 0;
	for (const struct slot *slot = service->slots; slot; slot = slot->next)
		n_now += !slot->surplus;
	/* What an operator has said meanwhile. */
	int error = n_now == service->copies ? 0 : service_scale(service, service->copies);
	if (error)
		say(LOG_ERROR, service->spec->name, "%d copies are not possible: %s",
		    service->copies, strerror(-error));
}

/* ---- one after the other ---- */

static struct slot *next_to_replace(const struct service *service)
{
	struct slot *slot = service->slots;

	while (slot && (slot->is_fresh || slot->surplus))
		slot = slot->next;
	return slot;
}

static void replace_next(struct service *service)
{
	struct slot *slot = next_to_replace(service);

	service->rolling_slot = slot;
	if (!slot) {
		finish(service, "reloaded");
		return;
	}
	slot->is_fresh = true;
	slot_stop(slot, 0, -1);
	slot->again = true;
	if (slot->state == SLOT_EMPTY) /* it had no process */
		slot_hear(slot, SLOT_ASKED_UP);
}

static void review_sequential(struct service *service)
{
	struct slot *slot = service->rolling_slot;

	if (service->pace.active)
		return;
	if (slot && slot->state == SLOT_EMPTY && !slot->settle.active) {
		finish(service, "reload given up: a copy did not come up again");
		say(LOG_ERROR, service->spec->name, "%s", service->reason);
	} else if (slot && slot->state == SLOT_RUNNING && !slot->again) {
		service->rolling_slot = NULL;
		if (service->spec->warmup_delay > 0 && next_to_replace(service))
			timer_after(service->supervisor->events, &service->pace,
				    service->spec->warmup_delay);
		else
			replace_next(service);
	} else if (!slot) {
		replace_next(service);
	}
}

/* ---- all kinds ---- */

void roll_begin(struct service *service)
{
	bool overlaps = service->rolling == RELOAD_OVERLAP && !service->spec->singleton;

	if (overlaps && !begin_overlap(service))
		return;
	service->rolling = RELOAD_SEQUENTIAL; /* two at once are forbidden, or have no room */
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		slot->is_fresh = false;
	replace_next(service);
}

void roll_review(struct service *service)
{
	if (service->rolling == RELOAD_OVERLAP)
		review_overlap(service);
	else
		review_sequential(service);
}

void service_reload(struct service *service, enum reload_kind kind)
{
	switch (kind) {
	case RELOAD_SIGNAL:
		service_signal(service, 0, service->spec->reload_signal, false, false);
		supervisor_tell(service, EVENT_RELOAD, 0, 0, NULL);
		break;
	case RELOAD_RESTART:
		if (service_state_is_active(service->state))
			service_restart(service, "restarted by a reload");
		break;
	case RELOAD_OVERLAP:
	case RELOAD_SEQUENTIAL:
		if (service->state == SERVICE_RUNNING)
			service->rolling = kind;
		service_hear(service, SERVICE_ASKED_RELOAD, "asked to reload");
		break;
	}
}
