/* boot.h - what is made before anything starts: users, directories, copies, templates, keys, waits.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Blocking code. PID 1 runs it in a child (see supervise_options.boot), so a TERM ends it at once
 * and PID 1 never waits for a disk. Order: groups and users, directories, copies, templates, keys,
 * waits. */
#pragma once

#include "ini/model.h"

/* The environment with NAME=content for each NAME of file_variables whose NAME_FILE is set; run in
 * PID 1 before the model's other uses of the environment. In the model's arena. */
int boot_file_variables(struct model *model, struct err *err) must_check;
int boot_run(const struct model *model, struct err *err) must_check;
