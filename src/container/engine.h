/* engine.h - what every command works with: a store, and where its running containers are kept.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "snap/snap.h"
#include "store/store.h"

struct engine { /* what every command works with */
	struct store *store;
	char *run_dir;      /* /run/hull/<hash of the store's root> */
	char *runtime_name; /* --runtime; NULL: auto */
	enum snap_driver snap_driver;
};
int engine_open(const char *root, const char *runtime_name, const char *snap_driver,
		struct engine *ret_engine, struct err *err) must_check;
void engine_done(struct engine *engine);
