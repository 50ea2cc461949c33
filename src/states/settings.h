/* settings.h - timezone.system, locale.*, sysctl.present, environ.setenv, alternatives.*.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def timezone_system_def, locale_system_def, locale_present_def,
	sysctl_present_def, environ_setenv_def;
extern const struct state_def alternatives_install_def, alternatives_remove_def,
	alternatives_set_def, alternatives_auto_def;
