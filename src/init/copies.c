/* copies.c - the copies of a service: made, started one after the other, stopped, freed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "init/machine.h"

#include "base/banned.h"

int copies_make(struct service *service, size_t n_more)
{
	struct slot *first = NULL;

	for (size_t i = 0; i < n_more; i++) {
		struct slot *slot = slot_new(service);
		if (!slot) {
			for (; first; first = first->next)
				first->surplus = true;
			copies_free_surplus(service);
			return -ENOMEM;
		}
		if (!first)
			first = slot;
	}
	return 0;
}

void copies_free_surplus(struct service *service)
{
	for (struct slot **at = &service->slots; *at;) {
		struct slot *slot = *at;
		if (!slot->surplus || slot->state != SLOT_EMPTY || slot->settle.active) {
			at = &slot->next;
			continue;
		}
		*at = slot->next;
		if (service->rolling_slot == slot)
			service->rolling_slot = NULL;
		slot_free(slot);
	}
}

static struct slot *next_due(const struct service *service)
{
	struct slot *slot = service->slots;

	while (slot && !slot->is_due)
		slot = slot->next;
	return slot;
}

/* Each spawn is followed by the warm-up, the last one too: so does circus, whose next service waits
 * for that. */
void copies_launch(struct service *service)
{
	struct events *events = service->supervisor->events;
	struct slot *slot;

	service->is_launching = true;
	while (!service->pace.active && (slot = next_due(service))) {
		slot->is_due = false;
		slot_hear(slot, SLOT_ASKED_UP);
		if (service->spec->warmup_delay > 0)
			timer_after(events, &service->pace, service->spec->warmup_delay);
	}
	if (service->pace.active || next_due(service))
		return;
	service->is_launching = false;
	supervisor_advance(service->supervisor);
}

void copies_launch_all(struct service *service)
{
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		slot->is_due = slot->state == SLOT_EMPTY && !slot->surplus;
	copies_launch(service);
}

void copies_launch_new(struct service *service)
{
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		slot->is_due |= slot->state == SLOT_EMPTY && !slot->surplus && !slot->started_ns;
	copies_launch(service);
}

bool copies_are_gone(const struct service *service)
{
	for (const struct slot *slot = service->slots; slot; slot = slot->next)
		if (slot->state != SLOT_EMPTY || slot->is_due || slot->settle.active)
			return false;
	return true;
}

void copies_stop(struct service *service)
{
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		slot_stop(slot, 0, -1);
}

struct slot *copies_oldest(const struct service *service)
{
	struct slot *oldest = NULL;

	for (struct slot *slot = service->slots; slot; slot = slot->next)
		if (!slot->surplus && (!oldest || slot->started_ns < oldest->started_ns))
			oldest = slot;
	return oldest;
}
