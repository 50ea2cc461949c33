/* ready_private.h - what the files of readiness share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/ready.h"

enum verdict { VERDICT_NONE, VERDICT_READY, VERDICT_NOT_READY };

struct readiness {
	struct slot *slot;
	struct probe *probe; /* NULL: the spec has none */
	struct watch pipe;   /* of READY_DESCRIPTOR; fd -1: none */
	struct timer late;   /* ready_timeout; stop_timeout behind STOPPING=1 */
	struct timer again;  /* the next probe */
	struct timer dog;
	struct timer told; /* the verdict goes to the state machine out of the loop */
	enum verdict verdict;
	bool running, is_ready, heard_ready, stopping;
	bool was_good; /* a health probe of this run was */
	bool is_bad;   /* slot_health(false) was the last word */
	int failures;  /* health probes in a row; tries of readiness */
	int64_t began_ns, dog_ns;
	pid_t main_pid;
	char reason[sizeof(((struct probe *)NULL)->reason)];
};

static inline const struct service_spec *spec_of(const struct readiness *readiness)
{
	return readiness->slot->service->spec;
}

static inline struct events *events_of(const struct readiness *readiness)
{
	return readiness->slot->service->supervisor->events;
}

/* ready.c */
void readiness_because(struct readiness *readiness, const char *fmt, ...) printf_like(2, 3);
/* To the state machine, out of the loop. */
void readiness_decide(struct readiness *readiness, enum verdict verdict);
void readiness_feed_dog(struct readiness *readiness);
