/* acl_state.h - acl.present and acl.absent: POSIX ACLs without setfacl.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def acl_present_def, acl_absent_def;
