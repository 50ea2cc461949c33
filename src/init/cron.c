/* cron.c - services that run at their times.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/cron.h"

void cron_start(struct supervisor *supervisor)
{
	(void)supervisor;
}

void cron_clock_jumped(struct supervisor *supervisor)
{
	(void)supervisor;
}

void cron_service_ended(struct service *service)
{
	(void)service;
}
