/* restart.c - docker's restart policies and their back-off.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include "base/str.h"
#include "container/limits.h"

#include "base/banned.h"

bool restart_wanted(const struct restart_policy *policy, int exit_code, int64_t restart_count,
		    bool was_stopped)
{
	if (was_stopped || !policy->name)
		return false;
	if (text_eq(policy->name, "always") || text_eq(policy->name, "unless-stopped"))
		return true;
	if (!text_eq(policy->name, "on-failure"))
		return false;
	return exit_code != 0 && (!policy->max || restart_count < policy->max);
}

int64_t restart_delay_ms(int64_t last_ms, int64_t ran_ms)
{
	if (!last_ms || ran_ms >= RESTART_RESET_MS)
		return RESTART_FIRST_MS;
	return last_ms * 2 > RESTART_LAST_MS ? RESTART_LAST_MS : last_ms * 2;
}
