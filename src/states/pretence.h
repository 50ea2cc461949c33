/* pretence.h - test.*: states that only say something.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def state_test_nop, state_test_succeed_without_changes,
	state_test_fail_without_changes, state_test_succeed_with_changes,
	state_test_fail_with_changes, state_test_configurable, state_test_show_notification,
	state_test_check_pillar;
