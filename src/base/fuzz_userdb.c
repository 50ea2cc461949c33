/* fuzz_userdb.c - tables of users from an image, after the line with the user asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/userdb.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* "user", a line end, passwd text, a NUL, group text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str rest = {(const char *)data, len};
	autofree char *user = str_dup(str_cut(&rest, '\n'));
	struct str passwd = str_cut(&rest, '\0');
	struct user_identity identity;
	autoerr struct err err = {0};
	if (userdb_resolve_text(passwd, rest, user, &identity, &err) == 0)
		user_identity_done(&identity);
	return 0;
}
