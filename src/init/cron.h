/* cron.h - [cron:x]: services that run at their times.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A run is a start of the service; its state machine does the rest: needs, hooks, the time limit,
 * the stop. Times are of the wall's clock in the zone of the job's CRON_TZ or TZ, waited for on the
 * monotonic one, at most a day at once. A service that an operator stopped is passed over until it
 * is started again. A time that is passed over by more than a minute (the clock was set, the
 * container was frozen) is made up for with catch_up, else told and left out. */
#pragma once

#include "init/supervisor.h"

struct cron_job;

/* Sets the timer of each cron service for its next time; those with @reboot run now. */
void cron_start(struct supervisor *supervisor);
void cron_clock_jumped(struct supervisor *supervisor);
void cron_service_ended(struct service *service); /* a run has ended: one may be queued */
/* One service, also when its spec is another now. Says so when there is no memory for it. */
void cron_watch(struct service *service);
bool cron_is_idle(const struct service *service); /* of cron, and between two runs */
void cron_forget(struct service *service);        /* it is going to be freed */
