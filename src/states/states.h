/* states.h - the state functions, one table a family.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

/* All tables below, ends with NULL: for compile_options. */
extern const struct state_table *const states_all[];

extern const struct state_table states_file;    /* file.* */
extern const struct state_table states_cmd;     /* cmd.* */
extern const struct state_table states_user;    /* user.*, group.* */
extern const struct state_table states_ssh;     /* ssh_auth.*, ssh_known_hosts.* */
extern const struct state_table states_pkg;     /* pkg.*, pkgrepo.* */
extern const struct state_table states_service; /* service.* */
extern const struct state_table states_cron;    /* cron.* */
extern const struct state_table states_git;     /* git.latest, mc_git.latest, svn.latest */
extern const struct state_table states_system;  /* host, mount, timezone, locale, sysctl, environ,
						   alternatives, acl, grains */
extern const struct state_table states_archive; /* archive.extracted */
extern const struct state_table states_text;    /* ini.*, webutil.*, http.query */
extern const struct state_table
	states_module; /* module.run, module.wait, test.*, mc_proxy.hook, virtualenv.managed */
