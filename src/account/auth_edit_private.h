/* auth_edit_private.h - one user of a YAML text changed, all else left as it is.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/str.h"

struct auth_edit {
	const char *account;
	const char *hash; /* NULL: the user is removed */
	bool must_exist, must_be_new;
};
/* `file` is for errors. ret_text is replaced; when nothing had to change it is the same text. */
int auth_text_edit(const char *file, struct str text, const struct auth_edit *edit,
		   struct buf *ret_text, struct err *err) must_check;
