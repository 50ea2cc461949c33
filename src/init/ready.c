/* ready.c - how a copy tells that it is ready, healthy and alive: sd_notify, newline, probes, dog.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/mem.h"
#include "init/stats.h"

struct readiness {
	struct slot *slot;
	struct timer timer;
	struct timer told; /* a call into the state machine that is due: not from inside ours */
	bool running, is_ready, heard_ready;
	pid_t main_pid;
};

static void told(struct timer *timer)
{
	struct readiness *readiness = container_of(timer, struct readiness, told);
	if (readiness->running && !readiness->is_ready) {
		readiness->is_ready = true;
		slot_is_ready(readiness->slot);
	}
}

struct readiness *readiness_new(struct slot *slot)
{
	struct readiness *readiness = calloc(1, sizeof(*readiness));
	if (!readiness)
		return NULL;
	readiness->slot = slot;
	readiness->told.fire = told;
	return readiness;
}

void readiness_free(struct readiness *readiness)
{
	free(readiness);
}

int readiness_prepare(struct readiness *readiness, int *ret_fd)
{
	readiness->heard_ready = false;
	readiness->main_pid = 0;
	*ret_fd = -1;
	return 0;
}

bool readiness_wants_notify(const struct readiness *readiness, uint64_t *ret_watchdog_us)
{
	const struct service_spec *spec = readiness->slot->service->spec;
	*ret_watchdog_us = (uint64_t)spec->watchdog / 1000;
	return spec->ready == READY_NOTIFY || spec->watchdog > 0;
}

void readiness_begin(struct readiness *readiness)
{
	readiness->running = true;
	readiness->is_ready = false;
	if (readiness->slot->service->spec->ready == READY_STARTED || readiness->heard_ready)
		timer_after(readiness->slot->service->supervisor->events, &readiness->told, 0);
}

void readiness_end(struct readiness *readiness)
{
	readiness->running = false;
}

int readiness_respec(struct readiness *readiness)
{
	(void)readiness;
	return 0;
}

static struct slot *slot_of_pid(struct supervisor *supervisor, pid_t pid)
{
	for (struct service *service = supervisor->services; service; service = service->next) {
		for (struct slot *slot = service->slots; slot; slot = slot->next) {
			if (slot->child.pid == pid)
				return slot;
		}
	}
	return NULL;
}

struct slot *readiness_slot_of(struct supervisor *supervisor, pid_t sender)
{
	return slot_of_pid(supervisor, sender);
}

void readiness_heard(struct readiness *readiness, const struct notify_message *message)
{
	if (message->what != NOTIFY_READY)
		return;
	readiness->heard_ready = true;
	if (readiness->running)
		timer_after(readiness->slot->service->supervisor->events, &readiness->told, 0);
}

pid_t readiness_main_pid(const struct readiness *readiness)
{
	return readiness->main_pid;
}
