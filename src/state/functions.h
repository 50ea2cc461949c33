/* functions.h - salt[...] for templates: the tables of this module.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/world.h"

/* pillar.*, grains.*, config.*, log.*, slsutil.*, defaults.*, hashutil.*, random.*, test.*,
 * environ.*, cp.*, match.* (refused) */
extern const struct function_table functions_basic;
/* file.*, cmd.*, user.*, group.*, network.*, hashutil of files, service.status, pkg.version */
extern const struct function_table functions_system;
/* mc_utils.*, mc_locations.*, mc_usergroup.*, mc_pkgs.*, mc_nodetypes.*, mc_dumper.*,
 * mc_services_managers.*, mc_macros.*, mc_salt.*… but mc_project.* (project/) */
extern const struct function_table functions_mc;

/* The mapping `salt`: salt['a.b'](…) and salt.a.b(…). */
struct value salt_object(struct world *world);

/* A path like "a:b:0" in a value; `fallback` where nothing is. */
struct value mapping_get(struct heap *heap, struct value v, struct str path, struct str delimiter,
			 struct value fallback);
