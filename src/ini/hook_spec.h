/* hook_spec.h - commands that run around the steps of a service's life.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "ini/text_list.h"

struct hook_spec {
	struct text_list words; /* n == 0: none */
	bool ignore_errors;
};
enum hook_kind {
	HOOK_BEFORE_START,
	HOOK_AFTER_START,
	HOOK_BEFORE_SPAWN,
	HOOK_AFTER_SPAWN,
	HOOK_BEFORE_STOP,
	HOOK_AFTER_STOP,
	HOOK_BEFORE_SIGNAL,
	HOOK_AFTER_SIGNAL,
	HOOK_BEFORE_REAP,
	HOOK_AFTER_REAP,
	HOOK_COUNT
};
