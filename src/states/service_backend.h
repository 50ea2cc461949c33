/* service_backend.h - who keeps services here: hull-init, systemd, or init scripts.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/world.h"

enum service_verb {
	SERVICE_START,
	SERVICE_STOP,
	SERVICE_RESTART,
	SERVICE_RELOAD,
	SERVICE_ENABLE,
	SERVICE_DISABLE,
	SERVICE_MASK,
	SERVICE_UNMASK,
	N_SERVICE_VERBS
};

struct service_backend;

struct service_unit {                          /* what is known of one service */
	const struct service_backend *backend; /* NULL: nobody knows it */
	const char *name;
	bool is_running, is_enabled, is_masked;
	bool can_enable, can_mask;
};

struct service_backend {
	const char *name;
	bool (*is_here)(struct world *world);
	/* Fills *unit when the service is known; 1: it is, 0: not, -1: err. */
	int (*look)(struct world *world, struct service_unit *unit, struct err *err);
	int (*change)(struct world *world, const struct service_unit *unit, enum service_verb verb,
		      struct err *err);
};
extern const struct service_backend service_hull_init, service_systemd, service_scripts;

/* The first that is here and knows the name; *ret_unit.backend NULL: none. ret_any: whether anybody
 * keeps services here at all (NULL: nobody asks). */
int service_look(struct world *world, const char *name, struct service_unit *ret_unit,
		 bool *ret_any, struct err *err) must_check;
int service_change(struct world *world, const struct service_unit *unit, enum service_verb verb,
		   struct err *err) must_check;
