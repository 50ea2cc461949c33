/* ready.h - how a copy tells that it is ready, healthy and alive: sd_notify, newline, probes, dog.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/supervisor.h"

/* Made with the slot, freed with it. NULL: no memory. */
struct readiness *readiness_new(struct slot *slot);
void readiness_free(struct readiness *readiness);
/* Before the spawn: what the child needs. *ret_fd: the end of a pipe that becomes ready_fd in the
 * child, -1: none; the caller closes it after the spawn. */
int readiness_prepare(struct readiness *readiness, int *ret_fd);
/* The process is there: waits, probes; calls slot_is_ready, slot_not_ready, slot_health. */
void readiness_begin(struct readiness *readiness);
void readiness_end(struct readiness *readiness); /* the process has ended or is to end */
/* Of the process that sent a datagram; slots are asked by the pid of the sender or its ancestors.
 */
void readiness_heard(struct readiness *readiness, const struct notify_message *message);
