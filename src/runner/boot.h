/* boot.h - what is made before anything starts: users, directories, copies, templates, keys, waits.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Blocking code. PID 1 runs it in a child (see supervise_options.boot), so a TERM ends it at once
 * and PID 1 never waits for a disk. Order: groups and users, directories, copies, templates, keys,
 * waits. Each step tells what it does by say(LOG_DEBUG) and what it could not, without root's
 * rights or on a read-only root, by say(LOG_WARN); never a value. */
#pragma once

#include "ini/model.h"

/* In PID 1 behind each load, in the model's arena: when the environment's user cannot be made (no
 * root's rights, a read-only /etc), its HOME USER LOGNAME SHELL stand in the environment, and its
 * numbers instead of its name in the services. ERR_INPUT: as boot_check_user. */
int boot_stand_in(struct model *model, struct err *err) must_check;
/* The variables that ask for a user are good: ERR_INPUT, else. For those who exit by it. */
int boot_check_user(const struct model *model, struct err *err) must_check;
int boot_run(const struct model *model, struct err *err) must_check;
/* Users and groups alone. */
int boot_accounts(const struct model *model, struct err *err) must_check;
