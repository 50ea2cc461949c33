/* cron.h - [cron:x]: services that run at their times.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/supervisor.h"

/* Sets the timer of each cron service for its next time; again after a jump of the clock. */
void cron_start(struct supervisor *supervisor);
void cron_clock_jumped(struct supervisor *supervisor);
void cron_service_ended(struct service *service); /* a run has ended: one may be queued */
