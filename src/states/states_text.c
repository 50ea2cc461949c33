/* states_text.c - the rows of http.*, ini.* and webutil.*.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/http_state.h"
#include "states/ini_options.h"
#include "states/states.h"
#include "states/webutil.h"

#include "base/banned.h"

/* clang-format off */
static const struct state_def *const rows[] = {
	&http_query_def,
	&http_wait_def,
	&state_ini_options_present,
	&state_webutil_user_absent,
	&state_webutil_user_exists,
	NULL,
};
/* clang-format on */

const struct state_table states_text = {rows};
