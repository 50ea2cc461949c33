/* control.h - the control socket: one JSON object per line, circus' verbs, peers known by uid.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/supervisor.h"

struct control;
/* -errno: no place for a socket; supervision goes on without. */
int control_open(struct supervisor *supervisor, struct control **ret_control);
const char *control_path(const struct control *control);
/* The path, when clients would not look there by themselves: for HULL_INIT_CONTROL. Else NULL. */
const char *control_hint(const struct control *control);
/* [init] is another: where it says now, for whom it says; who is connected stays so. -errno: there
 * is no socket there, and the one before stays. */
int control_follow(struct supervisor *supervisor, const struct init_settings *was);
void control_close(struct control *control);
/* The files were read again, or why not. NULL control is fine. */
void control_reloaded(struct control *control, const char *why_not);
/* Reads the file again and touches only what changed. `why_not` (size bytes) tells why it was
 * refused: then nothing changed. */
int reload_files(struct supervisor *supervisor, char *why_not, size_t size);
