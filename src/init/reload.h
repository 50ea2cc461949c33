/* reload.h - the files read again while services run; what has not changed is left alone.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/supervisor.h"

/* A copy of us reads the files first, so that nothing it meets can end us; then the model becomes
 * the new one, and control_reloaded tells who waits. While one runs, another is put behind it.
 * `why` is for the journal ("HUP"). -ENOENT: there is no file. */
int reload_start(struct supervisor *supervisor, const char *why);
/* Models that came by `add`, `set` and reload live until no service runs by them. Takes it, also
 * when it fails (-ENOMEM). copy_of: its service has texts of that spec; NULL: it stands alone. */
int reload_keep_model(struct supervisor *supervisor, struct model *model,
		      const struct service_spec *copy_of);
void reload_close(struct supervisor *supervisor); /* at the end; none is fine */
