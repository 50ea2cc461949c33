/* states_system.c - hosts, mounts, time zone, locale, sysctl, environment, alternatives, ACLs,
 * virtual environments: the list.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include "states/acl_state.h"
#include "states/grains_state.h"
#include "states/hosts.h"
#include "states/mounts.h"
#include "states/settings.h"
#include "states/virtualenv.h"

#include "base/banned.h"

/* clang-format off */
static const struct state_def *const rows[] = {
	&host_present_def,
	&host_absent_def,
	&host_only_def,
	&mount_mounted_def,
	&mount_unmounted_def,
	&timezone_system_def,
	&locale_system_def,
	&locale_present_def,
	&sysctl_present_def,
	&environ_setenv_def,
	&alternatives_install_def,
	&alternatives_remove_def,
	&alternatives_set_def,
	&alternatives_auto_def,
	&acl_present_def,
	&acl_absent_def,
	&grains_exists_def,
	&grains_present_def,
	&grains_absent_def,
	&grains_append_def,
	&grains_list_present_def,
	&grains_list_absent_def,
	&virtualenv_managed_def,
	NULL,
};
/* clang-format on */

const struct state_table states_system = {rows};
