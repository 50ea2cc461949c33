/* http_state.h - http.query: what a server answers.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def http_query_def, http_wait_def;
