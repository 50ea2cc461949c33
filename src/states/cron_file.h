/* cron_file.h - cron.file: a whole crontab from a source.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def cron_file_def;
