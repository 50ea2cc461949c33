/* test_system.h - a trial whose root can run programs.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "states/test_world.h"

/* The state of that name, from all tables. */
const struct state_def *trial_state(const char *name);
/* Puts busybox into the root and lets commands run there, by chroot(2); skips the test without
 * either. */
void trial_programs(struct trial *trial);
/* A script at `path` of the root, executable. */
void trial_script(struct trial *trial, const char *path, const char *text);
