/* launch.h - a project's start: pillar from the volume, ssh keys, reconfigure, markers.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"

struct launch_options {
	bool ssh_config;
	bool re_configure; /* implies ssh_config */
	const char *project;
	const char *name;
};
int launch_prepare(const struct model *model, const struct launch_options *options,
		   struct err *err) must_check;
/* /acls.restore, /passwords.reset, missing ssh host keys: each once. */
int launch_markers(const struct model *model, struct err *err) must_check;
