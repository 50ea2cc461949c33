/* ready.h - how a copy tells that it is ready, healthy and alive: sd_notify, newline, probes, dog.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Owns the clocks of readiness: ready_timeout (slot_not_ready when it passes; EXTEND_TIMEOUT_USEC
 * moves it), intervals and time limits of probes, and the watchdog (slot_not_ready as well: the
 * process is there but does not live). Every callback into the state machine comes from the loop,
 * never from inside a function of this header. */
#pragma once

#include "init/supervisor.h"

/* Made with the slot, freed with it. NULL: no memory. */
struct readiness *readiness_new(struct slot *slot);
void readiness_free(struct readiness *readiness); /* NULL is fine */
/* Before the spawn: what the child needs. *ret_fd: the end of a pipe that becomes ready_fd in the
 * child, -1: none; the caller closes it after the spawn. */
int readiness_prepare(struct readiness *readiness, int *ret_fd);
/* Whether the child is to have NOTIFY_SOCKET, and the microseconds of WATCHDOG_USEC (0: none). */
bool readiness_wants_notify(const struct readiness *readiness, uint64_t *ret_watchdog_us);
/* The process is there: waits, probes; calls slot_is_ready, slot_not_ready, slot_health. */
void readiness_begin(struct readiness *readiness);
void readiness_end(struct readiness *readiness); /* the process has ended or is to end */
/* The service has another spec (service_replace_spec): what runs goes on by the new one. -ENOMEM:
 * as before, without the probes that are new. */
int readiness_respec(struct readiness *readiness);
/* The copy that a sender of datagrams belongs to: its process, a descendant of it, or a member of
 * its session. NULL: none. */
struct slot *readiness_slot_of(struct supervisor *supervisor, pid_t sender);
/* Opens the socket for sd_notify unless it is open; its datagrams go to the copies. */
int readiness_listen(struct supervisor *supervisor);
/* Of the process that sent a datagram; readiness_slot_of has told whose. */
void readiness_heard(struct readiness *readiness, const struct notify_message *message);
/* MAINPID: a descendant that goes on when the process that we started ends; 0: none. */
pid_t readiness_main_pid(const struct readiness *readiness);
/* Its health probes have failed; not merely not answered yet. */
bool readiness_is_bad(const struct readiness *readiness);
/* Why it is not ready or its last health probe failed; "" when all is well. */
const char *readiness_reason(const struct readiness *readiness);
