/* options.h - the option rows that run, create (and stage) share; docker's names.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/opt.h"
#include "container/container.h"

/* `CONTAINER_OPTION_ROWS(struct run_opts, container)` expands to rows of an opt table for the member
 * `struct container_options container`. Docker options that we know and do not have yet are rows of type
 * OPT_UNSUPPORTED, so that they are refused by name. */
#define CONTAINER_OPTION_ROWS(s, m)                                                                \
	{'e', "env", OPT_LIST, offsetof(s, m.env), "KEY=VALUE", "Set an environment variable"},    \
	{'v', "volume", OPT_LIST, offsetof(s, m.volumes), "SRC:DST[:OPTS]", "Bind mount a volume"}
	/* NEEDSWORK: the owner of this module completes the table. */
