/* engine.c - what every command works with: the store, and where running things are kept.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/engine.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/str.h"

#include "base/banned.h"

#define RUN_ROOT    "/run/hull"
#define RUN_DIR_LEN 12 /* hex digits: a terminal's socket path must fit into sun_path */

/* Stores must not meet in /run: each has a directory named after its real path, made by the first
 * container that runs. */
static int find_run_dir(const char *root, char **ret_run_dir, struct err *err)
{
	autofree char *real = NULL;
	char hex[65];
	const char *run_root = getenv("HULL_RUN_ROOT");

	if (path_real(root, &real, err))
		return -1;
	sha256_hex(real, strlen(real), hex);
	hex[RUN_DIR_LEN] = '\0';
	*ret_run_dir = path_join(run_root && run_root[0] ? run_root : RUN_ROOT, hex);
	return 0;
}

int engine_open(const char *root, const char *runtime_name, const char *snap_driver,
		struct engine *ret_engine, struct err *err)
{
	struct engine engine = {.snap_driver = SNAP_AUTO};

	if (snap_driver && snap_driver_parse(snap_driver, &engine.snap_driver, err))
		return -1;
	if (store_open(root, &engine.store, err))
		return -1;
	if (find_run_dir(store_root(engine.store), &engine.run_dir, err)) {
		store_close(engine.store);
		return -1;
	}
	engine.runtime_name = xstrdup(runtime_name);
	*ret_engine = engine;
	return 0;
}

void engine_done(struct engine *engine)
{
	store_close(engine->store);
	free(engine->run_dir);
	free(engine->runtime_name);
	*engine = (struct engine){0};
}
