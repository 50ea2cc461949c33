/* states_text.c - the rows of ini.*, webutil.*, http.query.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"
#include "states/webutil.h"

#include "base/banned.h"

/* clang-format off */
static const struct state_def *const rows[] = {
	&state_webutil_user_absent,
	&state_webutil_user_exists,
	NULL,
};
/* clang-format on */

const struct state_table states_text = {rows};
